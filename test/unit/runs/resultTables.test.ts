import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { RunSummary } from '../../../src/model/run.ts';
import type { NumberingMode } from '../../../src/runs/plan/existingModes.ts';
import type { Plan } from '../../../src/runs/plan/plan.ts';
import { value } from '../../support/journal/support.ts';
import { useRunsBench } from '../../support/runsHarness.ts';
import { chunk, event } from '../../support/server/habits.ts';

const service = { maxConcurrent: 4, prices: { input: 1_000, output: 1_000 } };

function prompt(settings: string, body = 'Write about {{ name }}.'): string {
  return `---\ncandidates:\n${settings.replace(/^/gm, '  ')}\n---\n${body}\n`;
}

const page = prompt('count: 2\ndata: shop.csv\ntable: results.csv');

describe('a run that keeps a table of results', function () {
  this.timeout(30_000);
  const bench = useRunsBench();
  const at = (name: string): string => join(bench().folder, name);

  beforeEach(() => {
    const rows = ['d,Mug,"=HYPERLINK(""x"")"', 'a,Tea,plain', 'c,Cup,"two\nlines"', 'b,Pot,'];
    writeFileSync(at('shop.csv'), `sku,name,note\n${rows.join('\n')}\n`);
  });

  function linesIn(name = 'results.csv'): Record<string, string>[] {
    return parse(readFileSync(at(name), 'utf8'), { columns: true, record_delimiter: '\r\n' });
  }

  const shown = (name?: string): string[] => linesIn(name).map(({ row, index, state }) => `${row} ${index} ${state}`);

  async function planned(prompts: Readonly<Record<string, string>>, existing?: NumberingMode): Promise<Plan> {
    const plan = await bench().planOf(prompts, service, existing);
    if (!plan.ok) assert.fail(plan.problems.map(({ message }) => message).join('\n'));
    return plan.value;
  }

  async function run(prompts: Readonly<Record<string, string>>, existing?: NumberingMode): Promise<RunSummary> {
    const { runs, workspace } = await bench().process();
    const started = value(await runs.start(await planned(prompts, existing), bench().options(), workspace));
    return started.finished;
  }

  async function refused(prompts: Readonly<Record<string, string>>): Promise<string[]> {
    const plan = await bench().planOf(prompts, service);
    return plan.ok ? [] : plan.problems.map(({ file, line, message }) => `${file}:${line ?? '?'} ${message}`);
  }

  const whole = ['d 1', 'd 2', 'a 1', 'a 2', 'c 1', 'c 2', 'b 1', 'b 2'].map((each) => `${each} written`);

  it('has the candidates in the order of the data, and says where it is', async () => {
    bench().server.configure({ latency: { kind: 'lognormal', medianMs: 20, sigma: 1 } });
    const { tables, tableProblem } = await run({ 'page.prompt.md': page });
    assert.deepEqual([tables, tableProblem], [[at('results.csv')], undefined]);
    assert.deepEqual(shown(), whole);
    const first = linesIn()[0]!;
    assert.deepEqual(Object.keys(first).join(), 'row,sku,name,note,text,file,prompt,model,index,state,cost');
    assert.deepEqual([first.name, first.note, first.prompt], ['Mug', '\'=HYPERLINK("x")', 'page.prompt.md']);
    assert.equal(first.file, 'candidates/page/d/01.md');
    assert.ok(Number(first.cost) > 0);
    for (const { file, text } of linesIn()) {
      const there = readFileSync(at(file!), 'utf8').replace(/\n$/, '');
      assert.ok(text === there || text === `'${there}`);
    }
    assert.deepEqual(
      readdirSync(bench().folder).filter((name) => name.startsWith('.results') || name.endsWith('.tmp')),
      [],
    );
  });

  it('is written while the run goes on, whole at every moment', async () => {
    bench().server.configure({ latency: { kind: 'fixed', ms: 20 } });
    bench().server.hold(5);
    const process = await bench().process();
    const started = value(
      await process.runs.start(await planned({ 'page.prompt.md': page }), bench().options(), process.workspace),
    );
    await bench().eventually(() => existsSync(at('results.csv')) && linesIn().length === 5);
    const before = shown();
    assert.deepEqual(
      before,
      whole.filter((line) => before.includes(line)),
    );
    bench().server.release();
    await started.finished;
    assert.deepEqual(shown(), whole);
  });

  it('comes to the same when the run is stopped, and another process goes on with it', async () => {
    bench().server.hold(3);
    const first = await bench().process();
    const started = value(
      await first.runs.start(await planned({ 'page.prompt.md': page }), bench().options(), first.workspace),
    );
    await bench().eventually(() => first.runs.active[0]?.counts.written === 3);
    const stopping = first.runs.stop(0);
    bench().server.release();
    await stopping;
    await started.finished;
    const { written } = first.runs.snapshots().runs[0]!.counts;
    assert.ok(written >= 3 && written < 8);
    assert.equal(linesIn().length, written);
    // As if it had been killed before its table was written.
    rmSync(at('results.csv'));
    const second = await bench().process();
    const resumed = value(await second.runs.resume(bench().resumption(second.workspace, started.id)));
    assert.deepEqual((await resumed.finished).tables, [at('results.csv')]);
    assert.deepEqual(shown(), whole);
  });

  it('keeps what earlier runs have put into it, and takes in rows that come', async () => {
    await run({ 'page.prompt.md': page });
    writeFileSync(at('shop.csv'), 'sku,name,note\nd,Mug,\nnew,Jar,\na,Tea,plain\nc,Cup,\nb,Pot,\n');
    await run({ 'page.prompt.md': page }, 'missing');
    const expected = [...whole.slice(0, 2), 'new 1 written', 'new 2 written', ...whole.slice(2)];
    assert.deepEqual(shown(), expected);
    await run({ 'page.prompt.md': page });
    assert.equal(linesIn().length, 20);
    assert.deepEqual(new Set(linesIn().map(({ file }) => file)).size, 20);
    const [first] = linesIn();
    await run({ 'page.prompt.md': page }, 'replace');
    assert.equal(linesIn().length, 20);
    assert.notEqual(linesIn()[0]?.text, first?.text);
  });

  it('has what failed, until it is made', async () => {
    const faulty = `${page}{% if sku == "c" %}[[fault:bad-request]]{% endif %}\n`;
    const { counts } = await run({ 'page.prompt.md': faulty });
    assert.equal(counts.failed, 2);
    assert.deepEqual(
      shown(),
      whole.map((line) => (line.startsWith('c') ? line.replace('written', 'failed') : line)),
    );
    await run({ 'page.prompt.md': page }, 'missing');
    assert.deepEqual(shown(), whole);
  });

  it('is shared by runs that go on at the same time, and by prompts that agree', async () => {
    const other = prompt('count: 2\ndata: shop.csv\ntable: ./results.csv', 'Praise {{ name }}.');
    bench().server.configure({ latency: { kind: 'lognormal', medianMs: 20, sigma: 1 } });
    bench().server.hold(0);
    const ends: Promise<RunSummary>[] = [];
    for (const prompts of [
      { 'page.prompt.md': page },
      { 'other.prompt.md': other },
      { 'page.prompt.md': page, 'other.prompt.md': other },
    ]) {
      const { runs, workspace } = await bench().process();
      ends.push(value(await runs.start(await planned(prompts), bench().options(), workspace)).finished);
    }
    bench().server.release();
    await Promise.all(ends);
    const lines = linesIn();
    assert.equal(lines.length, 32);
    const files = new Set(lines.map(({ file }) => file!));
    assert.equal(files.size, 32);
    for (const file of files) assert.ok(existsSync(at(file)), file);
  });

  it('has the fields of JSON, and the text of none', async () => {
    const schema =
      '{ type: object, properties: { name: { type: string }, price: { type: number } }, required: [name, price] }';
    bench().server.configure({
      habit: () => ({ body: [chunk({ content: '{"name": "=Tea", "price": 3}' }), chunk({}, 'stop'), event('[DONE]')] }),
    });
    const structured = (table: string): string =>
      prompt(`count: 1\ndata: shop.csv\nschema: ${schema}\ntable: ${table}`);
    const { counts, tables } = await run({ 'page.prompt.md': structured('{ file: results.jsonl, columns: [price] }') });
    assert.deepEqual([counts.written, tables], [4, [at('results.jsonl')]]);
    const records = readFileSync(at('results.jsonl'), 'utf8').trim().split('\n');
    for (const record of records.map((line) => JSON.parse(line) as Record<string, unknown>)) {
      assert.equal(typeof record.price, 'number');
      assert.equal(typeof record.name, 'string', 'the column of the data');
      assert.ok(!('text' in record));
    }
  });

  it('is in the order of the data when a column chooses the prompts', async () => {
    writeFileSync(at('shop.csv'), 'sku,name,type\nz,Mug,y\nx,Tea,\nw,Cup,y\nv,Jar,\n');
    writeFileSync(at('y.prompt.md'), 'Other about {{ name }}.\n');
    await run({ 'page.prompt.md': prompt('count: 1\ndata: shop.csv\npromptBy: type\ntable: out/results.csv') });
    // What is chosen makes as many as it says itself.
    assert.deepEqual(
      [...new Set(linesIn('out/results.csv').map(({ row, prompt: by }) => `${row} ${by}`))],
      ['z ../y.prompt.md', 'x ../page.prompt.md', 'w ../y.prompt.md', 'v ../page.prompt.md'],
    );
  });

  it('never touches a file that is no table of results', async () => {
    writeFileSync(at('results.csv'), 'sku,name\n1,Lamp\n');
    assert.deepEqual(await refused({ 'page.prompt.md': page }), [
      `page.prompt.md:5 The file ${at('results.csv')} is no table of results and stays as it is: choose another name for "candidates.table".`,
    ]);
    rmSync(at('results.csv'));
    const plan = await planned({ 'page.prompt.md': page });
    writeFileSync(at('results.csv'), 'sku,name\n1,Lamp\n');
    const { runs, workspace } = await bench().process();
    const { counts, tables, tableProblem } = await value(await runs.start(plan, bench().options(), workspace)).finished;
    assert.deepEqual([counts.written, tables], [8, undefined]);
    assert.match(tableProblem ?? '', /results\.csv is no table of results, so the results were not written to it/);
    assert.equal(readFileSync(at('results.csv'), 'utf8'), 'sku,name\n1,Lamp\n');
  });

  it('is refused where it must not be', async () => {
    const tabled = (table: string, more = ''): string => prompt(`count: 1\ndata: shop.csv\ntable: ${table}${more}`);
    mkdirSync(at('folder.csv'));
    symlinkSync(at('shop.csv'), at('link.csv'));
    for (const [table, sentence] of [
      ['shop.csv', /is the file with the data: choose another name for the table\.$/],
      ['SHOP.csv', /is the file with the data/],
      ['folder.csv', /is no table of results and stays as it is/],
      ['link.csv', /is no table of results and stays as it is/],
      ['node_modules/a.csv', /leads to "node_modules", which programs run or read as configuration/],
      ['shop.csv/a.csv', /cannot be made because .*shop\.csv is a file/],
    ] as const) {
      const [told = ''] = await refused({ 'page.prompt.md': tabled(table) });
      assert.match(told, sentence, table);
    }
    const [told = ''] = await refused({
      'page.prompt.md': tabled('results.csv'),
      'other.prompt.md': tabled('{ file: results.csv, columns: [a] }'),
    });
    assert.match(
      told,
      /^other\.prompt\.md:5 The table results\.csv is that of page\.prompt\.md too, with other columns/,
    );
  });
});
