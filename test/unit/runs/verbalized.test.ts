import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest, type ManifestEntry } from '../../../src/candidates/manifest.ts';
import type { AttemptSnapshot, RunSummary } from '../../../src/model/run.ts';
import { estimatePlan } from '../../../src/runs/plan/estimatePlan.ts';
import type { Plan } from '../../../src/runs/plan/plan.ts';
import type { RunOptions } from '../../../src/runs/runOptions.ts';
import { askedTexts } from '../../../src/services/verbalized/instruction.ts';
import { DemoService } from '../../../src/services/demo/demo.ts';
import { VerbalizedCalls } from '../../../src/runs/session/verbalizedCalls.ts';
import { value } from '../../support/journal/support.ts';
import { useRunsBench, type Process } from '../../support/runsHarness.ts';
import { chunk, event, type HabitCall, type RawAnswer } from '../../support/server/habits.ts';

function prompt(settings: string, body = 'Write.'): string {
  return `---\ncandidates: { ${settings} }\n---\n${body}\n`;
}

interface SentMessage {
  readonly role: 'user' | 'system' | 'assistant';
  readonly content: string;
}

const tagged = (texts: readonly string[]): string =>
  texts.map((text) => `<response><text>${text}</text><probability>0.1</probability></response>`).join('\n');

describe('a run that asks for several different candidates at once', function () {
  this.timeout(30_000);
  const bench = useRunsBench();
  /** How many each call has asked for; 1: for a text and nothing else. */
  let asked: number[];
  let bodies: Readonly<Record<string, unknown>>[];

  beforeEach(() => {
    asked = [];
    bodies = [];
  });

  function saying(text: string, finish = 'stop'): RawAnswer {
    const usage = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 };
    return { body: [chunk({ content: text }), chunk({}, finish), event({ choices: [], usage }), event('[DONE]')] };
  }

  /** @param how given how many a call asks for, and its number from 1 on */
  function answer(how: (count: number, call: number) => RawAnswer): void {
    bench().server.configure({
      habit: ({ body }: HabitCall) => {
        asked.push(askedTexts(body.messages as readonly SentMessage[])?.count ?? 1);
        bodies.push(body);
        return how(asked.at(-1) ?? 1, asked.length);
      },
    });
  }

  const numbered = (count: number, call: number): readonly string[] =>
    Array.from({ length: count }, (_, at) => `Text ${call}.${at + 1}`);
  const honest = (count: number, call: number): RawAnswer =>
    saying(count === 1 ? `Text ${call}` : tagged(numbered(count, call)));

  async function planned(text: string): Promise<Plan> {
    const plan = await bench().planOf({ 'a.prompt.md': text }, { maxConcurrent: 20 });
    if (!plan.ok) assert.fail(plan.problems[0]?.message);
    return plan.value;
  }

  async function run(
    plan: Plan,
    options: Partial<RunOptions>,
    { runs, workspace }: Process,
  ): Promise<RunSummary & { readonly attempted: readonly AttemptSnapshot[] }> {
    const attempted: AttemptSnapshot[] = [];
    runs.events.subscribe((told) => {
      if (told.type === 'attemptFinished') attempted.push(told.attempt);
    });
    const retry = { attempts: 3, baseMs: 1 };
    const started = value(await runs.start(plan, bench().options({ retry, ...options }), workspace));
    return { ...(await started.finished), attempted };
  }

  const texts = (): readonly string[] =>
    bench()
      .names()
      .map((name) => readFileSync(join(bench().folder, 'candidates/a', name), 'utf8').trimEnd());

  function manifest(): ManifestEntry[] {
    return readManifest(readFileSync(join(bench().folder, 'candidates/a/manifest.json'), 'utf8'));
  }

  async function requestsOf(plan: Plan): Promise<number> {
    const counter = { inputTokens: () => Promise.resolve({ of: () => 10, basis: 'counted' as const }) };
    const tools = { services: bench().services, counter: counter as never };
    return (await estimatePlan(plan, { cache: 'off', sequential: false }, tools)).requests;
  }

  it('makes as few calls as the plan says, and a candidate of each response', async () => {
    answer(honest);
    const process = await bench().process();
    const plan = await planned(prompt('count: 12, diversity: verbalized'));
    assert.equal(await requestsOf(plan), 3);
    const { counts, tokens, attempts } = await run(plan, {}, process);
    assert.deepEqual([asked.sort(), counts.written, attempts], [[2, 5, 5], 12, 12]);
    assert.equal(new Set(texts()).size, 12);
    assert.ok(texts().every((text) => /^Text \d\.\d$/.test(text)));
    assert.deepEqual([Math.round(tokens.input / 10), Math.round(tokens.output / 10)], [30, 15]);
    await process.close();
    const entries = manifest();
    assert.deepEqual(
      entries.map(({ verbalized }) => verbalized?.probability),
      Array<number>(12).fill(0.1),
    );
    assert.deepEqual(entries.map(({ verbalized }) => verbalized?.of).sort(), [2, 2, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]);
  });

  it('shares calls within a row and a model only, and gives each candidate room for its text', async () => {
    answer(honest);
    const data = 'data: [{ name: a, title: A }, { name: b, title: B }]';
    const settings = `count: 3, models: [m, n], max_tokens: 100, diversity: { verbalized: 3 }, ${data}`;
    const plan = await planned(prompt(settings, 'Write {{ title }}.'));
    assert.equal(await requestsOf(plan), 4);
    const { counts } = await run(plan, {}, await bench().process());
    assert.deepEqual([counts.written, asked], [12, [3, 3, 3, 3]]);
    assert.deepEqual(new Set(bodies.map(({ max_tokens: most }) => most)), new Set([420]));
  });

  it('asks again for what was not given, in a call that counts as an attempt', async () => {
    answer((count, call) => (call === 1 ? saying(tagged(numbered(3, call))) : honest(count, call)));
    const { counts, attempted } = await run(
      await planned(prompt('count: 5, diversity: verbalized')),
      {},
      await bench().process(),
    );
    assert.equal(counts.written, 5);
    assert.equal(asked[0], 5);
    assert.equal(
      asked.slice(1).reduce((sum, count) => sum + count, 0),
      2,
    );
    const failed = attempted.filter(({ outcome }) => outcome !== 'completed');
    assert.deepEqual(
      failed.map(({ outcome, message }) => [outcome, message]),
      Array(2).fill(['empty', 'The service "test" gave 3 of 5 texts that were asked for at once.']),
    );
  });

  it('makes a candidate of an answer without any form, and asks for the others again', async () => {
    answer((count, call) => (call === 1 ? saying('Only this.') : honest(count, call)));
    const { counts } = await run(await planned(prompt('count: 3, diversity: verbalized')), {}, await bench().process());
    assert.equal(counts.written, 3);
    assert.ok(texts().includes('Only this.'));
  });

  it('says what to do when nothing is whole at the output limit', async () => {
    answer(() => saying('<response><text>Once', 'length'));
    const { counts, attempted } = await run(
      await planned(prompt('count: 2, diversity: verbalized')),
      {},
      await bench().process(),
    );
    assert.equal(counts.failed, 2);
    assert.match(
      attempted[0]?.message ?? '',
      /cut at the output limit before one of 2 texts was whole: raise max_tokens/,
    );
  });

  it('checks each response of JSON, and asks alone for one that does not match', async () => {
    const wrapped = (...values: unknown[]): string =>
      JSON.stringify({ responses: values.map((response) => ({ response, probability: 0.5 })) });
    answer((_, call) => saying(call === 1 ? wrapped({ n: 1 }, { n: 'x' }, { n: 3 }) : '{"n": 2}'));
    const schema = 'schema: { type: object, properties: { n: { type: number } }, required: [n] }';
    const plan = await planned(prompt(`count: 3, diversity: verbalized, ${schema}`));
    const { counts } = await run(plan, {}, await bench().process());
    assert.deepEqual([counts.written, bodies.length], [3, 2]);
    assert.deepEqual(
      texts()
        .map((text) => (JSON.parse(text) as { n: number }).n)
        .sort(),
      [1, 2, 3],
    );
  });

  it('takes what was asked for at once from the cache, and nothing that was asked for alone', async () => {
    answer(honest);
    const process = await bench().process();
    await run(await planned(prompt('count: 2')), { cache: 'on' }, process);
    const { length } = asked;
    await run(await planned(prompt('count: 2, diversity: verbalized')), { cache: 'on' }, process);
    assert.deepEqual(asked.slice(length), [2]);
    const { counts } = await run(await planned(prompt('count: 2, diversity: verbalized')), { cache: 'on' }, process);
    assert.deepEqual([counts.skipped, asked.length], [2, length + 1]);
  });

  it('goes on with what is left after it was stopped, also at once', async () => {
    answer(honest);
    const process = await bench().process();
    const plan = await planned(prompt('count: 10, diversity: verbalized, budget: { requests: 1 }'));
    const stopped = await run(plan, {}, process);
    assert.deepEqual([stopped.stopped, stopped.counts.written, asked], ['budget', 5, [5]]);
    const options = { budget: { requests: 2 } };
    const resumed = value(await process.runs.resume(bench().resumption(process.workspace, stopped.run, { options })));
    assert.deepEqual([(await resumed.finished).counts.written, asked], [10, [5, 5]]);
    assert.equal(new Set(texts()).size, 10);
  });

  it('works with the demo service, for texts and JSON', async () => {
    const calls = new VerbalizedCalls();
    const demo = new DemoService('demo', 0);
    for (const schema of [
      undefined,
      { type: 'object', properties: { price: { type: 'number' } }, required: ['price'] },
    ]) {
      const messages = [{ role: 'user', content: `Write a page about Coffee. ${schema ? 1 : 2}` }] as const;
      const made = await Promise.all(
        Array.from({ length: 4 }, (_, at) => {
          const request = {
            model: 'd',
            messages,
            parameters: {},
            index: at + 1,
            siblings: 4,
            ...(schema ? { schema } : {}),
          };
          const service = calls.serviceFor({ verbalized: 4, messages }, request, demo);
          return service.generate(request, { signal: new AbortController().signal, onProgress: () => undefined });
        }),
      );
      const done = made.flatMap((outcome) => (outcome.kind === 'completed' ? [outcome.result] : []));
      assert.ok(done.length >= (schema ? 2 : 4));
      assert.equal(new Set(done.map(({ text }) => text)).size, done.length);
      assert.ok(done.every(({ verbalized, text }) => verbalized?.of === 4 && !text.includes('<response>')));
    }
  });
});
