import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import type { FailureReason } from '../../../src/model/attempt.ts';
import { value } from '../../support/journal/support.ts';
import { useRunsBench } from '../../support/runsHarness.ts';

/** Enough to pass, as nearly always, what the fake does to a call. */
const attempts = 8;
const items = 500;

describe('a fake of somebody else (aimock)', () => {
  const bench = useRunsBench();
  let fake: LLMock;

  afterEach(() => fake.stop());

  async function start(options: ConstructorParameters<typeof LLMock>[0] = {}): Promise<void> {
    fake = new LLMock({ port: 0, host: '127.0.0.1', journalMaxEntries: 0, chunkSize: 6, ...options });
    let asked = 0;
    const every = (count: number): { predicate: () => boolean } => ({ predicate: () => asked % count === 0 });
    fake.on({ predicate: () => ++asked < 0 }, { content: 'Nobody.' });
    fake.on(every(11), { content: 'A text that breaks off in the middle.' }, { truncateAfterChunks: 2 });
    fake.on(every(13), { content: 'A text whose connection is closed.' }, { disconnectAfterMs: 0, latency: 2 });
    fake.on(every(17), { error: { message: 'Upstream is down.', type: 'api_error' }, status: 503 });
    fake.on(every(19), { error: { message: 'Overloaded', type: 'overloaded_error' }, status: 529 });
    fake.onMessage(/.*/, () => ({ content: `Text ${asked} of the fake, to its end.` }));
    await fake.start();
  }

  const kinds = [
    ['openai', () => ({ kind: 'openai' as const, baseUrl: `${fake.url}/v1` })],
    ['anthropic', () => ({ kind: 'anthropic' as const, baseUrl: fake.url })],
  ] as const;

  for (const [name, service] of kinds) {
    it(`that drops and breaks calls in the words of ${name} has all written, none twice`, async () => {
      await start({ chaos: { dropRate: 0.05, malformedRate: 0.05, disconnectRate: 0.05 } });
      const started = performance.now();
      const { runs, workspace } = await bench().process();
      const plan = await bench().plan(items, { ...service(), maxConcurrent: 32 });
      const run = value(await runs.start(plan, bench().options({ retry: { attempts, baseMs: 5 } }), workspace));
      const { counts } = await run.finished;
      assert.equal(counts.written + counts.failed, items);
      assert.ok(counts.failed <= 5, `${counts.failed} failed`);
      const reasons: readonly (FailureReason | undefined)[] = [
        ...(['server-error', 'malformed', 'connection', 'truncated'] as const),
      ];
      for (const item of runs.snapshots().items.filter(({ state }) => state === 'failed')) {
        assert.ok(reasons.includes(item.failure?.reason), item.failure?.message);
      }
      const names = bench().names();
      assert.equal(names.length, counts.written);
      const texts = names.map((file) => readFileSync(join(bench().folder, 'candidates/a', file), 'utf8').trim());
      for (const text of texts) assert.match(text, /^Text \d+ of the fake, to its end\.$/);
      assert.equal(new Set(texts).size, counts.written, 'no text twice');
      const whole = fake
        .getRequests()
        .filter(({ response }) => response.status === 200 && !response.chaosAction && !response.interrupted);
      assert.equal(whole.length, counts.written, 'none was paid for twice');
      assert.ok(fake.getRequests().length > items * 1.2, 'calls went wrong');
      assert.ok(performance.now() - started < 20_000);
    }).timeout(30_000);

    // Each of its 429s says that a minute has 60 requests of which none is left, so that no run is quick which has any.
    it(`that limits calls in the words of ${name} is waited for, as long as it asks`, async () => {
      await start();
      fake.nextRequestError(429, { message: 'Slow down.', type: 'rate_limit_error' });
      const { runs, workspace } = await bench().process();
      const plan = await bench().plan(2, { ...service(), maxConcurrent: 1 });
      const run = value(await runs.start(plan, bench().options({ retry: { attempts: 3, baseMs: 5 } }), workspace));
      const { counts } = await run.finished;
      assert.equal(counts.written, 2);
      const [refused, next] = fake.getRequests();
      assert.equal(refused!.response.status, 429);
      assert.ok(next!.timestamp - refused!.timestamp >= 990);
      assert.equal(fake.getRequests().length, 3);
    }).timeout(30_000);

    it(`that refuses what no call survives in the words of ${name} is asked once`, async () => {
      const refusals: readonly (readonly [number, { message: string; type: string }, FailureReason])[] = [
        [401, { message: 'invalid x-api-key', type: 'authentication_error' }, 'unauthorized'],
        [403, { message: 'Request not allowed', type: 'permission_error' }, 'forbidden'],
        [400, { message: 'Your credit balance is too low.', type: 'invalid_request_error' }, 'quota-exhausted'],
      ];
      const { runs, workspace } = await bench().process();
      for (const [status, error, reason] of refusals) {
        await start();
        fake.prependFixture({ match: {}, response: { error, status } });
        const plan = await bench().plan(items, { ...service(), maxConcurrent: 4 });
        const run = value(await runs.start(plan, bench().options(), workspace));
        const { counts } = await run.finished;
        assert.equal(counts.failed, items);
        assert.ok(fake.getRequests().length <= 4, `${fake.getRequests().length} calls`);
        const ended = runs.snapshots().items.filter((item) => item.run === run.id);
        for (const { failure } of ended) assert.equal(failure?.reason, reason, failure?.message);
        await fake.stop();
      }
      await start();
    }).timeout(30_000);
  }
});
