import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Watch } from '../../../src/runs/watch.ts';
import { delay, inVirtualTime } from '../../support/virtualTime.ts';

const quietMs = 500;

describe('watch', () => {
  /** Tells changes at moments, and runs that take so long. @returns when runs began */
  function watching(changes: readonly number[], runMs: number): Promise<readonly { from: number; to: number }[]> {
    return inVirtualTime(async (clock) => {
      const runs: { from: number; to: number }[] = [];
      const start = clock.now();
      const watch = new Watch({
        clock,
        quietMs,
        run: async () => {
          const from = clock.now() - start;
          await delay(runMs);
          runs.push({ from, to: clock.now() - start });
        },
      });
      for (const change of [...changes].sort((a, b) => a - b)) {
        await delay(start + change - clock.now());
        watch.changed();
      }
      await delay((changes.length + 2) * (quietMs + runMs));
      watch.dispose();
      return runs;
    });
  }

  it('does one thing about changes that come together, once they have come to rest', async () => {
    assert.deepEqual(await watching([0, 100, 400], 10), [{ from: 900, to: 910 }]);
  });

  it('does it again for those that come meanwhile, after it has ended', async () => {
    assert.deepEqual(await watching([0, 600, 700], 2000), [
      { from: 500, to: 2500 },
      { from: 2500, to: 4500 },
    ]);
    assert.deepEqual(await watching([0, 2400], 2000), [
      { from: 500, to: 2500 },
      { from: 2900, to: 4900 },
    ]);
  });

  it('never does two things at once, and always something about the last change', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(10_000), { minLength: 1, maxLength: 20 }),
        fc.nat(3000),
        async (changes, runMs) => {
          const runs = await watching(changes, runMs);
          runs.slice(1).forEach(({ from }, index) => assert.ok(from >= runs[index]!.to));
          assert.ok(runs.at(-1)!.from >= Math.max(...changes) + quietMs);
          assert.ok(runs.length <= changes.length);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('does nothing after its end', async () => {
    const ran = await inVirtualTime(async (clock) => {
      let runs = 0;
      const watch = new Watch({
        clock,
        quietMs,
        run: async () => {
          runs++;
          await Promise.resolve();
        },
      });
      watch.changed();
      watch.dispose();
      watch.changed();
      await delay(quietMs * 3);
      return runs;
    });
    assert.equal(ran, 0);
  });
});
