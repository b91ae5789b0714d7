import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AttemptReport } from '../../../../src/engine/engine.ts';
import type { AttemptOutcome } from '../../../../src/model/attempt.ts';
import { emptyCounts } from '../../../../src/model/item.ts';
import { costOf } from '../../../../src/model/prices.ts';
import { RunMetrics } from '../../../../src/runs/session/runMetrics.ts';
import { openAiFormat } from '../../../../src/services/openai/openAiFormat.ts';
import { readServices } from '../../../../src/services/serviceConfiguration.ts';
import type { Generation, ManyService } from '../../../../src/services/service.ts';
import { SharedRequests } from '../../../../src/services/sharedRequests.ts';

/** What a service may say that it used. */
const figure = fc.oneof(
  fc.double(),
  fc.constantFrom(1e300, -1e300, Number.MAX_SAFE_INTEGER, 1e9, 1e9 + 1, -1, 0, 0.5, null, '7', [1], undefined),
  fc.nat(5000),
);
const usage = fc.record(
  {
    prompt_tokens: figure,
    completion_tokens: figure,
    total_tokens: figure,
    prompt_tokens_details: fc.record({ cached_tokens: figure }),
    completion_tokens_details: fc.record({ reasoning_tokens: figure }),
  },
  { requiredKeys: [] },
);
const call = fc.record({ usage, fails: fc.boolean(), durationMs: fc.nat(1e9), queueWaitMs: fc.nat(1e9) });

/** Gives what the calls of the list say, one after the other. */
function serviceSaying(calls: readonly { readonly usage: unknown; readonly fails: boolean }[]): ManyService {
  let at = 0;
  const generateMany = (_: unknown, count: number): Promise<AttemptOutcome<readonly Generation[]>> => {
    const { usage: said, fails } = calls[at++ % calls.length] ?? { usage: {}, fails: false };
    const { input = 1, output = 1, ...more } = openAiFormat.read({ choices: [], usage: said })?.usage ?? {};
    const used = { input, output, ...more };
    return Promise.resolve(
      fails
        ? { kind: 'failed', failure: { reason: 'server-error', message: 'No.' }, usage: used }
        : { kind: 'completed', result: Array(count).fill({ text: 'Rain.', model: 'm' }) as Generation[], usage: used },
    );
  };
  return { name: 'odd', generate: () => assert.fail('Requests are shared.'), generateMany };
}

/** Every number in it, however deep. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

function assertFinite(value: unknown): void {
  for (const each of numbersIn(value)) assert.ok(Number.isFinite(each) && each >= 0, JSON.stringify(value));
}

describe('figures of a run', () => {
  it('are finite and not negative, whatever a service says that it used', async () => {
    const dearest = { name: 'dear', kind: 'demo', prices: { input: 1e9, output: 1e9 } };
    const prices = readServices([dearest]).services.at(-1)?.prices;
    assert.deepEqual(prices, dearest.prices);
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (calls, n) => {
          const service = new SharedRequests(serviceSaying(calls), n);
          const metrics = new RunMetrics(0);
          const messages = [{ role: 'user' as const, content: 'Hi' }];
          let now = 0;
          for (const [index, { durationMs, queueWaitMs }] of calls.entries()) {
            const request = { model: 'm', messages, parameters: {}, index, siblings: calls.length };
            const options = { signal: new AbortController().signal, onProgress: () => undefined };
            metrics.attemptStarted('odd', now);
            const outcome = await service.generate(request, options);
            assertFinite(outcome);
            now += durationMs;
            const report = {
              usage: outcome.usage,
              outcome: outcome.kind === 'completed' ? outcome.kind : outcome.failure.reason,
              durationMs,
              queueWaitMs,
              retryInMs: undefined,
            } as AttemptReport<unknown>;
            const cost = outcome.usage && costOf(prices, outcome.usage);
            metrics.attemptFinished('odd', report, cost, now);
            metrics.itemWritten(now);
          }
          const counts = { ...emptyCounts(), queued: 3, running: 1 };
          assertFinite([
            metrics.tokens,
            metrics.cost,
            metrics.latency,
            metrics.queueWait,
            metrics.slots(now),
            metrics.perMinute(now),
            metrics.byService(now, () => ({ configuredConcurrency: 'auto', breakerTrips: 0 })),
            metrics.eta(counts, now, { concurrency: 1 }),
            metrics.eta(counts, now, { concurrency: 1, requestsPerMinute: 0.001, tokensPerMinute: 0.001 }),
          ]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
