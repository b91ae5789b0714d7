import assert from 'node:assert/strict';
import type { AttemptOutcome } from '../../../../src/model/attempt.ts';
import { MinuteCount } from '../../../../src/engine/governor/minuteCount.ts';
import { Permit, type PermitOwner, UsedShare } from '../../../../src/engine/governor/permit.ts';
import { RateControl } from '../../../../src/engine/governor/rateControl.ts';
import { type RecordedRateGate, recordedGates } from '../../../support/recordedRateGate.ts';
import { delay, inVirtualTime } from '../../../support/virtualTime.ts';

function completedWith(tokens: number): AttemptOutcome<string> {
  return { kind: 'completed', result: 'text', usage: { input: tokens / 2, output: tokens / 2 } };
}

const failed: AttemptOutcome<string> = { kind: 'failed', failure: { reason: 'timeout', message: 'Too slow.' } };

interface Bench {
  readonly owner: PermitOwner;
  readonly requests: RecordedRateGate;
  readonly tokens: RecordedRateGate;
  readonly paid: RecordedRateGate;
  /** What the owner was told. */
  readonly told: string[];
}

function withOwner(action: (bench: Bench) => Promise<void> | void): Promise<void> {
  return inVirtualTime(async (clock) => {
    const gates: RecordedRateGate[] = [];
    const told: string[] = [];
    const owner: PermitOwner = {
      clock,
      requests: new RateControl(clock, 600, 1, recordedGates(gates)),
      tokens: new RateControl(clock, 60_000, 1, recordedGates(gates)),
      paid: new RateControl(clock, 30, 1, recordedGates(gates)),
      usedShare: new UsedShare(),
      used: { requests: new MinuteCount(), tokens: new MinuteCount() },
      started: () => told.push('started'),
      answered: () => told.push('answered'),
      ended: ({ kind }, durationMs, reserved) => told.push(`${kind} after ${durationMs} of ${reserved}`),
    };
    const [requests, tokens, paid] = gates;
    assert.ok(requests && tokens && paid);
    await action({ owner, requests, tokens, paid, told });
  });
}

describe('used share', () => {
  it('expects the whole reservation before anything is known', () =>
    assert.equal(new UsedShare().expected(1000), 1000));

  it('learns what is used, and leaves room above it', () => {
    const share = new UsedShare();
    for (let attempt = 0; attempt < 200; attempt++) share.learn(100, 1000);
    assert.ok(Math.abs(share.expected(1000) - 125) < 0.01);
    assert.ok(Math.abs(share.expected(400) - 50) < 0.01);
  });

  it('never expects more than the reservation, whatever was used', () => {
    const share = new UsedShare();
    for (let attempt = 0; attempt < 200; attempt++) share.learn(5000, 1000);
    assert.equal(share.expected(1000), 1000);
  });
});

describe('permit', () => {
  it('gives a request and the tokens back when it is not used', () =>
    withOwner(({ owner, requests, tokens, paid, told }) => {
      new Permit(owner, 0, 100, false).giveBack();
      assert.deepEqual(requests.calls, ['giveBack 1']);
      assert.deepEqual(paid.calls, ['giveBack 1']);
      assert.deepEqual(tokens.calls, ['giveBack 100']);
      assert.deepEqual(told, []);
    }));

  it('settles what was taken with what the attempt is expected to cost, then with what it did cost', () =>
    withOwner(({ owner, tokens, told }) => {
      const permit = new Permit(owner, 0, 100, false);
      permit.start(300);
      permit.finish(completedWith(80), 25);
      assert.deepEqual(tokens.calls, ['settle 100 300', 'settle 300 80']);
      assert.deepEqual(told, ['started', 'completed after 25 of 300']);
      assert.equal(owner.requests.started, 1);
      assert.equal(owner.tokens.started, 300);
    }));

  it('keeps what was taken of an attempt that does not tell its usage', () =>
    withOwner(({ owner, requests, tokens }) => {
      const permit = new Permit(owner, 0, 100, false);
      permit.start(100);
      permit.finish(failed, 25);
      assert.deepEqual(tokens.calls, ['settle 100 100', 'settle 100 100']);
      assert.deepEqual(requests.calls, []);
    }));

  it('gives the request of an attempt back that shared the request of another one', () =>
    withOwner(({ owner, requests }) => {
      const permit = new Permit(owner, 0, 0, false);
      permit.start(0);
      permit.finish({ ...completedWith(0), calls: 0 }, 25);
      assert.deepEqual(requests.calls, ['giveBack 1']);
    }));

  it('counts each page as a request, and what is not billed as none that costs', () =>
    withOwner(({ owner, requests, paid }) => {
      for (const facts of [{ calls: 3 }, { calls: 1, paidCalls: 0 }, { calls: 4, paidCalls: 1 }, {}, { calls: 0 }]) {
        const permit = new Permit(owner, 0, 0, false);
        permit.start(0);
        permit.finish({ ...completedWith(0), ...facts }, 25);
      }
      assert.deepEqual(requests.calls, ['settle 1 3', 'settle 1 4', 'giveBack 1']);
      assert.deepEqual(paid.calls, ['settle 1 3', 'giveBack 1', 'giveBack 1']);
    }));

  it('reserves less once attempts were seen to cost less', () =>
    withOwner(({ owner, tokens }) => {
      for (let attempt = 0; attempt < 200; attempt++) {
        const permit = new Permit(owner, attempt, 0, false);
        permit.start(1000);
        permit.finish(completedWith(100), 25);
      }
      tokens.calls.length = 0;
      new Permit(owner, 200, 0, false).start(1000);
      assert.match(tokens.calls[0] ?? '', /^settle 0 125\.0/);
    }));

  it('learns nothing from attempts that failed or that cost nothing by design', () =>
    withOwner(({ owner }) => {
      for (let attempt = 0; attempt < 50; attempt++) {
        const failing = new Permit(owner, attempt, 0, false);
        failing.start(1000);
        failing.finish({ ...failed, usage: { input: 1, output: 0 } }, 25);
        const free = new Permit(owner, attempt, 0, false);
        free.start(0);
        free.finish(completedWith(10), 25);
      }
      assert.equal(owner.usedShare.expected(1000), 1000);
    }));

  it('hands on what the service tells, less what started since', () =>
    withOwner(({ owner, requests, tokens, told }) => {
      const permits = [0, 1, 2].map((sequence) => new Permit(owner, sequence, 100, false));
      for (const permit of permits) permit.start(100);
      const { hear } = permits[0]!;
      hear({ requests: { remaining: 5 }, tokens: { remaining: 1000 } });
      assert.deepEqual(requests.calls, ['limitTo 4']);
      assert.deepEqual(tokens.calls.slice(3), ['limitTo 801']);
      assert.deepEqual(told.slice(3), ['answered']);
    }));

  it('counts what the service has been given since the attempt started', () =>
    withOwner(async ({ owner, requests }) => {
      const permit = new Permit(owner, 0, 0, false);
      permit.start(0);
      await delay(1000);
      permit.hear({ requests: { limit: 600, remaining: 5 } });
      assert.deepEqual(requests.calls, ['limitTo 16']);
    }));

  it('hears the hints of an outcome before its end is told', () =>
    withOwner(({ owner, requests, told }) => {
      const permit = new Permit(owner, 0, 0, false);
      permit.start(0);
      permit.finish({ ...failed, hints: { requests: { remaining: 0 } } }, 25);
      assert.deepEqual(requests.calls, ['limitTo 1']);
      assert.deepEqual(told, ['started', 'answered', 'failed after 25 of 0']);
    }));
});
