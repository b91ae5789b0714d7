import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { readShelf, type Rating, type ShelfChange } from '../../../src/candidates/shelf.ts';
import { PathGate } from '../../../src/storage/pathGate.ts';
import { DiskShelves } from '../../../src/storage/shelfFile.ts';
import { useScratchFolder } from '../../support/scratch.ts';

const rated = (file: string, value: Rating = 3): ShelfChange => ({ file, set: { rating: { value } } });

describe('the shelf file', function () {
  this.timeout(30_000);
  const scratch = useScratchFolder();
  let folder = '';
  let lockPath = '';
  let shelves: DiskShelves;

  beforeEach(() => {
    folder = join(scratch(), 'candidates');
    lockPath = join(scratch(), 'shelves.lock');
    mkdirSync(folder);
    shelves = new DiskShelves({ gate: new PathGate(), root: scratch(), lockPath });
  });

  const file = (name = 'shelf.json'): string => join(folder, name);
  async function change(...changes: readonly ShelfChange[]): Promise<readonly ShelfChange[]> {
    const changed = await shelves.change(folder, changes);
    return changed.ok ? changed.value : assert.fail(changed.failure);
  }
  const filesIn = (text: string): readonly string[] =>
    [...(readShelf(text)?.entries.values() ?? [])].map((entry) => entry.file).sort();
  const files = (name?: string): readonly string[] => filesIn(readFileSync(file(name), 'utf8'));

  it('is begun with the first decision, and not touched where nothing is new', async () => {
    const none = await shelves.read(folder);
    assert.equal(none.ok && none.value.entries.size, 0);
    assert.ok(!existsSync(file()));
    const inverse = await change(rated('01.md'));
    assert.deepEqual(files(), ['01.md']);
    const text = readFileSync(file(), 'utf8');
    assert.deepEqual(await change(rated('01.md')), []);
    assert.equal(readFileSync(file(), 'utf8'), text);
    await change(...inverse);
    const read = await shelves.read(folder);
    const [entry] = read.ok ? [...read.value.entries.values()] : [];
    assert.equal(entry?.decisions.rating?.value, null);
    assert.deepEqual(readdirSync(folder), ['shelf.json'], 'nothing else is left');
  });

  it('loses nothing of two who write in one process at once', async () => {
    const others = new DiskShelves({ gate: new PathGate(), root: folder, lockPath });
    const names = Array.from({ length: 40 }, (_, place) => `${10 + place}.md`);
    await Promise.all(names.map((name, place) => (place % 2 === 0 ? shelves : others).change(folder, [rated(name)])));
    assert.deepEqual(files(), names);
  });

  it('loses nothing of several processes that write at once', async () => {
    const script = fileURLToPath(new URL('../../support/shelf/shelfProcess.ts', import.meta.url));
    const parts = [1, 2, 3].map((part) => [`${part}01`, `${part}20`]);
    const ends = parts.map(([from = '', to = '']) => {
      const child = spawn(process.execPath, [script, folder, lockPath, from, to], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return once(child, 'close');
    });
    for (const [code] of (await Promise.all(ends)) as [number][]) assert.equal(code, 0);
    assert.equal(files().length, 60);
  });

  it('is begun anew when a person has broken it, which is set aside', async () => {
    writeFileSync(file(), '{ "version": 1, "candidates": [ <<<<<<<');
    await change(rated('01.md'));
    const [first = '', second = ''] = readdirSync(folder).sort();
    assert.match(`${first} ${second}`, /^shelf\.json shelf\.json\.[0-9a-f]{6}\.unreadable$/);
    assert.match(readFileSync(file(second), 'utf8'), /<<<<<<</);
    assert.deepEqual(files(), ['01.md']);
  });

  it('is told when it is broken: where it is read, and under which name it is kept', async () => {
    const told: string[] = [];
    const tell = (sentence: string, when: string): unknown => told.push(`${when}: ${sentence}`);
    const telling = new DiskShelves({ gate: new PathGate(), root: scratch(), lockPath: join(scratch(), 'lock'), tell });
    writeFileSync(file(), '{ "version": 1, "candidates": [ {');
    assert.deepEqual(await telling.read(folder), { ok: true, value: { entries: new Map(), more: {} } });
    await telling.change(folder, [rated('01.md')]);
    await telling.read(folder);
    const aside = readdirSync(folder).find((name) => name.endsWith('.unreadable')) ?? '';
    assert.deepEqual(told, [
      `read: The shelf ${file()} cannot be read, so what was decided there is not known: mend it, or it is set aside with the next decision.`,
      `changed: The shelf ${file()} could not be read and is kept as ${aside}: what was decided there can be taken from it.`,
    ]);
  });

  it('is whole again where version control has left two in one file', async () => {
    writeFileSync(
      file(),
      `{
  "version": 1,
  "candidates": [
    {
      "file": "01.md",
<<<<<<< HEAD
      "rating": 1,
      "ratedAt": "2026-11-26T17:11:25.542Z"
    },
    {
      "file": "02.md",
      "picked": true,
      "pickedAt": "2026-11-26T17:11:27.896Z"
||||||| 8a966e1
      "rating": 4,
      "ratedAt": "2026-11-26T17:11:20.000Z"
=======
      "rating": 5,
      "ratedAt": "2026-11-26T17:11:22.150Z"
    },
    {
      "file": "03.md",
      "note": "warm",
      "notedAt": "2026-11-26T17:11:24.332Z"
>>>>>>> other
    }
  ]
}
`,
    );
    await change(rated('04.md'));
    assert.deepEqual(files(), ['01.md', '02.md', '03.md', '04.md']);
    const { candidates } = JSON.parse(readFileSync(file(), 'utf8')) as { candidates: Record<string, unknown>[] };
    assert.deepEqual(
      candidates.slice(0, 3).map(({ rating, picked, note }) => [rating, picked, note]),
      [
        [1, undefined, undefined],
        [undefined, true, undefined],
        [undefined, undefined, 'warm'],
      ],
    );
    assert.deepEqual(readdirSync(folder), ['shelf.json']);
  });

  it('leaves a file of somebody else that has its name as it is, and has another', async () => {
    writeFileSync(file(), '{"books": []}');
    await change(rated('01.md'));
    assert.equal(readFileSync(file(), 'utf8'), '{"books": []}');
    assert.deepEqual(files('candidates.shelf.json'), ['01.md']);
    const read = await shelves.read(folder);
    assert.equal(read.ok && read.value.entries.size, 1);
    writeFileSync(file('candidates.shelf.json'), '{"books": []}');
    const changed = await shelves.change(folder, [rated('02.md')]);
    assert.match(changed.ok ? '' : changed.failure, /has no name, because .* are not its own: rename one of them\.$/);
  });

  it('is neither read nor written through a link', async function () {
    if (process.platform === 'win32') this.skip();
    const outside = join(scratch(), 'outside.json');
    writeFileSync(outside, JSON.stringify({ version: 1, candidates: [{ file: '01.md', rating: 5 }] }));
    symlinkSync(outside, file());
    const read = await shelves.read(folder);
    assert.equal(read.ok && read.value.entries.size, 0);
    await change(rated('02.md'));
    assert.deepEqual(filesIn(readFileSync(outside, 'utf8')), ['01.md']);
    assert.deepEqual(files('candidates.shelf.json'), ['02.md']);
  });

  it('stays inside of its folder and away from what programs read', async function () {
    if (process.platform === 'win32') this.skip();
    mkdirSync(join(scratch(), 'inner'));
    symlinkSync(folder, join(scratch(), 'inner', 'out'));
    mkdirSync(join(folder, '.vscode'));
    const inner = new DiskShelves({ gate: new PathGate(), root: join(scratch(), 'inner'), lockPath });
    for (const [store, place] of [
      [inner, join(scratch(), 'inner', 'out')],
      [inner, folder],
      [shelves, join(folder, '.vscode')],
    ] as const) {
      for (const outcome of [await store.read(place), await store.change(place, [rated('01.md')])]) {
        assert.match(outcome.ok ? '' : outcome.failure, /cannot be used: (?:a link leads|programs run)/, place);
      }
    }
    assert.deepEqual(readdirSync(folder), ['.vscode']);
  });

  it('tells of what it cannot read in one sentence', async () => {
    mkdirSync(file());
    const read = await shelves.read(folder);
    assert.match(
      read.ok ? '' : read.failure,
      /^The shelf .* cannot be used: a folder stands where the file is needed\./,
    );
    const gone = await shelves.change(join(folder, 'gone'), [rated('01.md')]);
    assert.match(gone.ok ? '' : gone.failure, /^The folder .*gone is gone, so nothing is noted/);
  });

  it('says so when another program keeps it locked', async () => {
    const other = new DatabaseSync(lockPath);
    other.exec('BEGIN EXCLUSIVE');
    const changed = await shelves.change(folder, [rated('01.md')]);
    assert.match(changed.ok ? '' : changed.failure, /^Another program keeps the shelf .* locked/);
    other.close();
    await change(rated('01.md'));
  });
});
