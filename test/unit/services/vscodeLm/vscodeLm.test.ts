import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { isHopeless, type FailureReason } from '../../../../src/model/attempt.ts';
import type { GenerationOptions, TextSoFar } from '../../../../src/services/service.ts';
import { modelNamed, type EditorModel } from '../../../../src/services/vscodeLm/editorModels.ts';
import { failureOfEditor } from '../../../../src/services/vscodeLm/failures.ts';
import { VscodeLmService } from '../../../../src/services/vscodeLm/vscodeLm.ts';

const request = { model: 'mini', messages: [{ role: 'user', content: 'Write.' }], parameters: {}, index: 1 } as const;

function options(signal = new AbortController().signal): GenerationOptions & { readonly shares: number[] } {
  const shares: number[] = [];
  return { signal, onProgress: (share) => shares.push(share), shares };
}

function fake(more: Partial<EditorModel> = {}): EditorModel {
  return {
    name: 'copilot/mini',
    title: 'Mini',
    send: async function* () {
      await setImmediate();
      yield 'A te';
      yield 'xt.';
    },
    countTokens: (text) => Promise.resolve(text.length),
    ...more,
  };
}

const serviceOf = (...models: EditorModel[]) => new VscodeLmService('editor', { list: () => Promise.resolve(models) });

/** As the editor makes them: what can be relied on is the code. */
function editorError(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

/** Before its first piece. */
const failing = (error: unknown) => (): AsyncIterable<string> => ({
  [Symbol.asyncIterator]: () => ({
    next: async () => {
      await setImmediate();
      throw error;
    },
  }),
});

describe("the editor's models", () => {
  it('write a text, piece by piece, and count its tokens', async () => {
    const told = options();
    const outcome = await serviceOf(fake()).generate(request, told);
    assert.deepEqual(outcome, {
      kind: 'completed',
      result: { text: 'A text.', model: 'copilot/mini', finish: 'stop' },
      usage: { input: 'Write.'.length, output: 'A text.'.length },
    });
    assert.equal(told.shares.length, 2);
  });

  it('show what they have written so far', async () => {
    let soFar: TextSoFar | undefined;
    const seen: (string | undefined)[] = [];
    const onProgress = () => seen.push(soFar?.(0));
    await serviceOf(fake()).generate(request, { ...options(), onProgress, onText: (text) => (soFar = text) });
    assert.deepEqual(seen, ['A te', 'A text.']);
  });

  it('are called though nobody can count their tokens', async () => {
    for (const countTokens of [() => Promise.reject(new Error('no')), () => Promise.resolve(Number.NaN)]) {
      const outcome = await serviceOf(fake({ countTokens })).generate(request, options());
      assert.equal(outcome.kind, 'completed');
      assert.ok(outcome.usage.output > 0);
    }
  });

  it('are named by who brings them, by their id, or not at all', () => {
    const [first, second] = [fake({ name: 'a/one' }), fake({ name: 'b/two' })];
    assert.equal(modelNamed([first, second], 'b/two'), second);
    assert.equal(modelNamed([first, second], 'two'), second);
    assert.equal(modelNamed([first, second], 'auto'), first);
    assert.equal(modelNamed([first, second], 'wo'), undefined);
    assert.equal(modelNamed([], 'auto'), undefined);
  });

  it('that are not there cost nothing, and say what is', async () => {
    const missing = await serviceOf(fake()).generate({ ...request, model: 'other' }, options());
    assert.ok(missing.kind === 'failed' && missing.calls === 0);
    assert.match(missing.failure.message, /no model "other" for the service "editor": choose one of copilot\/mini\.$/);
    const none = await serviceOf().generate(request, options());
    assert.ok(none.kind === 'failed' && none.failure.message.includes('install an extension'));
    const terminal = await new VscodeLmService('editor', undefined).generate(request, options());
    assert.ok(terminal.kind === 'failed' && terminal.failure.message.includes('can only be used in the editor'));
    for (const outcome of [missing, none, terminal]) {
      assert.ok(isHopeless(outcome.failure.reason), 'no other attempt is made');
    }
  });

  it('are asked for consent by one call, and the others wait for the answer', async () => {
    let asked = 0;
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const send = async function* (): AsyncGenerator<string> {
      asked++;
      await answered;
      yield 'Text.';
    };
    const service = serviceOf(fake({ send }));
    const calls = Array.from({ length: 4 }, () => service.generate(request, options()));
    await setImmediate();
    assert.equal(asked, 1);
    answer();
    assert.deepEqual(
      (await Promise.all(calls)).map(({ kind }) => kind),
      Array.from({ length: 4 }, () => 'completed'),
    );
    assert.equal(asked, 4);
  });

  it('let go at once of a call that is cancelled, though the model never hears of it', async () => {
    const send = async function* (): AsyncGenerator<string> {
      yield 'Half';
      await new Promise<void>(() => undefined);
    };
    const abort = new AbortController();
    const service = serviceOf(fake({ send }));
    const calling = service.generate(request, options(abort.signal));
    await setImmediate();
    abort.abort();
    const outcome = await calling;
    assert.ok(outcome.kind === 'failed' && outcome.failure.reason === 'cancelled');
    // One that waits for an answer that does not come leaves too.
    const other = serviceOf(
      fake({ send: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }) }),
    );
    const leaving = new AbortController();
    const [first, second] = [
      other.generate(request, options(leaving.signal)),
      other.generate(request, options(leaving.signal)),
    ];
    await setImmediate();
    leaving.abort();
    for (const each of [await first, await second]) assert.equal(each.kind, 'failed');
  });

  it('that break off in the middle never leave half a text', async () => {
    const send = async function* (): AsyncGenerator<string> {
      yield 'Half a te';
      await setImmediate();
      throw new Error('The connection was reset (ECONNRESET)');
    };
    const outcome = await serviceOf(fake({ send })).generate(request, options());
    assert.ok(outcome.kind === 'failed' && outcome.failure.reason === 'connection');
    assert.ok(outcome.usage, 'what came was paid for');
  });

  it('that write nothing fail', async () => {
    const send = async function* (): AsyncGenerator<string> {
      await setImmediate();
      yield '  ';
    };
    const outcome = await serviceOf(fake({ send })).generate(request, options());
    assert.ok(outcome.kind === 'failed' && outcome.failure.reason === 'empty');
  });

  const errors: readonly (readonly [unknown, FailureReason])[] = [
    [editorError('NoPermissions', 'Denied by the user'), 'unauthorized'],
    [editorError('Blocked', 'You have no requests left'), 'quota-exhausted'],
    [editorError('NotFound', 'gone'), 'unknown-model'],
    [editorError('', 'x', new Error('Request Failed: 429 too many requests, try again in 3s')), 'rate-limited'],
    [editorError('', 'You have exceeded your premium request allowance'), 'quota-exhausted'],
    [editorError('', 'Response got filtered', editorError('off_topic', 'off topic')), 'content-filter'],
    [editorError('', 'net::ERR fetch failed'), 'connection'],
    [editorError('', 'message exceeds maximum context length'), 'bad-request'],
    [editorError('', 'it broke'), 'server-error'],
    ['a string', 'server-error'],
    [undefined, 'server-error'],
  ];
  for (const [error, reason] of errors) {
    it(`fail with ${reason} and one sentence: ${String(error).slice(0, 60)}`, async () => {
      const outcome = await serviceOf(fake({ send: failing(error) })).generate(request, options());
      assert.ok(outcome.kind === 'failed');
      assert.equal(outcome.failure.reason, reason);
      assert.match(outcome.failure.message, /^(?:The|Your) (?:model|plan) .*"copilot\/mini".*[.!?…]$/);
    });
  }

  it('say how long to wait', () => {
    const error = editorError('', 'Rate limited: try again in 3s');
    assert.equal(failureOfEditor(error, 'editor', 'mini').retryAfterMs, 3000);
  });

  it('may throw anything', () =>
    fc.assert(
      fc.property(fc.anything(), (error) => {
        const { message, reason } = failureOfEditor(error, 'editor', 'mini');
        assert.ok(reason.length > 0);
        assert.ok(!message.includes('\n') && !message.includes('\u001b'), message);
        assert.ok(message.length < 600);
      }),
    ));
});
