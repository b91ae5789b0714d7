import assert from 'node:assert/strict';
import type { DataSettings } from '../../../../src/model/data.ts';
import { failed } from '../../../../src/base/outcome.ts';
import { RowMemory } from '../../../../src/runs/plan/rowMemory.ts';
import { rowExpressions } from '../../../../src/prompts/rowExpressions.ts';

describe('rows that are looked at while a person types', () => {
  /** Data that takes so long to read, on a clock of its own. */
  function memory(readMs: number) {
    let now = 0;
    let reads = 0;
    const clock = { now: () => now, schedule: () => () => undefined };
    const rows = new RowMemory(clock);
    const input = {
      open: () => {
        reads++;
        now += readMs;
        return Promise.resolve(failed('It is not there.'));
      },
      list: () => Promise.resolve(failed('None.')),
    };
    const read = (settings: Partial<DataSettings> = {}) =>
      rows.readRows(
        { source: { kind: 'file', path: 'a.csv' }, line: 1, ...settings },
        { promptPath: 'a.prompt.md', input, expressions: rowExpressions, readFrontMatter: () => ({}) as never },
      );
    return { rows, read, wait: (ms: number) => (now += ms), reads: () => reads };
  }

  it('are read again once that costs a twentieth of the time', async () => {
    const slow = memory(100);
    await slow.read();
    slow.wait(1999);
    await slow.read({ line: 7 });
    assert.equal(slow.reads(), 1);
    slow.wait(1);
    await slow.read();
    assert.equal(slow.reads(), 2);
  });

  it('are always as they are now where reading takes no time', async () => {
    const quick = memory(0);
    await quick.read();
    await quick.read();
    assert.equal(quick.reads(), 2);
  });

  it('are shared by who asks meanwhile, but not with other settings', async () => {
    const slow = memory(100);
    await Promise.all([slow.read(), slow.read(), slow.read({ limit: 3 })]);
    assert.equal(slow.reads(), 2);
  });

  it('are forgotten when something may have changed', async () => {
    const slow = memory(100);
    await slow.read();
    slow.rows.forget();
    await slow.read();
    assert.equal(slow.reads(), 2);
  });
});
