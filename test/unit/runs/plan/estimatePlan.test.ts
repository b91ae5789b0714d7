import assert from 'node:assert/strict';
import { countTokens } from 'gpt-tokenizer/model/gpt-4o';
import { demoPrices } from '../../../../src/services/demo/kind.ts';
import { estimatePlan } from '../../../../src/runs/plan/estimatePlan.ts';
import { TokenCounter } from '../../../../src/services/tokenCounter.ts';
import { changedItem } from '../../../support/changedItem.ts';
import { value } from '../../../support/journal/support.ts';
import { useRunsBench } from '../../../support/runsHarness.ts';

const script = new URL('../../../../src/services/tokenWorker.ts', import.meta.url);
const prompt =
  'Write a short page for the people who keep bees on their balcony, and say what to do in winter. '.repeat(8);
const service = { prices: demoPrices, maxConcurrent: 8 };

describe('the estimate of a plan', function () {
  this.timeout(30_000);
  const bench = useRunsBench();
  let counter: TokenCounter;
  beforeEach(() => {
    counter = new TokenCounter(script);
    bench().server.configure({
      promptTokens: (messages) => messages.reduce((sum, text) => sum + 4 + countTokens(text), 3),
      outputTokens: { min: 40, max: 80 },
    });
  });
  afterEach(() => counter.dispose());

  const options = { cache: 'on', sequential: false } as const;

  it('is what the service counts: requests, tokens and cost', async () => {
    const { runs, workspace } = await bench().process();
    const tools = { services: bench().services, counter, workspace };
    const first = await bench().plan(30, service, prompt);
    const before = await estimatePlan(first, options, tools);
    assert.deepEqual([before.requests, before.cached, before.isOutputLearnt], [30, 0, false]);
    await value(await runs.start(first, bench().options(options), workspace)).finished;

    bench().server.ledger.reset();
    const second = await bench().plan(40, service, `${prompt} Be kind.`);
    const planned = await estimatePlan(second, options, tools);
    const { cost } = await value(await runs.start(second, bench().options(options), workspace)).finished;
    const { total, promptTokens, completionTokens } = bench().server.ledger.summary();
    assert.equal(planned.requests, total);
    const near = (found: number, truth: number, share: number): void =>
      assert.ok(Math.abs(found - truth) <= share * truth, `${found} for ${truth}`);
    near(planned.tokens.input, promptTokens, 0.1);
    near(planned.tokens.output, completionTokens, 0.2);
    assert.deepEqual([planned.isOutputLearnt, planned.inputBasis], [true, 'count']);
    const truth = (demoPrices.input * promptTokens + demoPrices.output * completionTokens) / 1e6;
    assert.ok(Math.abs((cost ?? 0) - truth) < 1e-9);
    assert.ok(
      planned.cost && planned.cost.low <= truth && truth <= planned.cost.high,
      JSON.stringify([planned, truth]),
    );
    assert.ok(planned.cost.high < 2 * planned.cost.low);
    assert.ok(planned.eta && planned.eta.low <= planned.eta.high && planned.eta.high < 60);
  });

  it('knows what is in the cache, and needs no journal', async () => {
    const { runs, workspace } = await bench().process();
    const tools = { services: bench().services, counter };
    await value(await runs.start(await bench().plan(5, service), bench().options(options), workspace)).finished;
    const plan = await bench().plan(8, service);
    const { items, requests, cached } = await estimatePlan(plan, options, { ...tools, workspace });
    assert.deepEqual([items, requests, cached], [8, 3, 5]);
    const off = await estimatePlan(plan, { ...options, cache: 'off' }, { ...tools, workspace });
    assert.deepEqual([off.requests, off.cached], [8, 0]);
    const alone = await estimatePlan(plan, options, tools);
    assert.deepEqual([alone.requests, alone.isOutputLearnt], [8, false]);
  });

  it('tells by prompt and model what each comes to', async () => {
    const plan = await bench().plan(6, service);
    const [first, ...others] = plan.items.map((item, place) =>
      place < 2 ? changedItem(item, { model: 'other' }) : item,
    );
    assert.ok(first);
    const tools = { services: bench().services, counter };
    const whole = await estimatePlan({ items: [first, ...others] }, options, tools);
    assert.deepEqual(
      whole.parts.map(({ prompt: path, service: name, model, items }) => [path, name, model, items]),
      [
        ['a.prompt.md', 'test', 'other', 2],
        ['a.prompt.md', 'test', 'm', 4],
      ],
    );
    const sum = (of: (part: (typeof whole.parts)[number]) => number): number =>
      whole.parts.reduce((all, part) => all + of(part), 0);
    assert.equal(
      sum(({ tokens }) => tokens.input),
      whole.tokens.input,
    );
    assert.ok(Math.abs(sum(({ cost }) => cost?.high ?? 0) - (whole.cost?.high ?? 0)) < 1e-9);
  });

  it('has no cost without prices, and takes longer one at a time', async () => {
    const plan = await bench().plan(20);
    const tools = { services: bench().services, counter };
    const parallel = await estimatePlan(plan, options, tools);
    const sequential = await estimatePlan(plan, { ...options, sequential: true }, tools);
    assert.equal(parallel.cost, null);
    assert.ok((sequential.eta?.low ?? 0) > (parallel.eta?.low ?? 0));
  });
});
