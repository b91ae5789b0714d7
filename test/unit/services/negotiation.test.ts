import assert from 'node:assert/strict';
import { readErrorValue } from '../../../src/services/errorBody.ts';
import { adaptationFor, Negotiation, type RequestBody } from '../../../src/services/negotiation.ts';

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
    const negotiation = new Negotiation();
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
    const negotiation = new Negotiation();
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
    const negotiation = new Negotiation();
    await negotiation.turn(body, signal);
    const abort = new AbortController();
    const waiting = negotiation.turn(body, abort.signal);
    abort.abort();
    await waiting;
  });
});
