import { cancelledFailure, type AttemptOutcome, type Failure, type TokenUsage } from '../../model/attempt.ts';
import type { ChatMessage } from '../../model/message.ts';
import {
  emptinessOf,
  mostLiveCharacters,
  notMade,
  type Generation,
  type GenerationOptions,
  type GenerationRequest,
  type Service,
} from '../service.ts';
import { messagesInWords } from '../schemaFormat.ts';
import { defaultExpectedOutputTokens, estimateInputTokens, estimateTokens } from '../tokens.ts';
import { modelNamed, type EditorModel, type EditorModels } from './editorModels.ts';
import { failureOfEditor } from './failures.ts';

/** A model that says nothing for so long has forgotten the call, ms. */
const silenceMs = 180_000;
const charactersPerToken = 4;

interface Sent {
  readonly text: string;
  readonly failure?: Failure;
}

/** The editor's own language models: each call is a request of the person's plan with whoever brings the model. */
export class VscodeLmService implements Service {
  readonly name: string;
  readonly #models: EditorModels | undefined;
  /** The first call of a model may ask the person for consent: the others start when it was answered. */
  readonly #answered = new Map<string, Promise<undefined>>();

  /** @param models absent outside of the editor */
  constructor(name: string, models: EditorModels | undefined) {
    this.name = name;
    this.#models = models;
  }

  async generate(request: GenerationRequest, options: GenerationOptions): Promise<AttemptOutcome<Generation>> {
    const found = await this.#find(request.model);
    if ('failure' in found) return { kind: 'failed', failure: found.failure, calls: 0 };
    const { model } = found;
    const answered = await this.#turn(model.name, options.signal);
    const refused = await options.admit?.(1);
    if (refused) {
      answered();
      return notMade(refused);
    }
    const { schema } = request;
    const messages = schema ? messagesInWords(request.messages, schema) : request.messages;
    const { text, failure } = await this.#send(model, { ...request, messages }, options, answered);
    const usage = text === '' && failure ? undefined : await usageOf(model, messages, text);
    const problem = failure ?? emptinessOf({ text, model: model.name }, this.name);
    if (problem) return { kind: 'failed', failure: problem, ...(usage ? { usage } : {}) };
    return {
      kind: 'completed',
      result: { text, model: model.name, finish: 'stop' },
      usage: usage ?? { input: estimateInputTokens(messages), output: estimateTokens(text) },
    };
  }

  async #find(name: string): Promise<{ readonly model: EditorModel } | { readonly failure: Failure }> {
    if (!this.#models) {
      const message = `The service "${this.name}" has the editor's models: it can only be used in the editor.`;
      return { failure: { reason: 'forbidden', message } };
    }
    try {
      const models = await this.#models.list();
      const model = modelNamed(models, name);
      if (model) return { model };
      const names = models.map((each) => each.name).join(', ');
      const message =
        models.length === 0
          ? `The editor has no language models for the service "${this.name}": install an extension that brings some, or sign in to it.`
          : `The editor has no model "${name}" for the service "${this.name}": choose one of ${names}.`;
      return { failure: { reason: 'unknown-model', message } };
    } catch (error) {
      return { failure: failureOfEditor(error, this.name, name) };
    }
  }

  /** @returns to be called when the model has answered */
  async #turn(model: string, signal: AbortSignal): Promise<() => void> {
    const first = this.#answered.get(model);
    if (first) {
      await untilAborted(first, signal);
      return () => undefined;
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#answered.set(model, promise);
    return () => resolve(undefined);
  }

  async #send(
    model: EditorModel,
    request: GenerationRequest,
    options: GenerationOptions,
    answered: () => void,
  ): Promise<Sent> {
    const { signal, onProgress, onText, onHints } = options;
    const silence = new AbortController();
    const stop = AbortSignal.any([signal, silence.signal]);
    const expected = (request.parameters.maxTokens ?? defaultExpectedOutputTokens) * charactersPerToken;
    let text = '';
    onText?.(() => text.slice(0, mostLiveCharacters));
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
    };
    try {
      wait();
      for await (const piece of until(model.send(request.messages, request.parameters, stop), stop)) {
        if (text === '') onHints?.({});
        answered();
        wait();
        text += piece;
        onProgress(text.length / expected);
      }
      if (!stop.aborted) return { text };
    } catch (error) {
      if (!stop.aborted) return { text, failure: failureOfEditor(error, this.name, model.name) };
    } finally {
      clearTimeout(timer);
      answered();
    }
    if (signal.aborted) return { text, failure: cancelledFailure };
    const message = `The service "${this.name}" sent no text for ${silenceMs / 1000} s.`;
    return { text, failure: { reason: 'timeout', message } };
  }
}

/** @returns undefined once the signal is aborted */
async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  const { promise: stopped, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => resolve(undefined);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The pieces until the signal: the editor does not always tell a model that nobody waits any more, and it never ends then. */
async function* until(pieces: AsyncIterable<string>, signal: AbortSignal): AsyncIterable<string> {
  const iterator = pieces[Symbol.asyncIterator]();
  for (;;) {
    const next = iterator.next();
    const result = await untilAborted(next, signal);
    if (!result) {
      next.catch(() => undefined);
      void iterator.return?.(undefined).catch(() => undefined);
      return;
    }
    if (result.done === true) return;
    yield result.value;
  }
}

/** As the model counts, or an estimate where it does not. */
async function usageOf(model: EditorModel, messages: readonly ChatMessage[], text: string): Promise<TokenUsage> {
  try {
    const [input, output] = await Promise.all([
      model.countTokens(messages.map(({ content }) => content).join('\n')),
      model.countTokens(text),
    ]);
    if (Number.isFinite(input) && Number.isFinite(output) && input >= 0 && output >= 0) return { input, output };
  } catch {
    // What it costs is known about as well without.
  }
  return { input: estimateInputTokens(messages), output: estimateTokens(text) };
}
