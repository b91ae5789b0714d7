import assert from 'node:assert/strict';
import { readErrorValue } from '../../../src/services/errorBody.ts';
import { adaptationLifeMs, type LearnedAdaptation } from '../../../src/model/adaptation.ts';
import { adaptedParameters, Negotiation, type NegotiationStore } from '../../../src/services/negotiation.ts';
import { adaptationFor, type RequestBody } from '../../../src/services/refusedParameter.ts';

const body: RequestBody = {
  model: 'm',
  messages: [],
  stream: true,
  stream_options: { include_usage: true },
  temperature: 0.9,
  top_p: 0.5,
  n: 3,
  seed: 1,
  max_tokens: 30,
};
const { signal } = new AbortController();
const factsOf = (error: unknown) => readErrorValue({ error }, 0);

describe('negotiation', () => {
  for (const [error, parameter, name] of [
    [{ message: 'x', param: 'temperature', code: 'unsupported_value' }, 'temperature', undefined],
    [{ message: "Unsupported parameter: 'max_tokens'." }, 'max_tokens', 'max_completion_tokens'],
    [
      { message: "'max_tokens' is not supported with this model. Use 'max_output_tokens' instead." },
      'max_tokens',
      'max_output_tokens',
    ],
    [{ message: "'seed' is not supported with this model. Use 'random_seed' instead." }, 'seed', 'random_seed'],
    [{ message: "'temperature' is not supported. Use 'top_k' instead." }, 'temperature', undefined],
    [{ message: "'seed' is not supported. Use 'gsk_4f8a0c1d2e' instead." }, 'seed', undefined],
    [{ message: "'seed' is not supported. Use 'messages' instead." }, 'seed', undefined],
    [{ message: 'unknown field stream_options' }, 'stream_options', undefined],
    [{ message: 'json: unknown field "n"' }, 'n', undefined],
    [[{ type: 'extra_forbidden', loc: ['body', 'top_p'], msg: 'Extra inputs are not permitted' }], 'top_p', undefined],
    [{ message: 'no', param: 'stream_options.include_usage', code: 'unknown_parameter' }, 'stream_options', undefined],
  ] as const) {
    it(`understands ${JSON.stringify(error)}`, () => {
      assert.deepEqual(adaptationFor(factsOf(error), 400, body), { parameter, name });
    });
  }

  for (const error of [
    { message: 'max_tokens is too large: 9000. This model supports at most 4096.', param: 'max_tokens' },
    { message: 'Unknown model', param: 'model' },
    { message: 'the credit of this account is used up' },
    { message: "Unsupported parameter: 'top_k'." },
  ]) {
    it(`leaves ${JSON.stringify(error)} to the person`, () => {
      assert.equal(adaptationFor(factsOf(error), 400, body), undefined);
    });
  }

  for (const [message, parameter] of [
    ['`temperature` is deprecated for this model.', 'temperature'],
    ['temperature: Extra inputs are not permitted', 'temperature'],
    ['`temperature` and `top_p` cannot both be specified for this model. Please use only one.', 'top_p'],
    ['`temperature` may only be set to 1 when thinking is enabled.', 'temperature'],
    ['messages.0.content.0.cache_control: Extra inputs are not permitted', 'cache_control'],
    [
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort".',
      'thinking',
    ],
  ] as const) {
    it(`understands "${message}"`, () => {
      const asked = { ...body, thinking: { type: 'enabled' }, cache_control: { type: 'ephemeral' } };
      const facts = factsOf({ type: 'invalid_request_error', message });
      assert.deepEqual(adaptationFor(facts, 400, asked), { parameter, name: undefined });
    });
  }

  for (const [message, atMost] of [
    ['max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens for claude-3-haiku', 8192],
    ['max_tokens is too large: 100000. This model supports at most 4096 completion tokens.', 4096],
    ['`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens`', 8192],
    ['`max_tokens` must be less than or equal to 8000', 8000],
    ["Invalid 'max_tokens': Expected a value <= 16384, but got 100000 instead.", 16_384],
    ['Invalid max_tokens value, the valid range of max_tokens is [1, 8192]', 8192],
    ['max_tokens must be between 1 and 32000', 32_000],
    ["'max_tokens' is too large: 100000. This model's maximum context length is 8192 tokens.", undefined],
    ['max_tokens must be at most 0', undefined],
    ['max_tokens must be at most 200000', undefined],
    ['input length and `max_tokens` exceed context limit: 199000 + 100000 > 200000, decrease input length', undefined],
  ] as const) {
    it(`lowers a limit of output by "${message}": ${atMost}`, () => {
      const adaptation = adaptationFor(factsOf({ message }), 400, { ...body, max_tokens: 100_000 });
      assert.equal(adaptation?.atMost, atMost);
      assert.equal(adaptation?.name, atMost === undefined ? undefined : 'max_tokens');
    });
  }

  it('lowers what anybody asks for to what the model can give, and nothing else', () => {
    const negotiation = new Negotiation('m', { required: ['max_tokens'] });
    const refuse = (message: string, asked: RequestBody) =>
      negotiation.refused(factsOf({ message }), 400, negotiation.adapt(asked));
    const much = { ...body, max_tokens: 100_000 };
    assert.ok(refuse('max_tokens: 100000 > 8192, which is the maximum allowed', much));
    assert.equal(negotiation.adapt(much).max_tokens, 8192);
    assert.equal(negotiation.adapt(body).max_tokens, 30);
    assert.equal(refuse('max_tokens: 8192 > 8192, which is the maximum allowed', much), false, 'it ends');
    const [{ learnedAt: _learnedAt, ...learned } = assert.fail(), ...others] = negotiation.adaptations;
    assert.deepEqual([learned, others], [{ parameter: 'max_tokens', name: 'max_tokens', atMost: 8192 }, []]);
  });

  it('does not lower for ever', () => {
    const negotiation = new Negotiation('m');
    const much = { ...body, max_tokens: 100_000 };
    let lowered = 0;
    while (lowered < 100) {
      const sent = negotiation.adapt(much);
      const message = `max_tokens must be at most ${Number(sent.max_tokens) - 1}`;
      if (!negotiation.refused(factsOf({ message }), 400, sent)) break;
      lowered++;
    }
    assert.ok(lowered > 0 && lowered < 10, String(lowered));
  });

  it('exchanges the name of a limit that was lowered, and lowers it under the new one', async () => {
    const negotiation = new Negotiation('m');
    const much = { ...body, max_tokens: 100_000 };
    const refuse = (message: string) => negotiation.refused(factsOf({ message }), 400, negotiation.adapt(much));
    assert.ok(refuse('max_tokens must be at most 50000'));
    assert.ok(refuse("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."));
    assert.ok(refuse('max_completion_tokens must be at most 40000'));
    const turn = await negotiation.turn(much, signal);
    assert.deepEqual([turn.body.max_tokens, turn.body.max_completion_tokens], [undefined, 40_000]);
    assert.deepEqual(
      adaptedParameters(much, turn, () => true),
      {
        sent: { temperature: 0.9, top_p: 0.5, seed: 1, max_completion_tokens: 40_000 },
        renamed: { max_tokens: 'max_completion_tokens' },
        lowered: { max_completion_tokens: 40_000 },
        leftOut: [],
      },
    );
  });

  it('never leaves out what a kind cannot do without', () => {
    const negotiation = new Negotiation('m', { required: ['max_tokens'] });
    const facts = factsOf({ message: "Unsupported parameter: 'max_tokens'." });
    assert.equal(negotiation.refused(facts, 400, body), false);
    const system = factsOf({ message: 'system: Extra inputs are not permitted' });
    assert.equal(negotiation.refused(system, 400, { ...body, system: 'Be brief.' }), false);
  });

  it('is about refusals of requests only', () => {
    const facts = factsOf({ message: 'unsupported', param: 'temperature', code: 'unsupported_value' });
    for (const status of [401, 404, 429, 500]) assert.equal(adaptationFor(facts, status, body), undefined);
    assert.ok(adaptationFor(facts, 200, body));
  });

  it('gives a name up that was refused under both names, and ends', () => {
    const negotiation = new Negotiation('m');
    const refuse = (param: string) =>
      negotiation.refused(
        factsOf({ message: 'x', param, code: 'unsupported_parameter' }),
        400,
        negotiation.adapt(body),
      );
    assert.ok(refuse('max_tokens'));
    assert.equal(negotiation.adapt(body).max_completion_tokens, 30);
    assert.ok(refuse('max_completion_tokens'));
    assert.equal('max_tokens' in negotiation.adapt(body), false);
    assert.equal('max_completion_tokens' in negotiation.adapt(body), false);
    assert.equal(refuse('max_tokens'), false);
  });

  it('lets one find out for those that wait, and the next one when it fails', async () => {
    const negotiation = new Negotiation('m');
    const first = await negotiation.turn(body, signal);
    const sent: string[] = [];
    const others = [1, 2].map(async (place) => {
      const turn = await negotiation.turn(body, signal);
      sent.push(`${place} ${'temperature' in turn.body}`);
      return turn;
    });
    await new Promise(setImmediate);
    assert.deepEqual(sent, []);
    negotiation.refused(factsOf({ param: 'temperature', code: 'unsupported_value' }), 400, first.body);
    first.ended();
    const next = await others[0]!;
    assert.deepEqual(sent, ['1 false']);
    next.accepted();
    await others[1];
    assert.deepEqual(sent, ['1 false', '2 false']);
  });

  it('holds nobody who is cancelled', async () => {
    const negotiation = new Negotiation('m');
    await negotiation.turn(body, signal);
    const abort = new AbortController();
    const waiting = negotiation.turn(body, abort.signal);
    abort.abort();
    await waiting;
  });

  describe('that is kept', () => {
    const now = 1_800_000_000_000;
    const left = (parameter: string, age = 0): LearnedAdaptation => ({
      parameter,
      name: undefined,
      learnedAt: now - age,
    });
    const renamed: LearnedAdaptation = { parameter: 'max_tokens', name: 'max_completion_tokens', learnedAt: now };

    /** Has this of every model. */
    class Store implements NegotiationStore {
      readonly remembered: unknown[] = [];
      asked = 0;
      readonly #kept: readonly LearnedAdaptation[];

      constructor(...kept: LearnedAdaptation[]) {
        this.#kept = kept;
      }

      recall(): Promise<readonly LearnedAdaptation[]> {
        this.asked++;
        return Promise.resolve(this.#kept);
      }

      remember(model: string, adaptations: readonly LearnedAdaptation[]): void {
        this.remembered.push([model, ...adaptations.map(({ parameter, name }) => [parameter, name])]);
      }
    }

    const refusal = (param: string) => factsOf({ message: 'x', param, code: 'unsupported_parameter' });

    async function recalled(...kept: LearnedAdaptation[]) {
      const store = new Store(...kept);
      const negotiation = new Negotiation('m', {}, () => now);
      await Promise.all([negotiation.recall(store), negotiation.recall(store)]);
      assert.equal(store.asked, 1);
      return { store, negotiation };
    }

    it('holds from the first call on, and is not written again', async () => {
      const { store, negotiation } = await recalled(left('temperature'), renamed);
      const turn = await negotiation.turn(body, signal, store);
      assert.equal('temperature' in turn.body, false);
      assert.equal('max_tokens' in turn.body, false);
      assert.equal(turn.body.max_completion_tokens, 30);
      turn.accepted();
      assert.deepEqual(store.remembered, []);
    });

    it('lowers what was lowered, and does so further', async () => {
      const lowered: LearnedAdaptation = { parameter: 'max_tokens', name: 'max_tokens', atMost: 20, learnedAt: now };
      const { store, negotiation } = await recalled(lowered);
      const turn = await negotiation.turn(body, signal, store);
      assert.equal(turn.body.max_tokens, 20);
      turn.accepted();
      assert.deepEqual(store.remembered, []);
      assert.ok(negotiation.refused(factsOf({ message: 'max_tokens must be at most 10' }), 400, turn.body));
      assert.deepEqual(negotiation.adaptations, [{ ...lowered, atMost: 10 }]);
      (await negotiation.turn(body, signal, store)).accepted();
      assert.deepEqual(store.remembered, [['m', ['max_tokens', 'max_tokens']]]);
    });

    it('is written once the service has taken a call that was adapted so, and only then', async () => {
      const { store, negotiation } = await recalled();
      const first = await negotiation.turn(body, signal, store);
      assert.ok(negotiation.refused(refusal('temperature'), 400, first.body));
      first.ended();
      assert.deepEqual(store.remembered, []);
      first.accepted();
      assert.deepEqual(store.remembered, [], 'that call was sent before');
      const second = await negotiation.turn(body, signal, store);
      second.accepted();
      second.accepted();
      (await negotiation.turn(body, signal, store)).accepted();
      assert.deepEqual(store.remembered, [['m', ['temperature', undefined]]]);
    });

    it('goes to every store that does not have it', async () => {
      const { store, negotiation } = await recalled(left('temperature'));
      const other = new Store();
      await negotiation.recall(other);
      (await negotiation.turn(body, signal, other)).accepted();
      (await negotiation.turn(body, signal, store)).accepted();
      assert.deepEqual([store.remembered, other.remembered], [[], [['m', ['temperature', undefined]]]]);
    });

    it('is asked again after thirty days, whether it was read or learned', async () => {
      const { store, negotiation } = await recalled(
        left('temperature', adaptationLifeMs),
        left('seed', adaptationLifeMs - 1),
      );
      assert.deepEqual(
        negotiation.adaptations.map(({ parameter }) => parameter),
        ['seed'],
      );
      (await negotiation.turn(body, signal, store)).accepted();
      assert.deepEqual(store.remembered, [['m', ['seed', undefined]]], 'the old one is gone');
      let time = now;
      const learning = new Negotiation('m', {}, () => time);
      assert.ok(learning.refused(refusal('temperature'), 400, body));
      assert.equal('temperature' in learning.adapt(body), false);
      time += adaptationLifeMs;
      assert.equal(learning.adapt(body).temperature, 0.9);
    });

    it('is given up when the service refuses the other name, and found out anew', async () => {
      const { store, negotiation } = await recalled(renamed);
      assert.ok(negotiation.refused(refusal('max_completion_tokens'), 400, negotiation.adapt(body)));
      const turn = await negotiation.turn(body, signal, store);
      assert.equal(turn.body.max_tokens, 30);
      turn.accepted();
      assert.deepEqual(store.remembered, [['m']]);
      assert.ok(negotiation.refused(refusal('max_tokens'), 400, turn.body));
      assert.ok(negotiation.refused(refusal('max_completion_tokens'), 400, negotiation.adapt(body)));
      assert.equal(negotiation.refused(refusal('max_tokens'), 400, negotiation.adapt(body)), false);
    });

    for (const error of [
      { type: 'missing', loc: ['body', 'temperature'], msg: 'Field required' },
      { message: "Missing required parameter: 'temperature'.", param: 'temperature' },
      { message: 'temperature: Field required' },
    ]) {
      it(`is given up when the service wants what was left out: ${JSON.stringify(error)}`, async () => {
        const { negotiation } = await recalled(left('temperature'));
        const facts = factsOf(error);
        assert.ok(negotiation.refused(facts, 400, negotiation.adapt(body)));
        assert.equal(negotiation.adapt(body).temperature, 0.9);
        negotiation.refused(facts, 400, negotiation.adapt(body));
        assert.equal(negotiation.refused(facts, 400, negotiation.adapt(body)), false, 'that would go on for ever');
      });
    }

    it('is not given up for another reason', async () => {
      const { negotiation } = await recalled(left('temperature'), renamed);
      for (const message of ['max_completion_tokens is too large: at most 200000', 'A key is required', 'too long']) {
        assert.equal(negotiation.refused(factsOf({ message }), 400, negotiation.adapt(body)), false, message);
      }
    });
  });

  it('tells what was sent in another way, without what may not be told', async () => {
    const negotiation = new Negotiation('m');
    const asked = { ...body, provider: { secret: 1 } };
    assert.equal(
      adaptedParameters(asked, await negotiation.turn(asked, signal), () => true),
      undefined,
    );
    for (const param of ['temperature', 'max_tokens', 'stream_options', 'n']) {
      negotiation.refused(factsOf({ message: 'x', param, code: 'unsupported_parameter' }), 400, asked);
    }
    const turn = await negotiation.turn(asked, AbortSignal.abort());
    assert.deepEqual(
      adaptedParameters(asked, turn, (name) => name !== 'provider'),
      {
        sent: { top_p: 0.5, seed: 1, max_completion_tokens: 30 },
        renamed: { max_tokens: 'max_completion_tokens' },
        leftOut: ['temperature'],
      },
    );
  });
});
