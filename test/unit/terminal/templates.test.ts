import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { PipelineReport } from '../../../src/terminal/pipelineReport.ts';
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
