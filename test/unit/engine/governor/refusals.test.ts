import assert from 'node:assert/strict';
import type { RateLimitHints } from '../../../../src/model/attempt.ts';
import { exhaustedUnit, Refusals } from '../../../../src/engine/governor/refusals.ts';
import { delay, inVirtualTime } from '../../../support/virtualTime.ts';

const few = { started: 4, inFlight: 4 };
const others = (inFlight: number) => ({ started: 20, inFlight });
/** Nobody else waits for an answer. */
const alone = { started: 4, inFlight: 1 };

function withRefusals(action: (refusals: Refusals) => Promise<void> | void, random = 0): Promise<void> {
  return inVirtualTime(async (clock) => {
    await action(new Refusals(clock, () => random));
  });
}

describe('refusals', () => {
  it('pause nothing before the first one', () =>
    withRefusals((refusals) => {
      assert.ok(refusals.pausedForMs <= 0);
    }));

  it('pause for as long as the service asks for', () =>
    withRefusals(async (refusals) => {
      assert.equal(refusals.isLimit({ retryAfterMs: 5000 }, alone), true);
      assert.equal(refusals.pausedForMs, 5000);
      await delay(4000);
      assert.equal(refusals.pausedForMs, 1000);
      await delay(1000);
      assert.ok(refusals.pausedForMs <= 0);
    }));

  it('pause up to a tenth longer, so that not everybody comes back at once', () =>
    withRefusals((refusals) => {
      refusals.isLimit({ retryAfterMs: 5000 }, alone);
      assert.equal(refusals.pausedForMs, 5500);
    }, 1));

  it('never shorten a pause', () =>
    withRefusals((refusals) => {
      refusals.isLimit({ retryAfterMs: 60_000 }, alone);
      assert.equal(refusals.isLimit({ retryAfterMs: 1000 }, alone), true);
      assert.equal(refusals.pausedForMs, 60_000);
    }));

  it('are about themselves while others wait for their answers, until a good part of those is refused too', () =>
    withRefusals((refusals) => {
      assert.equal(refusals.isLimit({ retryAfterMs: 1000 }, others(10)), false);
      assert.equal(refusals.isLimit({ retryAfterMs: 1000 }, others(9)), true);
      assert.equal(refusals.pausedForMs, 1000);
    }));

  it('are weighed against what was accepted before a pause, as nothing could be in it', () =>
    withRefusals(async (refusals) => {
      for (let accepted = 0; accepted < 20; accepted++) refusals.accept(100);
      const hint = { remaining: 0 };
      assert.equal(refusals.isLimit({ retryAfterMs: 5000, hint }, others(20)), true);
      await delay(5000);
      assert.equal(refusals.isLimit({ retryAfterMs: 1000 }, others(1)), false, 'the first after the pause');
    }));

  it('that say nothing of when to come back are accidents while they are few', () =>
    withRefusals((refusals) => {
      assert.equal(refusals.isLimit({ retryAfterMs: undefined }, few), false);
      assert.equal(refusals.isLimit({ retryAfterMs: undefined }, few), false);
      assert.ok(refusals.pausedForMs <= 0);
    }));

  it('that say nothing of when to come back are a limit when three come within a second', () =>
    withRefusals(async (refusals) => {
      refusals.isLimit({ retryAfterMs: undefined }, few);
      await delay(500);
      refusals.isLimit({ retryAfterMs: undefined }, few);
      await delay(500);
      assert.equal(refusals.isLimit({ retryAfterMs: undefined }, few), true);
      assert.equal(refusals.pausedForMs, 1000);
    }));

  it('that come a second apart are accidents', () =>
    withRefusals(async (refusals) => {
      for (let refusal = 0; refusal < 10; refusal++) {
        assert.equal(refusals.isLimit({ retryAfterMs: undefined }, few), false);
        await delay(600);
      }
    }));

  it('are accidents while they are a small share of what started', () =>
    withRefusals((refusals) => {
      const traffic = { started: 100, inFlight: 20 };
      assert.deepEqual(
        [1, 2, 3, 4].map(() => refusals.isLimit({ retryAfterMs: undefined }, traffic)),
        [false, false, false, true],
      );
    }));

  it('are weighed against what started since the first of them, in flight included', () =>
    withRefusals((refusals) => {
      refusals.isLimit({ retryAfterMs: undefined }, { started: 10, inFlight: 10 });
      refusals.isLimit({ retryAfterMs: undefined }, { started: 40, inFlight: 10 });
      assert.equal(refusals.isLimit({ retryAfterMs: undefined }, { started: 40, inFlight: 10 }), false);
    }));
});

describe('what a refusal says is exhausted', () => {
  for (const [name, hints, unit] of [
    ['requests, when the service says nothing', undefined, 'requests'],
    ['requests, when no tokens are told', { requests: { remaining: 3 } }, 'requests'],
    ['tokens, when fewer are left than the attempt may cost', { tokens: { remaining: 99 } }, 'tokens'],
    ['requests, when the tokens would do', { tokens: { remaining: 100 } }, 'requests'],
    ['requests, when both are', { requests: { remaining: 0 }, tokens: { remaining: 0 } }, 'requests'],
    ['tokens, when requests are left', { requests: { remaining: 1 }, tokens: { remaining: 0 } }, 'tokens'],
  ] as const satisfies readonly (readonly [string, RateLimitHints | undefined, string])[]) {
    it(`is ${name}`, () => assert.equal(exhaustedUnit(hints, 100), unit));
  }
});
