import assert from 'node:assert/strict';
import { limits } from '../../../src/data/limits.ts';
import { MemoryInput, problemsOf, readFrom, rowsOf, type Files, type Settings } from './support.ts';

const source = { kind: 'files', pattern: 'notes/*' } as const;

const readFiles = (files: Files, settings?: Settings) => readFrom(new MemoryInput(files), source, settings);

describe('a list of files', () => {
  it('has a row for each: its path, its name and its text without front matter', async () => {
    const { rows, hints } = rowsOf(
      await readFiles({
        'notes/a.b.txt': '\ufeffHello\n',
        'notes/b.md': '---\ntitle: B\ntags: [x]\n---\nText\n',
      }),
    );
    assert.deepEqual(
      [...rows],
      [
        {
          key: 'notes-a.b.txt',
          label: 'notes-a.b.txt',
          values: {
            file: { path: 'notes/a.b.txt', name: 'a.b.txt', stem: 'a.b', text: 'Hello\n', frontMatter: {} },
          },
        },
        {
          key: 'notes-b.md',
          label: 'notes-b.md',
          values: {
            file: {
              path: 'notes/b.md',
              name: 'b.md',
              stem: 'b',
              text: 'Text\n',
              frontMatter: { title: 'B', tags: ['x'] },
            },
          },
        },
      ],
    );
    assert.deepEqual(hints, []);
  });

  it('can be filtered and named by all of that', async () => {
    const files = { 'notes/a.md': '---\ntype: x\n---\nA', 'notes/b.md': 'B' };
    const settings = { filter: 'file.frontMatter.type == "x"', key: 'file.stem' };
    const { rows } = rowsOf(await readFiles(files, settings));
    assert.deepEqual(
      [...rows].map(({ key }) => key),
      ['a'],
    );
  });

  it('may have pictures in it, which have no text', async () => {
    for (const bytes of [Buffer.of(1, 2, 0, 0xff), Buffer.of(0xff, 0xd8, 0xff, 0xe0, 0, 0x10)]) {
      const { rows, hints } = rowsOf(await readFiles({ 'notes/a.png': bytes }));
      assert.deepEqual(rows.at(0)?.values, { file: { path: 'notes/a.png', name: 'a.png', stem: 'a' } });
      assert.deepEqual(hints, []);
    }
  });

  it('tells of texts that it cannot read, and goes on', async () => {
    const { hints, rows } = rowsOf(
      await readFiles({
        'notes/a.txt': Buffer.of(0x61, 0xff),
        'notes/b.txt': 'x'.repeat(limits.rowLength + 1),
        'notes/c.md': '---\na: [\n---\nText',
      }),
    );
    assert.deepEqual(
      hints.map(({ file, message }) => `${file}: ${message}`),
      [
        'p/notes/a.txt: "file.text" is missing. The file is no UTF-8 at byte 2: save it as UTF-8, or name its encoding, such as "candidates.data.encoding: latin1".',
        'p/notes/b.txt: The file has more than 1,000,000 characters, so "file.text" is missing: split the file where a prompt needs its text.',
        'p/notes/c.md: The front matter is not valid YAML on line 2: a line is not indented like its neighbours, or a bracket is not closed, so it counts as text.',
      ],
    );
    assert.equal((rows.at(2)?.values.file as { text: string }).text, '---\na: [\n---\nText');
    const latin = rowsOf(await readFiles({ 'notes/a.txt': Buffer.of(0x61, 0xe9) }, { encoding: 'latin1' }));
    assert.equal((latin.rows.at(0)?.values.file as { text: string }).text, 'aé');
  });

  it('says when there is none, and when two are one by name', async () => {
    assert.deepEqual(problemsOf(await readFiles({})), [
      'p/a.prompt.md:3: No file matches "notes/*": correct the pattern in candidates.data.',
    ]);
    assert.deepEqual(problemsOf(await readFiles({ 'a/b.txt': '', 'a-b.txt': '' })), [
      'p/a.prompt.md:: Rows 1 and 2 have keys that name the same folder, "a/b.txt" and "a-b.txt": correct one, or set candidates.data.key to what tells rows apart.',
    ]);
  });
});
