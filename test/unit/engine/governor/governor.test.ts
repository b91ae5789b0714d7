import assert from 'node:assert/strict';
import type { Clock } from '../../../../src/base/clock.ts';
import { Governor, type ServiceLimits } from '../../../../src/engine/governor/governor.ts';
import type { Permit } from '../../../../src/engine/governor/permit.ts';
import type { RateUnit } from '../../../../src/engine/governor/rateGate.ts';
import type { AttemptOutcome, FailureReason, RateLimitHints } from '../../../../src/model/attempt.ts';
import { completed, EngineHarness, items } from '../../../support/engineHarness.ts';
import { RecordedRateGate } from '../../../support/recordedRateGate.ts';
import { delay, inVirtualTime } from '../../../support/virtualTime.ts';

interface Bench {
  readonly governor: Governor;
  readonly gates: Readonly<Partial<Record<RateUnit, RecordedRateGate>>>;
  readonly clock: Clock;
}

function withGovernor(limits: Partial<ServiceLimits>, action: (bench: Bench) => Promise<void> | void): Promise<void> {
  return inVirtualTime(async (clock) => {
    const gates: Partial<Record<RateUnit, RecordedRateGate>> = {};
    const governor = new Governor(
      { maxConcurrent: 20, safetyFactor: 1, ...limits },
      clock,
      () => 0,
      (unit) => (perMinute, burstSeconds) => (gates[unit] = new RecordedRateGate(perMinute, burstSeconds)),
    );
    await action({ governor, gates, clock });
    await governor.dispose();
  });
}

function failed(reason: FailureReason, retryAfterMs?: number, hints?: RateLimitHints): AttemptOutcome<string> {
  return {
    kind: 'failed',
    failure: { reason, message: reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    ...(hints ? { hints } : {}),
  };
}

async function started(governor: Governor, reservation = 100): Promise<Permit> {
  const permit = await governor.admit(() => reservation);
  permit.start(reservation);
  return permit;
}

async function attempt(governor: Governor, outcome: AttemptOutcome<string>): Promise<Permit> {
  const permit = await started(governor);
  permit.finish(outcome, 10);
  // The breaker records in promises.
  await delay(0);
  return permit;
}

/** The service fails until it is taken to be down. */
async function takeDown(governor: Governor): Promise<void> {
  const permits = await Promise.all(Array.from({ length: 30 }, () => started(governor)));
  for (const permit of permits) permit.finish(failed('server-error'), 10);
  await delay(0);
}

describe('governor', () => {
  it('lets no more through in a minute than may be spent', () =>
    inVirtualTime(async (clock) => {
      const limits = { maxConcurrent: 1_000, safetyFactor: 0.8, requestsPerMinute: 6_000, paidRequestsPerMinute: 60 };
      const governor = new Governor(limits, clock, () => 0);
      assert.equal(governor.requestsPerMinute, 48);
      let begun = 0;
      for (let asked = 0; asked < 200; asked++) {
        void Promise.resolve(governor.admit(() => 0)).then((permit) => {
          permit.start(0);
          begun += 1;
        });
      }
      await delay(60_000);
      assert.ok(begun >= 47 && begun <= 60, `${begun} began`);
      await governor.dispose();
    }));

  it('makes those that follow wait for what pages have cost', () =>
    inVirtualTime(async (clock) => {
      const governor = new Governor({ maxConcurrent: 10, safetyFactor: 1, paidRequestsPerMinute: 60 }, clock, () => 0);
      const first = await started(governor, 0);
      first.finish({ ...completed, calls: 10 }, 10);
      const before = clock.now();
      await started(governor, 0);
      assert.ok(clock.now() - before >= 9_000);
      await governor.dispose();
    }));

  it('takes what is a matter of one item for no outage', () =>
    withGovernor({}, async ({ governor }) => {
      for (let made = 0; made < 40; made++) await attempt(governor, { ...failed('timeout'), isOfItem: true });
      assert.ok(!governor.isDown);
      assert.equal(governor.stopped, undefined);
    }));

  it('admits at once when nothing is known and nothing is wrong', () =>
    withGovernor({}, ({ governor, gates }) => {
      assert.ok(!(governor.admit(() => 100) instanceof Promise));
      assert.deepEqual(gates, {});
      assert.equal(governor.requestsPerMinute, undefined);
      assert.equal(governor.tokensPerMinute, undefined);
    }));

  it('takes a request and the tokens that an attempt is expected to cost', () =>
    withGovernor({ requestsPerMinute: 600, tokensPerMinute: 60_000 }, async ({ governor, gates }) => {
      (await governor.admit(() => 300)).giveBack();
      assert.deepEqual(gates.requests?.calls, ['take 1', 'giveBack 1']);
      assert.deepEqual(gates.tokens?.calls, ['take 300', 'giveBack 300']);
    }));

  it('asks for the reservation when it is the turn, not before', () =>
    withGovernor({ requestsPerMinute: 600, tokensPerMinute: 60_000 }, async ({ governor, gates }) => {
      assert.ok(gates.requests && gates.tokens);
      gates.requests.opened = delay(1000);
      let reservation = 100;
      const admitted = governor.admit(() => reservation);
      await delay(500);
      reservation = 200;
      await admitted;
      assert.deepEqual(gates.tokens.calls, ['take 200']);
    }));

  it('lets nobody hoard a request while somebody waits for tokens', () =>
    withGovernor({ requestsPerMinute: 600, tokensPerMinute: 60_000 }, async ({ governor, gates }) => {
      assert.ok(gates.requests && gates.tokens);
      gates.tokens.opened = delay(1000);
      const admitted = [1, 2, 3].map(async () => governor.admit(() => 100));
      await delay(500);
      assert.deepEqual(gates.requests.calls, ['take 1']);
      await Promise.all(admitted);
      assert.equal(gates.requests.calls.length, 3);
    }));

  it('starts a first wave of ten before the service has answered', () =>
    withGovernor({}, async ({ governor }) => {
      assert.equal(governor.concurrency, 10);
      (await started(governor)).hear({});
      assert.equal(governor.concurrency, 20);
    }));

  it('starts all at once when a limit is configured', () =>
    withGovernor({ requestsPerMinute: 600 }, ({ governor }) => {
      assert.equal(governor.concurrency, 20);
    }));

  describe('after a refusal', () => {
    it('admits nobody before the time that the service asks for', () =>
      withGovernor({}, async ({ governor, clock }) => {
        await attempt(governor, failed('rate-limited', 5000));
        assert.equal(governor.waiting?.reason, 'asked-to-wait');
        const askedAt = clock.now();
        await governor.admit(() => 100);
        assert.ok(clock.now() - askedAt >= 4999);
        assert.equal(governor.waiting, undefined);
        assert.equal(governor.breakerTrips, 0);
      }));

    it('takes the permits back that were given meanwhile', () =>
      withGovernor({ requestsPerMinute: 600 }, async ({ governor, gates, clock }) => {
        assert.ok(gates.requests);
        const refused = await started(governor);
        gates.requests.opened = delay(1000);
        const askedAt = clock.now();
        const admitted = governor.admit(() => 100);
        await delay(500);
        refused.finish(failed('rate-limited', 5000), 500);
        await admitted;
        assert.ok(clock.now() - askedAt >= 5500);
        assert.deepEqual(gates.requests.calls, ['take 1', 'take 1', 'giveBack 1', 'take 1']);
      }));

    it('lowers the rate of requests', () =>
      withGovernor({ requestsPerMinute: 600, tokensPerMinute: 60_000 }, async ({ governor }) => {
        await attempt(governor, failed('rate-limited', 1000));
        assert.ok((governor.requestsPerMinute ?? 0) < 600);
        assert.equal(governor.tokensPerMinute, 60_000);
      }));

    it('lowers the rate of tokens when those are exhausted', () =>
      withGovernor({ requestsPerMinute: 600, tokensPerMinute: 60_000 }, async ({ governor }) => {
        await attempt(
          governor,
          failed('rate-limited', 1000, { requests: { remaining: 9 }, tokens: { remaining: 20 } }),
        );
        assert.equal(governor.requestsPerMinute, 600);
        assert.ok((governor.tokensPerMinute ?? 0) < 60_000);
      }));

    it('goes on when it comes alone, among others that are accepted', () =>
      withGovernor({ requestsPerMinute: 600 }, async ({ governor }) => {
        for (let accepted = 0; accepted < 20; accepted++) await attempt(governor, completed);
        await attempt(governor, failed('rate-limited', 1000));
        assert.equal(governor.waiting, undefined);
        assert.equal(governor.requestsPerMinute, 600);
      }));

    it('goes on when the service says that there is plenty left', () =>
      withGovernor({ requestsPerMinute: 600 }, async ({ governor }) => {
        const hints = { requests: { limit: 600, remaining: 300 } };
        await attempt(governor, failed('rate-limited', 1000, hints));
        assert.equal(governor.waiting, undefined);
      }));

    it('pauses at once when the service says that nothing is left', () =>
      withGovernor({ requestsPerMinute: 600 }, async ({ governor }) => {
        for (let accepted = 0; accepted < 20; accepted++) await attempt(governor, completed);
        await attempt(governor, failed('rate-limited', 1000, { requests: { limit: 600, remaining: 0 } }));
        assert.equal(governor.waiting?.reason, 'asked-to-wait');
      }));

    it('stops for later when it asks for more than the patience', () =>
      withGovernor({ patienceMs: 60_000 }, async ({ governor }) => {
        await attempt(governor, failed('rate-limited', 61_000));
        assert.equal(governor.stopped?.isForLater, true);
        assert.match(governor.stopped.message, / Resume the run then\.$/);
      }));

    it('goes on when it comes alone and asks for nothing', () =>
      withGovernor({ requestsPerMinute: 600 }, async ({ governor }) => {
        await attempt(governor, failed('rate-limited'));
        assert.equal(governor.waiting, undefined);
        assert.equal(governor.requestsPerMinute, 600);
      }));
  });

  describe('of a service that starts up', () => {
    const loading: AttemptOutcome<string> = {
      kind: 'failed',
      failure: { reason: 'server-error', message: 'The model is being loaded.', isUnavailable: true },
    };

    it('waits for it from the first answer on, and lets no item pay for that', () =>
      withGovernor({}, async ({ governor }) => {
        await attempt(governor, loading);
        assert.ok(governor.isDown);
        assert.equal(governor.stopped, undefined);
        const probe = await attempt(governor, completed);
        assert.ok(probe.isProbe);
        assert.ok(!governor.isDown);
      }));

    it('gives it up after the patience', () =>
      withGovernor({ patienceMs: 5000 }, async ({ governor }) => {
        for (let asked = 0; asked < 4; asked++) await attempt(governor, loading);
        assert.equal(governor.stopped?.reason, 'server-error');
      }));
  });

  describe('of a service that is down', () => {
    it('admits one at a time, as probes, until one succeeds', () =>
      withGovernor({}, async ({ governor, clock }) => {
        await attempt(governor, completed);
        await takeDown(governor);
        assert.ok(governor.isDown);
        assert.equal(governor.stopped, undefined);
        assert.equal(governor.concurrency, 1);
        assert.equal(governor.breakerTrips, 1);
        assert.equal(governor.waiting?.reason, 'down');
        const askedAt = clock.now();
        const probe = await attempt(governor, completed);
        assert.ok(probe.isProbe);
        assert.ok(clock.now() - askedAt >= 999);
        assert.ok(!governor.isDown);
        // As few as at the beginning.
        assert.equal(governor.concurrency, 5);
        assert.equal((await governor.admit(() => 100)).isProbe, false);
      }));

    it('goes on as before when no fallback is wanted', () =>
      withGovernor({ fallback: false }, async ({ governor }) => {
        await attempt(governor, completed);
        await takeDown(governor);
        assert.ok(!governor.isDown);
        assert.equal(governor.waiting, undefined);
        assert.equal(governor.stopped, undefined);
      }));

    it('stops at once when it has never answered', () =>
      withGovernor({}, async ({ governor }) => {
        await takeDown(governor);
        assert.equal(governor.stopped?.reason, 'server-error');
      }));

    it('stops after ten minutes when it had answered before', () =>
      withGovernor({}, async ({ governor }) => {
        await attempt(governor, completed);
        await takeDown(governor);
        await delay(599_000);
        await attempt(governor, failed('connection'));
        const { stopped } = governor;
        assert.equal(stopped, undefined);
        await delay(40_000);
        await attempt(governor, failed('connection'));
        assert.equal(governor.stopped?.reason, 'connection');
      }));
  });

  for (const reason of ['unauthorized', 'quota-exhausted'] as const) {
    it(`stops once an attempt ends with ${reason}, until a person starts anew`, () =>
      withGovernor({}, async ({ governor }) => {
        await attempt(governor, failed(reason));
        assert.equal(governor.stopped?.reason, reason);
        governor.reset();
        assert.equal(governor.stopped, undefined);
      }));
  }

  it('does not stop for what concerns one item', () =>
    withGovernor({}, async ({ governor }) => {
      for (const reason of ['bad-request', 'content-filter', 'malformed', 'cancelled'] as const) {
        for (let time = 0; time < 20; time++) await attempt(governor, failed(reason));
      }
      assert.equal(governor.stopped, undefined);
      assert.equal(governor.breakerTrips, 0);
    }));

  it('leaves no timer behind that waits for a pause to end', () =>
    inVirtualTime(async (clock) => {
      let waiting = 0;
      const counted: Clock = {
        ...clock,
        now: () => clock.now(),
        schedule: (ms, action) => {
          waiting++;
          const callOff = clock.schedule(ms, action);
          return () => {
            waiting--;
            callOff();
          };
        },
      };
      const governor = new Governor({ maxConcurrent: 20, safetyFactor: 1 }, counted, () => 0);
      const permit = await started(governor);
      permit.finish(failed('rate-limited', 60_000), 100);
      assert.equal(governor.waiting?.reason, 'asked-to-wait');
      void governor.admit(() => 100);
      await delay(10);
      assert.equal(waiting, 1);
      await governor.dispose();
      assert.equal(waiting, 0);
    }));

  it('disposes its gates', () =>
    withGovernor({ requestsPerMinute: 600, tokensPerMinute: 60_000 }, async ({ governor, gates }) => {
      await governor.dispose();
      assert.deepEqual(gates.requests?.calls, ['dispose']);
      assert.deepEqual(gates.tokens?.calls, ['dispose']);
    }));
});

describe('a change of a governor', () => {
  it('is told to everybody who listens still, as often as they listen', () =>
    withGovernor({}, async ({ governor }) => {
      const told: string[] = [];
      const twice = (): void => void told.push('twice');
      governor.onChange(() => told.push('first'));
      const end = governor.onChange(() => told.push('ended'));
      const endOnce = governor.onChange(twice);
      governor.onChange(twice);
      end();
      end();
      await attempt(governor, completed);
      assert.deepEqual(told, ['first', 'twice', 'twice']);
      endOnce();
      await takeDown(governor);
      await attempt(governor, completed);
      assert.deepEqual(told, ['first', 'twice', 'twice', 'first', 'twice']);
    }));

  it('is told when the service first answers, when it is back, and when it has stopped', () =>
    withGovernor({}, async ({ governor }) => {
      const told: string[] = [];
      governor.onChange(() => told.push(governor.stopped?.reason ?? `${governor.concurrency} at once`));
      const first = await started(governor);
      first.hear({});
      first.hear({});
      first.finish(completed, 10);
      await takeDown(governor);
      await attempt(governor, completed);
      await attempt(governor, failed('unauthorized'));
      assert.deepEqual(told, ['20 at once', '5 at once', 'unauthorized']);
    }));

  it('wakes every engine that shares the governor', () =>
    withGovernor({}, async ({ governor, clock }) => {
      let isFirst = true;
      const engines = [1, 2].map(
        () =>
          new EngineHarness(
            clock,
            {},
            async ({ reportHints }) => {
              const answers = isFirst;
              isFirst = false;
              await delay(1000);
              if (answers) reportHints({});
              await delay(9000);
              return completed;
            },
            { governor },
          ),
      );
      const finished = engines.map((engine) => engine.start({ items: items(20) }));
      await delay(500);
      assert.deepEqual(
        engines.map(({ peak }) => peak),
        [10, 10],
      );
      await delay(1000);
      assert.deepEqual(
        engines.map(({ peak }) => peak),
        [20, 20],
      );
      await Promise.all(finished);
    }));

  it('ends what waits in every engine that shares the governor, once nothing can succeed', () =>
    withGovernor({ maxConcurrent: 2 }, async ({ governor, clock }) => {
      const engines = [100, 60_000].map(
        (latencyMs) =>
          new EngineHarness(
            clock,
            {},
            async () => {
              await delay(latencyMs);
              return latencyMs === 100 ? failed('unauthorized') : completed;
            },
            { governor },
          ),
      );
      const finished = engines.map((engine) => engine.start({ items: items(5) }));
      await delay(1000);
      assert.deepEqual(
        engines.map((engine) => items(5).map(({ id }) => engine.stateOf(id))),
        [
          ['failed', 'failed', 'failed', 'failed', 'failed'],
          ['running', 'running', 'failed', 'failed', 'failed'],
        ],
      );
      await Promise.all(finished);
    }));
});
