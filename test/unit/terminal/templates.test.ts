import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { PipelineReport } from '../../../src/terminal/pipelineReport.ts';
import { chunk, event } from '../../support/server/habits.ts';
import { errorRate } from '../../support/stages/drawnPage.ts';
import { useWorkbench } from '../../support/terminalHarness.ts';

/** What each comes to on the demo service, without a key or a network. */
const templates: Readonly<
  Record<
    string,
    {
      readonly records: number;
      readonly files: readonly string[];
      readonly holds: (bytes: Buffer, folder: string) => void;
    }
  >
> = {
  articles: {
    records: 5,
    files: ['articles.csv', 'articles/1.md', 'articles/5.md', 'drafts/1.md'],
    holds: (bytes) => assert.match(bytes.toString(), /^drafts\.file,/),
  },
  'content-pages': {
    records: 15,
    files: ['shop.csv', 'html/coffee.html', 'pages/coffee.md'],
    holds: (bytes) => assert.equal(bytes.toString().trim().split('\r\n').length, 16),
  },
  flashcards: {
    records: 50,
    files: ['words.apkg', 'cards.csv'],
    holds: (bytes) => assert.ok(Object.hasOwn(unzipSync(bytes), 'collection.anki2')),
  },
  book: {
    records: 1,
    files: ['book.epub', 'book.md'],
    holds: (bytes) => assert.equal(Object.keys(unzipSync(bytes))[0], 'mimetype'),
  },
  literature: {
    records: 15,
    files: ['bibliography.bib', 'bibliography.csv', 'papers/10.1109-CVPR.2016.90.pdf'],
    holds: (bytes) => assert.match(bytes.toString(), /@article\{turing1950computing,/),
  },
};

const fixtures = join(import.meta.dirname, '../../fixtures/book');

interface BookRecord {
  readonly file: { readonly stem: string };
  readonly ocr: { readonly text: string };
  readonly correct: { readonly text: string };
}

/** As one line: where lines end is the typesetter's. */
function plain(text: string): string {
  return text.replace(/-\n/g, '').replace(/\s+/g, ' ').replace(/[“”]/g, '"').replace(/[‘’]/g, "'").trim();
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[a-z]{4,}/g));
}

describe('parallel-candidates new and run', function () {
  this.timeout(180_000);
  const bench = useWorkbench();

  for (const [name, { records, files, holds }] of Object.entries(templates)) {
    it(`makes what the template ${name} is for, offline`, async () => {
      const made = await bench().run('new', name);
      assert.equal(made.code, 0, made.stderr);
      assert.equal(made.stdout.trim(), join(name, `${name}.pipeline.yml`));
      const run = (): ReturnType<ReturnType<typeof bench>['run']> =>
        bench().run('run', `${name}/${name}.pipeline.yml`, '--json', '--concurrency', '50');
      const { code, stdout, stderr } = await run();
      assert.equal(code, 0, stderr);
      const report = JSON.parse(stdout) as PipelineReport;
      assert.deepEqual([report.records, report.failed, report.errors], [records, 0, []]);
      const folder = bench().seen(name);
      for (const file of files) assert.ok(report.files.includes(join(bench().folder, name, file)), file);
      const [main = ''] = files;
      const bytes = readFileSync(join(folder, main));
      holds(bytes, folder);
      const again = JSON.parse((await run()).stdout) as PipelineReport;
      assert.deepEqual(
        again.stages.map(({ attempts }) => attempts),
        again.stages.map(() => 0),
        'nothing is made twice',
      );
    });
  }

  it('reads clean pages with hardly an error, and the corrected ones with fewer', async () => {
    const pages = ['page-01', 'page-02', 'page-03', 'page-05'];
    const known = new Map(pages.map((page) => [page, readFileSync(join(fixtures, `${page}.txt`), 'utf8')]));
    await bench().run('new', 'book');
    rmSync(bench().seen('book/pages/page-04.png'));
    /** Knows the book, and gives back the page that a prompt is about. */
    const editor = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        const asked = wordsOf(body);
        const shared = (text: string): number => [...wordsOf(text)].filter((word) => asked.has(word)).length;
        const [page = ''] = [...known.values()].sort((a, b) => shared(b) / b.length - shared(a) / a.length);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(chunk({ content: page }, 'stop') + event('[DONE]'));
      });
    });
    await new Promise<void>((resolve) => editor.listen(0, '127.0.0.1', resolve));
    try {
      const address = `http://127.0.0.1:${(editor.address() as AddressInfo).port}/v1`;
      const args = ['run', 'book/book.pipeline.yml', '--only', 'correct', '--json', '--base-url', address];
      const { code, stderr } = await bench().run(...args);
      assert.equal(code, 0, stderr);
      const { stdout } = await bench().run('records', '--stage', 'correct', '--json');
      const { records } = JSON.parse(stdout) as { readonly records: readonly { readonly record: BookRecord }[] };
      assert.equal(records.length, pages.length);
      const rateOf = (text: string, page: string): number => errorRate(plain(text), plain(known.get(page) ?? ''));
      for (const { record } of records) {
        const read = rateOf(record.ocr.text, record.file.stem);
        const corrected = rateOf(record.correct.text, record.file.stem);
        assert.ok(read < 0.02, `${record.file.stem}: ${read}`);
        assert.ok(corrected <= read && corrected < 0.002, `${record.file.stem}: ${corrected} after ${read}`);
      }
      const sum = (of: (record: BookRecord) => number): number =>
        records.reduce((all, each) => all + of(each.record), 0);
      const [before, after] = [
        sum(({ ocr, file }) => rateOf(ocr.text, file.stem)),
        sum(({ correct, file }) => rateOf(correct.text, file.stem)),
      ];
      assert.ok(after < before, `${after} after ${before}`);
    } finally {
      await new Promise((resolve) => editor.close(resolve));
    }
  });

  it('touches nothing that is there', async () => {
    await bench().run('new', 'articles');
    const { code, stderr } = await bench().run('new', 'articles');
    assert.equal(code, 2);
    assert.match(stderr, /The folder articles is not empty/);
    const wrong = await bench().run('new', 'novel');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /There is no template "novel": choose one of articles, /);
  });
});
