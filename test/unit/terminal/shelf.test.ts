import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../support/cli.ts';
import { useScratchFolder } from '../../support/scratch.ts';

interface ShelfReport {
  readonly candidates: readonly Readonly<Record<string, unknown>>[];
  readonly diversity: number | null;
}

describe('parallel-candidates shelf', function () {
  this.timeout(120_000);
  const folder = useScratchFolder();
  const at = (...names: readonly string[]): string => join(folder(), ...names);
  const read = (...names: readonly string[]): string => readFileSync(at(...names), 'utf8');
  const run = (...args: readonly string[]) => runCli(args, { cwd: folder(), env: { PARALLEL_CANDIDATES_SEED: '1' } });

  async function runs(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 0, stderr);
    return stdout;
  }
  async function refused(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, /^parallel-candidates: [^\n]+\n$/);
    return stderr;
  }
  async function listed(file = 'a.prompt.md', ...more: readonly string[]): Promise<ShelfReport> {
    return JSON.parse(await runs('shelf', file, '--json', ...more)) as ShelfReport;
  }

  beforeEach(() => {
    writeFileSync(
      at('a.prompt.md'),
      '---\ncandidates:\n  count: 3\n---\nWrite about {{ subject | default: "tea" }}.\n',
    );
  });

  it('lists, rates, notes, picks and archives candidates', async () => {
    const generated = JSON.parse(await runs('generate', 'a.prompt.md', '--json')) as { readonly diversity: object };
    const first = await listed();
    const [one, two] = first.candidates;
    assert.deepEqual(one, {
      file: at('candidates', 'a', '01.md'),
      row: '',
      number: 1,
      model: 'demo',
      state: 'written',
      picked: false,
      archived: false,
      rating: null,
      note: null,
      similarTo: null,
    });
    assert.ok(first.diversity !== null && first.diversity > 0 && first.diversity <= 1);
    assert.deepEqual(generated.diversity, { 'a.prompt.md': first.diversity });

    assert.equal(await runs('rate', 'candidates/a/02.md', '4'), '');
    await runs('note', 'candidates/a/02.md', 'Warm \u001b[31m');
    assert.equal(await runs('pick', 'candidates/a/02.md'), 'a.picked.md\n');
    assert.equal(read('a.picked.md'), read('candidates', 'a', '02.md'));
    const decided = (await listed()).candidates[1];
    assert.deepEqual(decided, { ...two, picked: true, rating: 4, note: 'Warm \u001b[31m' });
    const shown = await runs('shelf', 'a.prompt.md');
    assert.match(shown, /^candidates\/a\/02\.md {2}demo, picked, 4\/5: Warm ␛\[31m$/m);
    assert.match(shown, /^diversity \d+ %$/m);

    appendFileSync(at('a.picked.md'), 'And mine.\n');
    const mine = read('a.picked.md');
    const picked = JSON.parse(await runs('pick', 'candidates/a/01.md', '--json')) as object;
    assert.deepEqual(picked, {
      file: at('candidates', 'a', '01.md'),
      target: at('a.picked.md'),
      kept: at('archive', 'a.picked.md'),
    });
    assert.equal(read('archive', 'a.picked.md'), mine);

    assert.equal(await runs('archive', 'candidates/a/03.md', 'candidates/a/03.md'), 'candidates/a/archive/03.md\n');
    assert.equal(await runs('archive', '--others', 'a.prompt.md'), 'candidates/a/archive/02.md\n');
    const last = (await listed()).candidates;
    assert.deepEqual(
      last.map(({ number, archived, picked: isPicked, rating }) => [number, archived, isPicked, rating]),
      [
        [1, false, true, null],
        [2, true, false, 4],
        [3, true, false, null],
      ],
    );
    await runs('rate', 'candidates/a/archive/02.md', 'none');
    assert.equal((await listed()).candidates[1]?.rating, null);
  });

  it('picks where somebody says, and from the folder of the candidates too', async () => {
    await runs('generate', 'a.prompt.md');
    assert.equal(await runs('pick', 'candidates/a/01.md', '--to', 'pages/best.md'), 'pages/best.md\n');
    assert.equal(read('pages', 'best.md'), read('candidates', 'a', '01.md'));
    const within = await runCli(['pick', '02.md'], { cwd: at('candidates', 'a') });
    assert.deepEqual([within.code, within.stdout], [0, '../../a.picked.md\n'], within.stderr);
    writeFileSync(at('a.prompt.md'), '---\ncandidates:\n  target: pages/${promptName}.md\n---\nWrite.\n');
    assert.equal(await runs('pick', 'candidates/a/03.md'), 'pages/a.md\n');
    writeFileSync(at('a.prompt.md'), '---\ncandidates:\n  target: ../out.md\n---\nWrite.\n');
    assert.match(
      await refused('shelf', 'a.prompt.md'),
      /a\.prompt\.md:3: "candidates\.target" must stay below the folder/,
    );
  });

  it('exports candidates for other programs', async () => {
    await runs('generate', 'a.prompt.md');
    assert.match(
      await refused('export', 'a.prompt.md', '--format', 'dpo'),
      /Nobody has picked or rated a candidate of a: pick or rate some, then export again\./,
    );
    const lines = (await runs('export', 'a.prompt.md', '--format', 'jsonl')).trim().split('\n');
    const records = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    assert.deepEqual(
      records.map(({ file, text }) => [file, text]),
      [1, 2, 3].map((number) => [`candidates/a/0${number}.md`, read('candidates', 'a', `0${number}.md`)]),
    );
    await runs('rate', 'candidates/a/01.md', '1');
    await runs('rate', 'candidates/a/02.md', '5');
    const pairs = (await runs('export', 'a.prompt.md', '--format', 'dpo')).trim().split('\n');
    assert.equal(pairs.length, 1);
    assert.deepEqual(JSON.parse(pairs[0] ?? ''), {
      prompt: [{ role: 'user', content: 'Write about tea.' }],
      chosen: [{ role: 'assistant', content: read('candidates', 'a', '02.md').trimEnd() }],
      rejected: [{ role: 'assistant', content: read('candidates', 'a', '01.md').trimEnd() }],
    });
    writeFileSync(at('out.csv'), 'mine\n');
    const { stdout, stderr, code } = await run('export', 'a.prompt.md', '--format', 'csv', '--out', 'out.csv');
    assert.deepEqual([code, stdout, stderr], [0, 'out.csv\n', 'What was there is kept as archive/out.csv.\n']);
    assert.match(read('out.csv'), /^prompt,row,number,model,file,picked,archived,rating,note,text\r\n/);
    assert.equal(read('archive', 'out.csv'), 'mine\n');
  });

  it('finds candidates that were generated elsewhere', async () => {
    await runs('generate', 'a.prompt.md', '--out', 'elsewhere');
    assert.deepEqual((await listed()).candidates, []);
    assert.equal((await listed('a.prompt.md', '--in', 'elsewhere')).candidates.length, 3);
    await runs('rate', 'elsewhere/a/01.md', '3');
    assert.equal(await runs('pick', 'elsewhere/a/01.md'), 'a.picked.md\n');
  });

  it('says in one sentence what is wrong', async () => {
    await runs('generate', 'a.prompt.md');
    mkdirSync(at('.vscode'));
    for (const [args, expected] of [
      [['shelf'], /Name one prompt file\./],
      [['shelf', 'gone.prompt.md'], /There is no file gone\.prompt\.md\./],
      [['rate', 'candidates/a/01.md'], /Name one candidate and its rating, from 1 to 5\./],
      [['rate', 'candidates/a/01.md', '6'], /The rating must be 1, 2, 3, 4, 5 or none, not "6"\./],
      [['rate', 'a.prompt.md', '5'], /is no candidate of a prompt file/],
      [['rate', 'candidates/a/09.md', '5'], /There is no file .*09\.md\./],
      [['note', 'candidates/a/01.md'], /Name one candidate and the text of its note, in quotes\./],
      [['pick', 'candidates/a/01.md', '--to', '.vscode/settings.json'], /cannot be written: programs run or read/],
      [['archive'], /Name at least one candidate, or a prompt file after --others\./],
      [['archive', '--others', 'a.prompt.md'], /Nobody has picked a candidate yet/],
      [['export', 'a.prompt.md'], /Name a format with --format: jsonl, csv, md, dpo\./],
      [
        ['export', 'a.prompt.md', '--format', 'csv', '--out', './a.prompt.md'],
        /a\.prompt\.md is a prompt file itself: name another file with --out\./,
      ],
      [['export', 'a.prompt.md', '--format', 'xml'], /--format must be jsonl, csv, md, dpo, not "xml"\./],
    ] as const) {
      assert.match(await refused(...args), expected, args.join(' '));
    }
  });

  it('follows no link out of the folder', async function () {
    if (process.platform === 'win32') this.skip();
    const work = at('work');
    mkdirSync(join(work, 'candidates'), { recursive: true });
    mkdirSync(at('outside'));
    writeFileSync(at('outside', '01.md'), 'Secret.\n');
    writeFileSync(join(work, 'a.prompt.md'), 'Write.\n');
    symlinkSync(at('outside'), join(work, 'candidates', 'a'));
    for (const args of [
      ['shelf', 'a.prompt.md'],
      ['rate', 'candidates/a/01.md', '5'],
      ['pick', 'candidates/a/01.md'],
    ]) {
      const { code, stdout, stderr } = await runCli(args, { cwd: work });
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.match(stderr, /leads from .* out of /, args.join(' '));
    }
  });
});
