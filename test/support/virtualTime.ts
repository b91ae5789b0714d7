import FakeTimers from '@sinonjs/fake-timers';
import type { Clock } from '../../src/base/clock.ts';
import { systemClock } from '../../src/base/clock.ts';

/** More timers than any scenario needs: a runaway fails instead of hanging. */
const mostTimers = 500_000;

/**
 * Runs `action` in virtual time: every timer of the process is faked, so libraries that keep timers of their own live
 * in the same time. Time jumps from timer to timer until the action settles.
 *
 * @param action is told how many timers are pending by its second argument
 */
export async function inVirtualTime<Value>(
  action: (clock: Clock, pendingTimers: () => number) => Promise<Value>,
): Promise<Value> {
  const timers = FakeTimers.install({
    now: Date.UTC(2026, 0, 1),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  try {
    let settled = false;
    const result = action(systemClock, () => timers.countTimers()).finally(() => {
      settled = true;
    });
    result.catch(() => undefined);
    const isSettled = (): boolean => settled;
    for (let fired = 0; !isSettled(); fired++) {
      if (fired > mostTimers) throw new Error('The scenario never settles.');
      await timers.nextAsync();
    }
    return await result;
  } finally {
    timers.uninstall();
  }
}

/** Resolves after a virtual (or real) delay, ms. */
export function delay(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
