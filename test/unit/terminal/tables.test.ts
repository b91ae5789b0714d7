import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { JsonReport } from '../../../src/terminal/report.ts';
import { said, useWorkbench } from '../../support/terminalHarness.ts';

describe('parallel-candidates, with a table of results', function () {
  this.timeout(60_000);
  const bench = useWorkbench();
  const table = (): string => bench().seen('out/results.csv');
  const rows = Array.from({ length: 12 }, (_, place) => `r${(place * 5) % 12}`);

  beforeEach(() => {
    mkdirSync(bench().seen('in'));
    writeFileSync(bench().seen('in/shop.csv'), `id,name\n${rows.map((row) => `${row},"${row}, =1"\n`).join('')}`);
    writeFileSync(
      bench().seen('page.prompt.md'),
      '---\ncandidates: { count: 1, data: in/shop.csv, table: out/results.csv }\n---\nWrite about {{ name }}.\n',
    );
  });

  function written(): readonly string[] {
    const lines: Record<string, string>[] = parse(readFileSync(table(), 'utf8'), { columns: true });
    return lines.map(({ row = '', file = '', state, text }) => {
      assert.equal(state, 'written');
      assert.equal(`${text}\n`, readFileSync(join(bench().seen('out'), file), 'utf8'));
      return row;
    });
  }

  const args = (...more: readonly string[]): readonly string[] => [
    ...['page.prompt.md', '--base-url', bench().server.baseUrl],
    ...more,
  ];

  it('says where it is, and refuses a file that is none', async () => {
    const { code, stderr } = await bench().run('generate', ...args());
    assert.deepEqual([code, said(stderr).at(-1)], [0, `The table of the results is ${join('out', 'results.csv')}.`]);
    assert.deepEqual(written(), rows);
    const again = await bench().run('generate', ...args('--json'));
    const { tables, tableProblem } = JSON.parse(again.stdout) as JsonReport;
    assert.deepEqual([tables, tableProblem], [[join(realpathSync(bench().folder), 'out/results.csv')], undefined]);
    writeFileSync(table(), 'my,own\n');
    const refused = await bench().run('generate', ...args());
    assert.equal(refused.code, 2);
    assert.match(said(refused.stderr).at(-1) ?? '', /results\.csv is no table of results and stays as it is/);
    assert.equal(readFileSync(table(), 'utf8'), 'my,own\n');
  });

  for (const failpoint of ['before-rename:5', 'after-rename:7', 'after-commit:6', 'after-response:9']) {
    it(`is whole after a kill and a resumption: ${failpoint}`, async () => {
      bench().server.configure({ latency: { kind: 'lognormal', medianMs: 150, sigma: 0.5 } });
      const killed = bench().start(['generate', ...args('--concurrency', '3')], {
        PARALLEL_CANDIDATES_FAILPOINT: failpoint,
      });
      await killed.result;
      if (existsSync(table())) assert.ok(written().length <= 12, 'whole also now');
      const { code, stderr } = await bench().resume();
      assert.equal(code, 0, stderr);
      assert.deepEqual(written(), rows);
    });
  }

  it('comes back when it was deleted', async () => {
    bench().server.hold(4);
    const running = bench().start(['generate', ...args('--concurrency', '2')]);
    await bench().eventually(() => bench().server.ledger.records.length === 6);
    running.process.kill('SIGINT');
    await running.until(/Stopping/);
    bench().server.release();
    await running.result;
    assert.equal(written().length, 6);
    rmSync(table());
    await bench().resume();
    assert.deepEqual(written(), rows);
  });
});
