import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../../../src/candidates/manifest.ts';
import { contentHash } from '../../../src/base/hash.ts';
import type { JsonObject } from '../../../src/base/jsonObject.ts';
import type { AttemptSnapshot, RunSummary } from '../../../src/model/run.ts';
import type { Plan } from '../../../src/runs/plan/plan.ts';
import { plannedChanges } from '../../../src/runs/negotiations.ts';
import { changedItem } from '../../support/changedItem.ts';
import { value } from '../../support/journal/support.ts';
import { type Process, useRunsBench } from '../../support/runsHarness.ts';
import { chunk, event, jsonType, type HabitCall, type RawAnswer } from '../../support/server/habits.ts';

const schema: JsonObject = {
  type: 'object',
  properties: { name: { type: 'string' }, price: { type: 'number' } },
  required: ['name', 'price'],
  additionalProperties: false,
};
const good = '{"name":"Tea","price":3}';
const pretty = '{\n  "name": "Tea",\n  "price": 3\n}\n';
const wrong = '{"name":"Tea","price":"three"}';

function saying(text: string, finish = 'stop'): RawAnswer {
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  return { body: [chunk({ content: text }), chunk({}, finish), event({ choices: [], usage }), event('[DONE]')] };
}

function refusing(message: string, param: string | null = 'response_format'): RawAnswer {
  const error = { message, type: 'invalid_request_error', param, code: null };
  return { status: 400, headers: jsonType, body: [JSON.stringify({ error })] };
}

interface SentMessage {
  readonly role: string;
  readonly content: string;
}

function messagesOf({ body }: HabitCall): readonly SentMessage[] {
  return body.messages as readonly SentMessage[];
}

describe('a run whose texts are to match a schema', function () {
  this.timeout(20_000);
  const bench = useRunsBench();
  let calls: HabitCall[];
  let models = 0;

  beforeEach(() => (calls = []));

  /** What the service learns in one test is nothing to another. */
  async function planned(count = 1, prompt = 'Write.'): Promise<Plan> {
    const model = `model-${++models}`;
    const plan = await bench().plan(count, { models: [model] }, prompt);
    const items = plan.items.map((item) => {
      assert.ok(item.output);
      return changedItem(item, { schema, output: { ...item.output, series: 'candidates/a/*.json' } });
    });
    return { ...plan, items };
  }

  function answer(how: (call: HabitCall, number: number) => RawAnswer | null): void {
    bench().server.configure({
      habit: (call) => {
        calls.push(call);
        return how(call, calls.length);
      },
    });
  }

  async function run(
    process: Process,
    plan: Plan,
    attempts = 1,
  ): Promise<RunSummary & { readonly attempted: AttemptSnapshot[] }> {
    const attempted: AttemptSnapshot[] = [];
    process.runs.events.subscribe((told) => {
      if (told.type === 'attemptFinished') attempted.push(told.attempt);
    });
    const options = bench().options({ retry: { attempts, baseMs: 1 }, cache: 'on' });
    const started = value(await process.runs.start(plan, options, process.workspace));
    return { ...(await started.finished), attempted };
  }

  function files(): readonly string[] {
    return readdirSync(join(bench().folder, 'candidates/a'))
      .filter((name) => !name.startsWith('manifest'))
      .sort();
  }

  function read(name: string): string {
    return readFileSync(join(bench().folder, 'candidates/a', name), 'utf8');
  }

  function manifest(): ReturnType<typeof readManifest> {
    return readManifest(read('manifest.json'));
  }

  function failureOf(process: Process): string {
    const { items } = process.runs.snapshots();
    return items.find(({ failure }) => failure)?.failure?.message ?? '';
  }

  it('asks for the schema, and writes what matches with its hash in the manifest', async () => {
    answer(() => saying(`Here it is:\n\`\`\`json\n${good}\n\`\`\``));
    const process = await bench().process();
    const { counts } = await run(process, await planned());
    assert.equal(counts.written, 1);
    assert.equal(read('01.json'), pretty);
    assert.deepEqual(calls[0]?.body.response_format, {
      type: 'json_schema',
      json_schema: { name: 'candidate', schema, strict: true },
    });
    await process.close();
    const [entry] = manifest();
    assert.equal(entry?.schema, contentHash(JSON.stringify(schema)));
    assert.equal(entry.repaired, undefined);
  });

  it('says of what it has repaired that it was', async () => {
    answer(() => saying(`{name: 'Tea', price: 3,}`));
    const process = await bench().process();
    await run(process, await planned());
    assert.equal(read('01.json'), pretty);
    await process.close();
    assert.equal(manifest()[0]?.repaired, true);
  });

  it('asks once more with what is wrong, at once and as an attempt, whatever the retry policy says', async () => {
    answer((_, number) => saying(number === 1 ? wrong : good));
    const process = await bench().process();
    const { counts, tokens, attempted } = await run(process, await planned(), 1);
    assert.equal(counts.written, 1);
    assert.deepEqual(
      attempted.map(({ outcome, retryInMs, message }) => [outcome, retryInMs, message]),
      [
        ['invalid-output', 0, 'The answer does not match the schema: /price must be a number.'],
        ['completed', undefined, undefined],
      ],
    );
    assert.deepEqual([tokens.input, tokens.output], [20, 10]);
    const [, second] = calls.map(messagesOf);
    assert.deepEqual(second?.slice(0, 2), [...messagesOf(calls[0]!), { role: 'assistant', content: wrong }]);
    assert.match(second[2]?.content ?? '', /\/price must be a number/);
    assert.deepEqual(files(), ['01.json']);
    await process.close();
    const [entry] = manifest();
    assert.deepEqual([entry?.attempts, entry?.tokens], [2, { input: 20, output: 10 }]);
  });

  it('fails when it is wrong twice, keeps the text beside, and goes on with the others', async () => {
    answer(({ body }) => saying((body.seed as number) === 1000 ? wrong : good));
    const process = await bench().process();
    const { counts } = await run(process, await planned(2), 3);
    assert.deepEqual([counts.written, counts.failed], [1, 1]);
    assert.equal(calls.length, 3);
    assert.deepEqual(files(), ['01.invalid.txt', '02.json']);
    assert.equal(read('01.invalid.txt'), `${wrong}\n`);
    const path = join(bench().folder, 'candidates/a/01.invalid.txt');
    const sentence = `The answer does not match the schema: /price must be a number. The answer is kept in ${path}.`;
    assert.equal(failureOf(process), sentence);
    const { run: id } = process.runs.snapshots().items[0]!;
    const failed = value(await process.workspace.journal.items(id, ['failed'])).rows;
    assert.deepEqual(
      failed.map(({ failure, schema: kept }) => [failure?.reason, failure?.message, kept]),
      [['invalid-output', sentence, schema]],
    );
    assert.deepEqual(value(await process.workspace.journal.unwrittenResults(id)).rows, []);
  });

  it('never makes up what was cut: it fails at once, and is kept', async () => {
    const half = good.slice(0, -4);
    answer(() => saying(half, 'length'));
    const process = await bench().process();
    const { counts } = await run(process, await planned(), 3);
    assert.equal(counts.failed, 1);
    assert.equal(calls.length, 1);
    assert.match(failureOf(process), /^The answer was cut at the output limit .*: raise max_tokens/);
    assert.equal(read('01.invalid.txt'), `${half}\n`);
  });

  it('takes what was whole when it was cut', async () => {
    answer(() => saying(`${good}\n`, 'length'));
    const process = await bench().process();
    assert.equal((await run(process, await planned())).counts.written, 1);
    assert.equal(read('01.json'), pretty);
  });

  it('keeps the first answer when the second never comes', async () => {
    answer((_, number) => (number === 1 ? saying(wrong) : refusing('no', null)));
    const process = await bench().process();
    assert.equal((await run(process, await planned())).counts.failed, 1);
    assert.equal(read('01.invalid.txt'), `${wrong}\n`);
    assert.match(failureOf(process), /An answer that does not match the schema is kept in/);
  });

  it('asks again after a failure in between, with what was wrong', async () => {
    answer((_, number) =>
      number === 2 ? { status: 503, headers: jsonType, body: ['{}'] } : saying(number === 1 ? wrong : good),
    );
    const process = await bench().process();
    const { counts } = await run(process, await planned(), 2);
    assert.equal(counts.written, 1);
    assert.equal(messagesOf(calls[2]!).length, 3);
  });

  it('asks for any JSON where no schema is taken, and in words where that is not either', async () => {
    answer(({ body }) => {
      const { type } = (body.response_format ?? { type: 'none' }) as { readonly type: string };
      if (type === 'json_schema')
        return refusing(`'response_format' of type 'json_schema' is not supported with this model.`);
      return type === 'json_object' ? refusing('This response_format type is unavailable now', null) : saying(good);
    });
    const process = await bench().process();
    const plan = await planned(4);
    const { counts, attempts } = await run(process, plan);
    assert.equal(counts.written, 4);
    assert.deepEqual([attempts, calls.length], [4, 6], 'each step costs one call');
    const { journal } = process.workspace;
    const told = await plannedChanges(plan.items, bench().services, journal);
    assert.deepEqual(
      told.map(({ leftOut }) => leftOut),
      [['response_format']],
    );
    const last = messagesOf(calls[5]!).at(-1)?.content ?? '';
    assert.ok(last.startsWith('Write.') && last.includes(JSON.stringify(schema)));
    await process.close();
    assert.deepEqual(manifest()[0]?.leftOut, ['response_format']);
  });

  it('says in words what JSON is meant where any JSON is taken', async () => {
    answer(({ body }) => {
      const { type } = body.response_format as { readonly type: string };
      return type === 'json_schema' ? refusing('json_schema is not supported', null) : saying(good);
    });
    const process = await bench().process();
    await run(process, await planned());
    assert.deepEqual(calls[1]?.body.response_format, { type: 'json_object' });
    assert.ok(messagesOf(calls[1]).at(-1)?.content.includes(JSON.stringify(schema)));
    await process.close();
    assert.deepEqual(manifest()[0]?.leftOut, ['response_format.json_schema']);
  });

  it('starts again with a new call when it had failed, and keeps both texts', async () => {
    let isGood = false;
    answer(() => saying(isGood ? good : wrong));
    const process = await bench().process();
    await run(process, await planned());
    isGood = true;
    const [{ run: id } = assert.fail()] = process.runs.snapshots().items;
    const again = { states: ['failed'], fresh: false } as const;
    const resumed = value(await process.runs.resume(bench().resumption(process.workspace, id, { again })));
    assert.equal((await resumed.finished).counts.written, 1);
    assert.deepEqual(files(), ['01.invalid.txt', '01.json']);
  });

  it('takes what it has made from the cache, for the same schema only', async () => {
    answer(() => saying(good));
    const process = await bench().process();
    const plan = await planned();
    await run(process, plan);
    assert.equal((await run(process, plan)).counts.skipped, 1);
    const other = { ...schema, description: 'another' };
    const changed = plan.items.map((item) => changedItem(item, { schema: other, number: item.number + 1 }));
    assert.equal((await run(process, { ...plan, items: changed })).counts.written, 1);
    assert.equal(calls.length, 2);
  });

  it('keeps an answer that was committed before a crash, without a call', async () => {
    answer(() => null);
    bench().server.hold(0);
    const first = await bench().process();
    const plan = await planned(2);
    const started = value(await first.runs.start(plan, bench().options(), first.workspace));
    await bench().eventually(() => bench().server.ledger.records.length === 1);
    await first.runs.stop(0);
    await first.close();
    bench().server.release();
    const second = await bench().process();
    const { journal } = second.workspace;
    const lease = value(await journal.acquire(started.id));
    const usage = { input: 1, output: 1 };
    const [one, two] = plan.items;
    value(await journal.recordResult(lease, { item: one!.id, text: wrong, model: 'm', usage }));
    value(await journal.recordResult(lease, { item: two!.id, text: pretty, model: 'm', usage, format: 'json' }));
    value(await journal.release(lease));
    value(await second.runs.load(second.workspace, () => undefined));
    assert.deepEqual(files(), ['01.invalid.txt', '02.json']);
    const items = value(await journal.items(started.id, [])).rows;
    assert.deepEqual(
      items.map(({ state, failure }) => [state, failure?.reason]),
      [
        ['failed', 'invalid-output'],
        ['written', undefined],
      ],
    );
  });
});
