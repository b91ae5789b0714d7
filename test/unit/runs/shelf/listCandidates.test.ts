import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { rate } from '../../../../src/runs/shelf/decide.ts';
import { listCandidates } from '../../../../src/runs/shelf/listCandidates.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { failure, ShelfBench, value } from './support.ts';

describe('the candidates of a prompt file', () => {
  const scratch = useScratchFolder();
  let bench: ShelfBench;
  beforeEach(() => {
    bench = new ShelfBench(scratch());
  });

  const paths = async (): Promise<readonly string[]> =>
    (await bench.list()).candidates.map(({ path }) => path.slice(bench.root.length + 1).replaceAll('\\', '/'));

  it('are none where there is nothing', async () => {
    assert.deepEqual(await bench.list(), { candidates: [] });
  });

  it('are what manifests tell of and what lies where candidates go', async () => {
    bench.generated({ '01.md': 'One.\n', '02.md': 'Two.\n' });
    bench.put('candidates/a/10.md', 'Mine.\n');
    bench.put('candidates/a/03.other.md', 'Of another model.\n');
    for (const other of ['notes.md', '04.invalid.txt', 'manifest.json.abc.unreadable', 'results.csv']) {
      bench.put(`candidates/a/${other}`, 'No candidate.\n');
    }
    const { candidates } = await bench.list();
    assert.deepEqual(
      candidates.map(({ key, number, model, made }) => [key.file, number, model, made !== undefined]),
      [
        ['01.md', 1, 'small', true],
        ['02.md', 2, 'small', true],
        ['03.other.md', 3, 'other', false],
        ['10.md', 10, undefined, false],
      ],
    );
  });

  it('are grouped by row, as people count', async () => {
    for (const row of ['10', '9', 'archive'])
      bench.generated({ '01.md': `Of ${row}.\n` }, `candidates/a/${row}`, { row });
    bench.put('candidates/a/11/01.md', 'By hand.\n');
    const { candidates } = await bench.list();
    assert.deepEqual(
      candidates.map(({ row, isArchived }) => [row, isArchived]),
      [
        ['9', false],
        ['10', false],
        ['11', false],
        ['archive', false],
      ],
    );
  });

  it('lie where an own pattern puts them, and are not those of another prompt file', async () => {
    bench.prompt = { ...bench.prompt, output: 'pages/${row.sku}-${index}.md' };
    bench.generated({ 'x-01.md': 'One.\n' }, 'pages', { row: 'x' });
    bench.generated({ 'y-01.md': 'Another.\n' }, 'pages', { prompt: { path: 'other/b.prompt.md', hash: '' } });
    assert.deepEqual(await paths(), ['pages/x-01.md']);
  });

  it('lie in the folder that they were generated to', async () => {
    bench.generated({ '01.md': 'One.\n' }, 'out/a');
    bench.prompt = { ...bench.prompt, out: bench.at('out') };
    assert.deepEqual(await paths(), ['out/a/01.md']);
  });

  it('keep what is known of them when a person has renamed or edited them', async () => {
    bench.generated({ '01.md': 'One.\n', '02.md': 'Two.\n' });
    value(await rate([await bench.candidate('candidates/a/01.md')], 4, bench.choosing));
    renameSync(bench.at('candidates/a/01.md'), bench.at('candidates/a/the best.md'));
    bench.put('candidates/a/02.md', 'Two, and more.\n');
    const [renamed, edited] = (await bench.list()).candidates;
    assert.deepEqual(
      [renamed?.key.file, renamed?.number, renamed?.rating, renamed?.isEdited],
      ['the best.md', 1, 4, false],
    );
    assert.deepEqual([edited?.key.file, edited?.model, edited?.isEdited], ['02.md', 'small', true]);
    value(await rate([renamed!], 5, bench.choosing));
    bench.put('candidates/a/the best.md', 'One.\n');
    assert.equal((await bench.candidate('candidates/a/the best.md')).rating, 5);
  });

  it('have none of the decisions about a text that had their name before', async () => {
    bench.generated({ '01.md': 'One.\n' });
    value(await rate([await bench.candidate('candidates/a/01.md')], 1, bench.choosing));
    bench.generated({ '01.md': 'Another one.\n' }, 'candidates/a', { run: 'later' });
    assert.equal((await bench.candidate('candidates/a/01.md')).rating, undefined);
  });

  it('are known in the archive too', async () => {
    bench.generated({ '01.md': 'One.\n', '02.md': 'Two.\n' });
    bench.put('candidates/a/archive/01.md', 'Older.\n');
    bench.put('candidates/a/archive/01-2.md', 'Not so old.\n');
    bench.put('candidates/a/archive/notes.txt', 'Mine.\n');
    renameSync(bench.at('candidates/a/02.md'), bench.at('candidates/a/archive/02.md'));
    const { candidates } = await bench.list();
    assert.deepEqual(
      candidates.map(({ path, number, model, isArchived }) => [path.slice(-8), number, model, isArchived]),
      [
        ['a/01.md', 1, 'small', false],
        ['01-2.md', 1, undefined, true],
        ['e/01.md', 1, undefined, true],
        ['e/02.md', 2, 'small', true],
      ].map(([path, ...rest]) => [
        candidates.find((each) => each.path.endsWith(path as string))!.path.slice(-8),
        ...rest,
      ]),
    );
  });

  it('say which of them say the same, and how diverse they are', async () => {
    const text = 'A cold brew for those who wake up late and like it so.';
    bench.generated({
      '01.md': `${text}\n`,
      '02.md': `${text}\r\n\n`,
      '03.md': `${text.replace('late', 'early')}\n`,
      '04.md': 'Zum Mitnehmen: heiß und stark.\n',
    });
    const { candidates, diversity, distinct } = await bench.list();
    const [first, ...others] = candidates;
    assert.equal(first?.similarTo, undefined);
    assert.deepEqual(
      others.map(({ similarTo }) => similarTo && [similarTo.key === first?.path, similarTo.kind]),
      [[true, 'exact'], [true, 'near'], undefined],
    );
    assert.ok(diversity !== undefined && diversity > 0.4 && diversity < 0.7, `${diversity}`);
    assert.equal(distinct?.length, 3);
  });

  it('are one pick for each target, the last one, where two have picked at once', async () => {
    bench.generated({ '01.md': 'One.\n', '02.md': 'Two.\n', '03.md': 'Three.\n' });
    const pick = (file: string, second: number, to?: string) => ({
      file,
      picked: true,
      pickedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
      ...(to === undefined ? {} : { pickedTo: to }),
    });
    const picks = [pick('01.md', 2, 'x.md'), pick('02.md', 1, 'x.md'), pick('03.md', 0, 'y.md')];
    bench.put('candidates/a/shelf.json', JSON.stringify({ version: 1, candidates: picks }));
    const { candidates } = await bench.list();
    assert.deepEqual(
      candidates.map(({ isPicked }) => isPicked),
      [true, false, true],
    );
  });

  it('are no files outside of the folder, whatever a folder brings', async function () {
    if (process.platform === 'win32') this.skip();
    mkdirSync(join(scratch(), 'outside'));
    bench.put('../outside/01.md', 'Secret.\n');
    mkdirSync(bench.at('candidates'));
    symlinkSync(join(scratch(), 'outside'), bench.at('candidates/a'));
    assert.match(failure(await listCandidates(bench.prompt, bench.choosing)), /^A link leads from .* out of /);
    bench.prompt = { ...bench.prompt, name: 'b' };
    bench.generated({ '01.md': 'One.\n' }, 'candidates/b', { prompt: { path: 'a.prompt.md', hash: '' } });
    symlinkSync(join(scratch(), 'outside', '01.md'), bench.at('candidates/b/02.md'));
    symlinkSync(join(scratch(), 'outside'), bench.at('candidates/b/archive'));
    const shelf = {
      version: 1,
      candidates: [{ file: '../../../outside/01.md', picked: true }, { file: '/etc/passwd' }],
    };
    bench.put('candidates/b/shelf.json', JSON.stringify(shelf));
    assert.deepEqual(await paths(), ['candidates/b/01.md']);
  });

  it('are there though one is no text', async () => {
    bench.put('candidates/a/01.md', new Uint8Array([0xff, 0x00, 0xfe]));
    bench.put('candidates/a/02.md', 'Two.\n');
    const { candidates } = await bench.list();
    assert.deepEqual(
      candidates.map(({ length }) => length),
      [0, 5],
    );
  });
});
