import assert from 'node:assert/strict';
import { readErrorValue } from '../../../src/services/errorBody.ts';
import { adaptationLifeMs, type LearnedAdaptation } from '../../../src/model/adaptation.ts';
import {
  adaptationFor,
  adaptedParameters,
  Negotiation,
  type NegotiationStore,
  type RequestBody,
} from '../../../src/services/negotiation.ts';

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
      const negotiation = new Negotiation('m', () => now);
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
      const learning = new Negotiation('m', () => time);
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
      for (const message of ['max_completion_tokens is too large: at most 10', 'A key is required', 'too long']) {
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
