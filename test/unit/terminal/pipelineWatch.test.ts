import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { RunningCli } from '../../support/cli.ts';
import type { PipelineReport } from '../../../src/terminal/pipelineReport.ts';
import { useWorkbench } from '../../support/terminalHarness.ts';

/** A program that writes down what it is given, and says it in capitals. */
const logging = (name: string, said: string): string =>
  JSON.stringify(
    `require('node:fs').appendFileSync('${name}.log', process.argv[1].trim() + '|'); process.stdout.write(${said})`,
  );

describe('parallel-candidates run --watch', function () {
  this.timeout(120_000);
  const bench = useWorkbench();
  const put = (name: string, text: string): void => writeFileSync(bench().seen(name), text);
  const read = (name: string): string => readFileSync(bench().seen(name), 'utf8');
  const log = (name: string): readonly string[] =>
    existsSync(bench().seen(`${name}.log`)) ? read(`${name}.log`).split('|').slice(0, -1) : [];
  const runs = (): readonly { readonly id: string; readonly finished_at: number | null }[] =>
    bench().ask('SELECT id, finished_at FROM runs ORDER BY run');

  /** A file that was there long before. */
  function old(name: string, text: string, minutes = 60): void {
    put(name, text);
    const then = new Date(Date.now() - minutes * 60_000);
    utimesSync(bench().seen(name), then, then);
  }

  /** Waits until the run has come to rest so many times. */
  const rested = (watching: RunningCli, times: number): Promise<unknown> =>
    watching.until(new RegExp(`(?:· Watching[^]*){${times}}`));

  const up = `  - { name: up, command: [node, -e, ${logging('up', 'process.argv[1].toUpperCase()')}, "{{ file.text }}"] }\n`;
  const notes = (stages: string, source = ''): void =>
    put(
      'notes.pipeline.yml',
      `source: { files: "notes/*.txt", watch: true${source} }\nstages:\n${up}${stages}table: { file: up.csv, columns: [key, up.text] }\n`,
    );

  beforeEach(() => {
    mkdirSync(bench().seen('notes'));
    put(
      'all.mjs',
      `import { appendFileSync } from 'node:fs';
       export default (record) => {
         const text = record.records.map(({ up }) => up.text).join('');
         appendFileSync(${JSON.stringify(bench().seen('all.log'))}, text + '|');
         return { text };
       };`,
    );
  });

  it('takes files that come into the one run, and makes nothing twice', async () => {
    old('notes/b.txt', 'b');
    notes('');
    const watching = bench().start(['run', 'notes.pipeline.yml', '--json']);
    await rested(watching, 1);
    assert.match(read('up.csv'), /^key,up\.text\r\nnotes-b\.txt,B\r\n$/);
    put('notes/a.txt', 'a');
    await rested(watching, 2);
    utimesSync(bench().seen('notes/b.txt'), new Date(), new Date());
    put('notes/c.txt', 'c');
    await rested(watching, 3);
    // In the order of the source, whenever they came.
    assert.equal(read('up.csv'), 'key,up.text\r\nnotes-a.txt,A\r\nnotes-b.txt,B\r\nnotes-c.txt,C\r\n');
    const [listed] = (await bench().runs()) as readonly { readonly state: string; readonly watching?: boolean }[];
    assert.deepEqual([listed?.state, listed?.watching], ['elsewhere', true]);
    assert.match((await bench().run('runs')).stdout, /watching in a terminal/);
    watching.process.kill('SIGINT');
    const { code, stdout } = await watching.result;
    const report = JSON.parse(stdout) as PipelineReport;
    assert.deepEqual([code, report.records, report.stages[0]?.written], [130, 3, 3]);
    assert.deepEqual([log('up'), runs().length], [['b', 'a', 'c'], 1]);
    assert.notEqual(runs()[0]?.finished_at, null);
    // Somebody who starts again has it all.
    const again = bench().start(['run', 'notes.pipeline.yml']);
    await rested(again, 1);
    again.process.kill('SIGINT');
    await again.result;
    assert.deepEqual(log('up'), ['b', 'a', 'c']);
  });

  it('makes a file that has changed anew, with its group, and nothing that was only touched', async () => {
    old('notes/a.txt', 'a');
    old('notes/b.txt', 'b');
    notes(`  - { name: all, gather: {}, module: ./all.mjs }\n`);
    const watching = bench().start(['run', 'notes.pipeline.yml']);
    await rested(watching, 1);
    assert.deepEqual(log('all'), ['AB']);
    put('notes/a.txt', 'new ');
    utimesSync(bench().seen('notes/b.txt'), new Date(), new Date());
    await rested(watching, 2);
    assert.deepEqual(log('all'), ['AB', 'NEW B']);
    put('notes/c.txt', 'c');
    await rested(watching, 3);
    watching.process.kill('SIGINT');
    await watching.result;
    assert.deepEqual(log('all'), ['AB', 'NEW B', 'NEW BC']);
    assert.deepEqual([...log('up')].sort(), ['a', 'b', 'c', 'new']);
  });

  it('waits for a file that is still being written', async () => {
    notes('');
    const watching = bench().start(['run', 'notes.pipeline.yml']);
    await watching.until(/Watching notes\.pipeline\.yml/);
    put('notes/slow.txt', 'begun');
    const writing = setInterval(() => appendFileSync(bench().seen('notes/slow.txt'), '.'), 200);
    put('notes/quick.txt', 'whole');
    await watching.until(/quick\.txt · up: completed/);
    assert.deepEqual(log('up'), ['whole']);
    clearInterval(writing);
    await watching.until(/slow\.txt · up: completed/);
    watching.process.kill('SIGINT');
    await watching.result;
    assert.deepEqual(log('up'), ['whole', read('notes/slow.txt')]);
  });

  it('takes the newest first, at the beginning too', async () => {
    for (const [place, name] of ['c', 'a', 'b'].entries()) old(`notes/${name}.txt`, name, 60 - place);
    notes('', ', order: newest');
    const watching = bench().start(['run', 'notes.pipeline.yml', '--sequential']);
    await rested(watching, 1);
    watching.process.kill('SIGINT');
    await watching.result;
    assert.deepEqual(log('up'), ['b', 'a', 'c']);
    assert.equal(read('up.csv'), 'key,up.text\r\nnotes-b.txt,B\r\nnotes-a.txt,A\r\nnotes-c.txt,C\r\n');
    rmSync(bench().seen('up.log'));
    put('once.pipeline.yml', `source: { files: "notes/*.txt", order: newest }\nstages:\n${up}`);
    const { code, stderr } = await bench().run('run', 'once.pipeline.yml', '--sequential', '--cache', 'refresh');
    assert.equal(code, 0, stderr);
    assert.deepEqual(log('up'), ['b', 'a', 'c']);
  });

  it('is resumed after it was killed, and makes nothing twice', async () => {
    old('notes/a.txt', 'a');
    notes(`  - { name: all, gather: { size: 2 }, module: ./all.mjs }\n`);
    const watching = bench().start(['run', 'notes.pipeline.yml']);
    await rested(watching, 1);
    put('notes/b.txt', 'b');
    const isKept = (): boolean =>
      bench().ask<{ state: string }>("SELECT state FROM items WHERE stage = 0 AND state = 'written'").length === 2;
    await watching.until(/b\.txt · up: completed/);
    await bench().eventually(isKept);
    watching.process.kill('SIGKILL');
    await watching.result;
    const { code, stdout, stderr } = await bench().run('resume', '--json');
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as PipelineReport).records, 1);
    assert.deepEqual([log('up'), log('all').at(-1), runs().length], [['a', 'b'], 'AB', 1]);
    assert.notEqual(runs()[0]?.finished_at, null);
  });

  it('keeps to its budget over all that comes, and ends with that', async () => {
    old('notes/a.txt', 'a');
    put(
      'ask.pipeline.yml',
      'source: { files: "notes/*.txt", watch: true }\nstages:\n  - { name: say, prompt: { text: "Say {{ file.text }}." } }\n',
    );
    const watching = bench().start([
      ...['run', 'ask.pipeline.yml', '--base-url', bench().server.baseUrl, '--budget', 'requests=2'],
    ]);
    await rested(watching, 1);
    put('notes/b.txt', 'b');
    await rested(watching, 2);
    put('notes/c.txt', 'c');
    const { code, stderr } = await watching.result;
    assert.equal(code, 1, stderr);
    assert.equal(bench().server.ledger.records.length, 2);
    assert.match(stderr, /resume .* --budget/);
  });

  it('goes on with several pipelines at once', async () => {
    old('notes/a.txt', 'a');
    notes('');
    put('other.pipeline.yml', `source: { files: "notes/*.txt" }\nstages:\n${up.replaceAll('up', 'again')}`);
    const watching = bench().start(['run', 'notes.pipeline.yml', 'other.pipeline.yml', '--watch']);
    await watching.until(/notes: .*Watching/);
    await watching.until(/other: .*Watching/);
    put('notes/b.txt', 'b');
    await watching.until(/notes: 2 written · Watching/);
    await watching.until(/other: 2 written · Watching/);
    watching.process.kill('SIGINT');
    assert.equal((await watching.result).code, 130);
    assert.equal(runs().length, 2);
  });

  it('says before anything begins what it cannot watch', async () => {
    put('rows.pipeline.yml', 'source: { rows: [{ a: 1 }] }\nstages:\n  - { name: up, command: [touch, made] }\n');
    const rows = await bench().run('run', 'rows.pipeline.yml', '--watch');
    assert.equal(rows.code, 2);
    assert.match(rows.stderr, /rows\.pipeline\.yml has no files to watch: its "source" must name some\./);
    assert.ok(!existsSync(bench().seen('made')));
    assert.deepEqual(readdirSync(bench().seen('notes')), []);
  });
});
