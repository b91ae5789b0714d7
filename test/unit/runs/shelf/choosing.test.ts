import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { archiveCandidates, archiveOthers } from '../../../../src/runs/shelf/archiveCandidates.ts';
import { bestOf } from '../../../../src/runs/shelf/best.ts';
import { note, rate, type Decision } from '../../../../src/runs/shelf/decide.ts';
import type { ShelfCandidate } from '../../../../src/runs/shelf/listCandidates.ts';
import { locate, ownerOf } from '../../../../src/runs/shelf/locate.ts';
import { perform } from '../../../../src/runs/shelf/operations.ts';
import { notePick, pick, pickAll, targetOf } from '../../../../src/runs/shelf/pick.ts';
import type { Rating } from '../../../../src/candidates/shelf.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { failure, ShelfBench, value } from './support.ts';

const texts = { '01.md': 'One.\n', '02.md': 'Two, longer.\n', '03.md': 'Three.\n' };
const names = Object.keys(texts);

describe('choosing', function () {
  this.timeout(60_000);
  const scratch = useScratchFolder();
  let bench: ShelfBench;
  beforeEach(() => {
    bench = new ShelfBench(scratch());
    bench.generated(texts);
  });

  async function picked(path: string, target?: string): Decision {
    const { candidates } = await bench.list();
    const candidate = await bench.candidate(path);
    const row = candidates.filter((each) => each.row === candidate.row);
    const to = target === undefined ? targetOf(bench.prompt, candidate) : bench.at(target);
    return pick(candidate, row, { path: to, root: bench.root }, bench.choosing);
  }
  const at = (name: string): string => `candidates/a/${name}`;
  const allPicked = async (): Promise<readonly string[]> =>
    (await bench.list()).candidates.filter(({ isPicked }) => isPicked).map(({ key }) => key.file);

  describe('picks', () => {
    it('copy the text to the target, one for each row', async () => {
      value(await picked(at('01.md')));
      assert.equal(bench.read('a.picked.md'), 'One.\n');
      value(await picked(at('02.md')));
      assert.equal(bench.read('a.picked.md'), 'Two, longer.\n');
      assert.deepEqual(await allPicked(), ['02.md']);
      assert.ok(!bench.isThere('archive'), 'a copy of a candidate is nothing to keep');
    });

    it('lose nothing of a target that a person has edited', async () => {
      value(await picked(at('01.md')));
      bench.put('a.picked.md', 'One, and mine.\n');
      const inverse = value(await picked(at('02.md')));
      assert.equal(bench.read('archive/a.picked.md'), 'One, and mine.\n');
      value(await perform(inverse, bench.choosing));
      assert.equal(bench.read('a.picked.md'), 'One, and mine.\n');
      assert.deepEqual(await allPicked(), ['01.md']);
    });

    it('keep what a person has made of the target when they are taken back', async () => {
      const inverse = value(await picked(at('01.md')));
      bench.put('a.picked.md', 'One, and mine.\n');
      value(await perform(inverse, bench.choosing));
      assert.ok(!bench.isThere('a.picked.md'));
      assert.equal(bench.read('archive/a.picked.md'), 'One, and mine.\n');
    });

    it('go where the prompt file says, with a target for each row', async () => {
      bench.generated({ '01.md': 'Of x.\n' }, 'candidates/a/x', { row: 'x', variables: { sku: '7' } });
      value(await picked('candidates/a/x/01.md'));
      assert.equal(bench.read('a.picked/x.md'), 'Of x.\n');
      bench.prompt = { ...bench.prompt, target: 'pages/${row.sku}/${promptName}.md' };
      value(await picked('candidates/a/x/01.md'));
      assert.equal(bench.read('pages/7/a.md'), 'Of x.\n');
      const json = { row: '', isJson: true } as ShelfCandidate;
      assert.equal(
        targetOf({ ...bench.prompt, target: 'best-${index}.md' }, { ...json, number: 3 }),
        bench.at('best-03.md'),
      );
      const { target: _target, ...plain } = bench.prompt;
      assert.equal(targetOf(plain, json), bench.at('a.picked.json'));
    });

    it('stand beside each other where their targets are others', async () => {
      value(await picked(at('01.md')));
      value(await picked(at('02.md'), 'other.md'));
      assert.deepEqual(await allPicked(), ['01.md', '02.md']);
    });

    it('are of all rows at once, and are taken back at once', async () => {
      for (const row of ['x', 'y', 'z'])
        bench.generated({ '01.md': `${row}\n`, '02.md': `${row}, longer\n` }, `candidates/a/${row}`, { row });
      const before = bench.files();
      const { candidates } = await bench.list();
      const inverse = value(await pickAll(bestOf(candidates, 'longest'), candidates, bench.prompt, bench.choosing));
      assert.deepEqual([...bench.files().values()].filter((text) => text.endsWith('longer\n')).length, 6);
      assert.equal(bench.read('a.picked.md'), 'Two, longer.\n');
      value(await perform(inverse, bench.choosing));
      assert.deepEqual(bench.files(), before);
    });

    it('change nothing where the target cannot be written', async function () {
      if (process.platform === 'win32') this.skip();
      mkdirSync(join(scratch(), 'outside'));
      symlinkSync(join(scratch(), 'outside'), bench.at('out'));
      mkdirSync(bench.at('folder.md'));
      const before = bench.files();
      for (const target of ['out/x.md', '.github/workflows/x.md', '../x.md', 'Makefile', 'AGENTS.md']) {
        assert.match(failure(await picked(at('01.md'), target)), /^Nothing was changed, because /, target);
      }
      assert.match(failure(await picked(at('01.md'), 'folder.md')), /there is something else at .*folder\.md/);
      assert.match(failure(await picked(at('01.md'), at('01.md'))), /itself: name another file/);
      bench.prompt = { ...bench.prompt, target: 'a.prompt.md' };
      const { candidates } = await bench.list();
      assert.match(
        failure(await pickAll(candidates, candidates, bench.prompt, bench.choosing)),
        /is the prompt file itself/,
      );
      assert.deepEqual(bench.files(), before);
      assert.deepEqual(await allPicked(), []);
    });

    it('are noted where somebody has put the text by hand, in a file or in a text without one', async () => {
      const [first, second, third] = (await bench.list()).candidates;
      const row = (await bench.list()).candidates;
      assert.ok(first && second && third);
      value(await notePick(first, row, bench.at('page.md'), bench.choosing));
      const inverse = value(
        await notePick(second, (await bench.list()).candidates, bench.at('page.md'), bench.choosing),
      );
      assert.deepEqual(await allPicked(), ['02.md']);
      assert.ok(!bench.isThere('page.md'), 'its text is somebody else’s affair');
      value(await notePick(third, (await bench.list()).candidates, undefined, bench.choosing));
      assert.deepEqual(await allPicked(), ['02.md', '03.md']);
      value(await perform(inverse, bench.choosing));
      assert.deepEqual(await allPicked(), ['01.md', '03.md']);
    });

    it('are refused for what is no text', async () => {
      bench.put(at('04.md'), new Uint8Array([0x41, 0x00]));
      assert.match(failure(await picked(at('04.md'))), /04\.md has a zero character at byte 2 and is no text/);
    });
  });

  describe('archiving', () => {
    it('moves candidates to the archive beside them, and their manifest keeps what it tells', async () => {
      const manifest = bench.read(at('manifest.json'));
      value(await rate([await bench.candidate(at('01.md'))], 2, bench.choosing));
      const inverse = value(await archiveCandidates([await bench.candidate(at('01.md'))], bench.choosing));
      assert.equal(bench.read(at('archive/01.md')), 'One.\n');
      assert.equal(bench.read(at('manifest.json')), manifest);
      const archived = await bench.candidate(at('archive/01.md'));
      assert.deepEqual([archived.isArchived, archived.rating, archived.model], [true, 2, 'small']);
      assert.deepEqual(value(await archiveCandidates([archived], bench.choosing)), []);
      value(await perform(inverse, bench.choosing));
      assert.ok(bench.isThere(at('01.md')) && !bench.isThere(at('archive/01.md')));
    });

    it('of the others waits for a pick, row by row', async () => {
      bench.generated({ '01.md': 'Of x.\n' }, 'candidates/a/x', { row: 'x' });
      const list = async () => (await bench.list()).candidates;
      assert.match(failure(await archiveOthers(await list(), bench.choosing)), /^Nobody has picked a candidate yet/);
      value(await picked(at('02.md')));
      value(await archiveOthers(await list(), bench.choosing));
      const left = (await list()).filter(({ isArchived }) => !isArchived);
      assert.deepEqual(
        left.map(({ row, key }) => [row, key.file]),
        [
          ['', '02.md'],
          ['x', '01.md'],
        ],
      );
    });

    it('leaves a new candidate alone that has the place of an archived one', async () => {
      const inverse = value(await archiveCandidates([await bench.candidate(at('01.md'))], bench.choosing));
      bench.put(at('01.md'), 'New.\n');
      assert.match(
        failure(await perform(inverse, bench.choosing)),
        /there is something else at .*01\.md: move that away/,
      );
      assert.equal(bench.read(at('01.md')), 'New.\n');
      assert.equal(bench.read(at('archive/01.md')), 'One.\n');
      assert.equal((await bench.candidate(at('archive/01.md'))).isArchived, true);
    });
  });

  it('takes back whatever was done, in the order in which it was done', async () => {
    type Act = readonly [kind: 'rate' | 'note' | 'pick' | 'archive' | 'others' | 'edit', name: string, value: number];
    const act = fc.tuple(
      fc.constantFrom<Act[0][]>('rate', 'note', 'pick', 'archive', 'others', 'edit'),
      fc.constantFrom(...names),
      fc.integer({ min: 1, max: 5 }),
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 6 }), async (acts) => {
        const folder = join(scratch(), `round ${++round}`);
        mkdirSync(folder);
        bench = new ShelfBench(folder);
        bench.generated(texts);
        const states = [];
        for (const [kind, name, number] of acts) {
          const before = { files: bench.files(), seen: await bench.seen() };
          const { candidates } = await bench.list();
          const candidate = candidates.find(({ key }) => key.file === name);
          if (!candidate) assert.fail(`${name} is lost.`);
          const did = async (): Decision => {
            switch (kind) {
              case 'rate':
                return rate([candidate], number as Rating, bench.choosing);
              case 'note':
                return note(candidate, `note ${number}`, bench.choosing);
              case 'pick':
                return pick(
                  candidate,
                  candidates,
                  { path: targetOf(bench.prompt, candidate), root: bench.root },
                  bench.choosing,
                );
              case 'archive':
                return archiveCandidates([candidate], bench.choosing);
              case 'others':
                return archiveOthers(candidates, bench.choosing);
              case 'edit':
                bench.put('a.picked.md', `mine ${number}\n`);
                return { ok: true, value: [] };
            }
          };
          const done = await did();
          if (done.ok && kind !== 'edit') states.push({ before, inverse: done.value });
          if (kind === 'edit') states.length = 0;
        }
        for (const { before, inverse } of states.reverse()) {
          const performed = value(await perform(inverse, bench.choosing));
          assert.deepEqual({ files: bench.files(), seen: await bench.seen() }, before);
          value(await perform(value(await perform(performed.inverse, bench.choosing)).inverse, bench.choosing));
          assert.deepEqual({ files: bench.files(), seen: await bench.seen() }, before);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('notes what fits into a shelf', async () => {
    const candidate = await bench.candidate(at('01.md'));
    value(await note(candidate, '  Warm.\n', bench.choosing));
    assert.equal((await bench.candidate(at('01.md'))).note, 'Warm.');
    assert.match(failure(await note(candidate, 'x'.repeat(10_001), bench.choosing)), /more than 10,000 characters/);
    value(await note(candidate, ' ', bench.choosing));
    assert.equal((await bench.candidate(at('01.md'))).note, undefined);
  });

  it('knows the best of each row', () => {
    const candidate = (row: string, length: number, rating?: Rating, isArchived = false) => {
      return { row, length, isArchived, ...(rating === undefined ? {} : { rating }) };
    };
    const all = [
      candidate('x', 9, 5, true),
      candidate('x', 1),
      candidate('x', 3, 4),
      candidate('x', 3, 4),
      candidate('y', 2),
    ];
    assert.deepEqual(bestOf(all, 'first'), [all[1], all[4]]);
    assert.deepEqual(bestOf(all, 'longest'), [all[2], all[4]]);
    assert.deepEqual(bestOf(all, 'rated'), [all[2]]);
  });

  describe('a candidate that somebody names', () => {
    const located = async (path: string) => value(await locate(bench.at(path), bench.choosing));

    it('belongs to the prompt file that its manifest tells of, or whose place it has', async () => {
      bench.put('b.prompt.md', 'Write another line.\n');
      assert.equal((await located(at('01.md'))).prompt?.path, bench.at('a.prompt.md'));
      bench.put('candidates/b/01.md', 'By hand.\n');
      assert.equal((await located('candidates/b/01.md')).prompt?.path, bench.at('b.prompt.md'));
      bench.put('prompts/c.prompt.md', '---\ncandidates:\n  output: ${index}/${promptName}.md\n---\nWrite.\n');
      bench.put('prompts/1/c.md', 'One.\n');
      bench.put('prompts/2/c.md', 'Two.\n');
      const found = await located('prompts/1/c.md');
      assert.deepEqual([found.prompt?.path, found.listing.candidates.length], [bench.at('prompts/c.prompt.md'), 2]);
    });

    it('is known by its manifest alone where the prompt file is gone', async () => {
      bench.generated({ '01.md': 'One.\n' }, 'elsewhere', { prompt: { path: 'gone.prompt.md', hash: '' } });
      const { candidate, prompt } = await located('elsewhere/01.md');
      assert.deepEqual([candidate.number, prompt], [1, undefined]);
    });

    it('has an owner without being read, also in the archive', async () => {
      const owner = async (path: string): Promise<string | undefined> =>
        (await ownerOf(bench.at(path), bench.choosing))?.path;
      value(await archiveCandidates([await bench.candidate(at('03.md'))], bench.choosing));
      for (const name of ['01.md', '04.md', 'archive/03.md', 'archive/03-2.md']) {
        assert.equal(await owner(at(name)), bench.prompt.path, name);
      }
      bench.put('notes.md', 'Notes\n');
      for (const path of ['notes.md', 'a.prompt.md', at('manifest.json'), at('shelf.json'), at('README.md')]) {
        assert.equal(await owner(path), undefined, path);
      }
    });

    it('is none that lies elsewhere or is something else', async () => {
      bench.put('candidates/a/notes.txt', 'x');
      for (const [path, expected] of [
        ['a.prompt.md', /is no candidate of a prompt file/],
        [at('notes.txt'), /is no candidate of a prompt file/],
        [at('09.md'), /^There is no file /],
        ['../outside/01.md', /lies outside of /],
      ] as const) {
        assert.match(failure(await locate(join(bench.root, path), bench.choosing)), expected);
      }
    });
  });
});
