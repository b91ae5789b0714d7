import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDelivery } from '../../../src/deliver/deliveries.ts';
import type { RecordData } from '../../../src/flow/flow.ts';
import { readZip } from '../../support/templates/readZip.ts';
import {
  templateNames,
  templatesFolder,
  TemplateWalk,
  type TemplateName,
} from '../../support/templates/templateWalk.ts';

const root = join(import.meta.dirname, '../../..');

function filesOf(name: TemplateName): string[] {
  return readdirSync(join(templatesFolder, name), { recursive: true, encoding: 'utf8' }).map((file) =>
    file.replaceAll('\\', '/'),
  );
}

function at(record: RecordData, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as RecordData | undefined)?.[name], record);
}

const text = (content: Uint8Array | string): string =>
  typeof content === 'string' ? content : new TextDecoder().decode(content);

describe('templates of pipelines', () => {
  for (const name of templateNames) {
    describe(name, () => {
      it('has every file that it names, and names every prompt and schema that it has', async () => {
        const walk = new TemplateWalk(name);
        const prompts = await walk.prompts();
        const modules = walk.pipeline.stages.flatMap((stage) =>
          stage.kind === 'module' && stage.module.startsWith('./') ? [stage.module.slice(2)] : [],
        );
        const named = [
          ...[...prompts.values()].flatMap(({ prompt }) => [
            prompt.path,
            ...(prompt.schema?.kind === 'file' ? [prompt.schema.path] : []),
          ]),
          ...modules,
        ];
        const there = filesOf(name);
        assert.deepEqual(
          named.filter((file) => !there.includes(file)),
          [],
        );
        const own = there.filter((file) => /\.prompt\.md$|\.schema\.json$|\.mjs$/.test(file));
        assert.deepEqual(own.sort(), [...new Set(named)].sort());
        assert.ok((await walk.rows()).length > 0);
      });

      it('says in its prompts that one answer is wanted, and nothing that is left alone', async () => {
        for (const [stage, { prompt, includes }] of await new TemplateWalk(name).prompts()) {
          assert.equal(prompt.count, 1, stage);
          assert.deepEqual(prompt.hints, [], stage);
          for (const [path, read] of includes) assert.ok(read.ok, `${stage} takes in ${path}`);
        }
      });

      it('delivers something, with options that its kind knows', () => {
        const { deliver } = new TemplateWalk(name).pipeline;
        assert.ok(deliver.length > 0);
        assert.deepEqual(deliver.flatMap(checkDelivery), []);
      });

      it('tells in a few lines what it makes, how it is run and what real services need', () => {
        const readme = readFileSync(join(templatesFolder, name, 'README.md'), 'utf8');
        assert.match(readme, new RegExp(`parallel-candidates run ${name}\\.pipeline\\.yml`));
        assert.match(readme, /one line/);
        assert.ok(readme.split('\n').length < 20);
      });
    });
  }

  it('are in the package, and small', () => {
    assert.match(readFileSync(join(root, '.vscodeignore'), 'utf8'), /^!media\/templates\/\*\*$/m);
    const sizes = templateNames.flatMap((name) =>
      filesOf(name).map((file) => statSync(join(templatesFolder, name, file)).size),
    );
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 500_000);
  });

  it('make articles from one brief, each with facts of it and a title', async () => {
    const walk = new TemplateWalk('articles');
    const records = await walk.walk();
    assert.deepEqual(
      records.map(({ record }) => at(record, 'drafts.file')),
      [1, 2, 3, 4, 5].map((number) => `drafts/${number}.md`),
    );
    assert.equal(new Set(records.map(({ record }) => at(record, 'drafts.text'))).size, 5);
    for (const { record } of records) {
      assert.match(String(at(record, 'drafts.text')), /Old Customs House/);
      assert.doesNotMatch(String(at(record, 'drafts.text')), /^#/m);
      assert.deepEqual(record.facts, { ok: true, problems: [] });
      assert.match(String(at(record, 'title.title')), /seed library/i);
    }
    const [delivered] = await walk.deliver(records);
    assert.deepEqual(delivered?.notes, []);
    assert.deepEqual(
      delivered.files.map(({ path }) => path),
      [1, 2, 3, 4, 5].map((number) => `articles/${number}.md`),
    );
    const [first] = delivered.files;
    assert.match(text(first!.content), /^# .*seed library.*\n\n\S/i);
  });

  it('make pages of every type that pass their checks', async () => {
    const walk = new TemplateWalk('content-pages');
    const records = await walk.walk();
    assert.equal(records.length, 15);
    assert.equal(new Set(records.map(({ record }) => record.type)).size, 5);
    for (const { key, record } of records) {
      assert.deepEqual(at(record, 'check.problems'), [], key);
      assert.match(String(at(record, 'page.heading')), new RegExp(String(record.name)));
      assert.equal(at(record, 'check.ok'), true);
    }
    const [html, markdown] = await walk.deliver(records);
    assert.deepEqual([...html!.notes, ...markdown!.notes], []);
    assert.equal(html!.files.length, 15);
    assert.equal(markdown!.files.length, 15);
    assert.match(text(html!.files[0]!.content), /<h1>The Harbour Kettle<\/h1>/);
    assert.match(text(markdown!.files[0]!.content), /^# The Harbour Kettle\n\n[\s\S]*64 EUR/);
  });

  it('find pages that break the rules', async () => {
    const { default: check } = (await import(join(templatesFolder, 'content-pages/check.mjs'))) as {
      default: (record: object, tools: object) => Promise<{ ok: boolean; problems: string[] }>;
    };
    const limits = { banned: 'banned.txt', title: [15, 65], description: [5, 160], words: [1, 600], strict: false };
    const record = {
      page: { title: 'Short', description: 'The best PRICE of all.' },
      body: { markdown: 'A world-class kettle.' },
    };
    const file = (path: string): Promise<Uint8Array> => readFile(join(templatesFolder, 'content-pages', path));
    const found = await check(record, { with: limits, file });
    assert.equal(found.ok, false);
    assert.deepEqual(found.problems, [
      'The title has 5 characters, not 15 to 65.',
      'It says "world class".',
      'It says "best price".',
    ]);
    await assert.rejects(check(record, { with: { ...limits, strict: true }, file }), /The title has 5 characters/);
  });

  it('make a card for every word, in the order of the list', async () => {
    const walk = new TemplateWalk('flashcards');
    const records = await walk.walk();
    assert.equal(records.length, 50);
    const words = readFileSync(join(walk.folder, 'words.csv'), 'utf8').trim().split('\n').slice(1);
    assert.deepEqual(
      records.map(({ record }) => `${String(record.word)},${String(record.language)}`),
      words,
    );
    for (const { key, record } of records) {
      assert.equal(at(record, 'card.front'), record.word, key);
      assert.equal(at(record, 'card.back'), at(record, 'meaning.meaning'), key);
      assert.doesNotMatch(String(at(record, 'card.back')), /people use when they talk/, key);
    }
    const [deck] = await walk.deliver(records);
    assert.deepEqual(deck?.notes, []);
    assert.deepEqual(
      deck.files.map(({ path }) => path),
      ['words.apkg'],
    );
  });

  it('make a book of pages, with chapters that keep every word', async () => {
    const fixtures = join(root, 'test/fixtures/book');
    const known = (page: string): string => readFileSync(join(fixtures, `${page}.txt`), 'utf8');
    const walk = new TemplateWalk('book', {
      ocr: ({ file }) => {
        const { stem } = file as { stem: string };
        // As pages are recognised: short lines, with words parted at their ends.
        const lines = known(stem)
          .replace(/conversations in it/, 'conver-\nsations in it')
          .replace(/(\S+ \S+ \S+ \S+ \S+) /g, '$1\n');
        return { text: lines, confidence: stem === 'page-04' ? 70 : 95 };
      },
    });
    assert.equal((await walk.rows()).length, 5);
    const records = await walk.walk();
    assert.equal(records.length, 1);
    const pages = at(records[0]!.record, 'records') as RecordData[];
    assert.deepEqual(
      pages.map((page) => page.fix !== undefined),
      [false, false, false, true, false],
    );
    const chapters = at(records[0]!.record, 'structure.chapters') as { title: string; text: string }[];
    assert.deepEqual(
      chapters.map(({ title }) => title),
      ['CHAPTER I. Down the Rabbit-Hole', 'CHAPTER II. The Pool of Tears'],
    );
    const words = (value: string): string => value.replace(/\s+/g, ' ').trim();
    const all = ['page-01', 'page-02', 'page-03', 'page-04', 'page-05'].map(known).join('\n\n');
    assert.equal(words(chapters.map(({ title, text: own }) => `${title} ${own}`).join(' ')), words(all));
    assert.match(chapters[0]!.text, /she did not like to drop the jar/);
    const [book, plain] = await walk.deliver(records);
    assert.deepEqual([...book!.notes, ...plain!.notes], []);
    const entries = readZip(book!.files[0]!.content as Uint8Array);
    assert.ok([...entries.values()].some((entry) => text(entry).includes('The Pool of Tears')));
    assert.match(text(plain!.files[0]!.content), /^# CHAPTER I\. Down the Rabbit-Hole\n/);
  });

  it('make a bibliography of PDFs, and say what was matched how', async () => {
    const { extractText, getDocumentProxy } = await import('unpdf');
    const pdfText = async (bytes: Uint8Array): Promise<string> => {
      const read = await extractText(await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 }), {
        mergePages: true,
      });
      return read.text;
    };
    const walk: TemplateWalk = new TemplateWalk('literature', {
      'pdf-text': async ({ file }) => {
        const { path } = file as { path: string };
        const bytes = readFileSync(join(walk.folder, path));
        assert.ok(bytes.length < 10_000, path);
        return { text: await pdfText(bytes), pages: 1, title: '' };
      },
    });
    const records = await walk.walk();
    assert.equal(records.length, 15);
    const matches = records.map(({ record }) => String(at(record, 'match.by')));
    assert.deepEqual(
      ['doi', 'title', 'none'].map((by) => matches.filter((each) => each === by).length),
      [9, 5, 1],
    );
    for (const { key, record } of records) {
      const isFound = at(record, 'match.by') !== 'none';
      assert.equal(isFound, Number(at(record, 'match.score')) >= 0.6, key);
      assert.equal(at(record, 'download.file') !== undefined, at(record, 'match.isOpen'), key);
    }
    const turing = records.find(({ record }) => record.title === 'Computing machinery and intelligence');
    assert.equal(at(turing!.record, 'download.file'), 'papers/10.1093-mind-LIX.236.433.pdf');
    const [bibliography] = await walk.deliver(records);
    const entries = text(bibliography!.files[0]!.content);
    assert.equal(entries.match(/^@/gm)?.length, 15);
    assert.match(entries, /Riverbend/);
    assert.match(entries, /@inproceedings\{[\s\S]*Deep Residual Learning/);
  });

  it('have pages and texts that belong together', () => {
    const pages = filesOf('book').filter((file) => file.startsWith('pages/'));
    for (const page of pages) {
      assert.ok(existsSync(join(root, 'test/fixtures/book', page.replace('pages/', '').replace('.png', '.txt'))), page);
    }
    assert.equal(pages.length, 5);
  });
});
