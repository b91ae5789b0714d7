import type OpenAI from 'openai';
import type { AttemptOutcome, Failure, RateLimitHints, TokenUsage } from '../../model/attempt.ts';
import { failureOf, httpErrorFacts } from '../httpFailures.ts';
import { parseRateLimitHeaders } from './rateLimitHeaders.ts';
import type { Generation, GenerationOptions, GenerationRequest, ManyService } from '../service.ts';
import { defaultExpectedOutputTokens, estimateInputTokens, estimateTokens } from '../tokens.ts';

export interface OpenAiServiceOptions {
  readonly name: string;
  readonly baseUrl: string;
  /** Undefined for endpoints that need none. */
  readonly apiKey: string | undefined;
  /** Longest silence between two pieces of text, ms. Keepalives do not count. */
  readonly contentIdleMs?: number;
  /** Longest whole attempt, ms. */
  readonly totalMs?: number;
}

const defaultContentIdleMs = 60_000;
const defaultTotalMs = 600_000;
const charactersPerToken = 4;

/** OpenAI's own newer models accept only the new name; most compatible servers know only the old one. */
function outputLimit(baseUrl: string, maxTokens: number | undefined): Record<string, number> {
  if (maxTokens === undefined) return {};
  return new URL(baseUrl).hostname === 'api.openai.com'
    ? { max_completion_tokens: maxTokens }
    : { max_tokens: maxTokens };
}

/** Chat completions of any OpenAI-compatible endpoint, streamed. */
export class OpenAiService implements ManyService {
  readonly name: string;
  readonly #options: OpenAiServiceOptions;
  #client: Promise<OpenAI> | undefined;
  /** Length of the last text that a prompt came to: what progress is measured against. */
  readonly #lastLengths = new WeakMap<GenerationRequest['messages'], number>();

  constructor(options: OpenAiServiceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async generate(request: GenerationRequest, options: GenerationOptions): Promise<AttemptOutcome<Generation>> {
    const outcome = await this.generateMany(request, 1, options);
    if (outcome.kind === 'failed') return outcome;
    const [generation] = outcome.result;
    if (generation && generation.text.trim() !== '') return { ...outcome, result: generation };
    return { ...outcome, kind: 'failed', failure: this.#failure('empty') };
  }

  async generateMany(
    request: GenerationRequest,
    count: number,
    { signal, onProgress, onHints }: GenerationOptions,
  ): Promise<AttemptOutcome<readonly Generation[]>> {
    const watchdog = new Watchdog(
      this.#options.contentIdleMs ?? defaultContentIdleMs,
      this.#options.totalMs ?? defaultTotalMs,
      signal,
    );
    let hints: RateLimitHints | undefined;
    const texts = Array<string>(count).fill('');
    let usage: TokenUsage | undefined;
    const received = (): number => texts.reduce((sum, text) => sum + text.length, 0);
    const failed = (failure: Failure): AttemptOutcome<readonly Generation[]> => ({
      kind: 'failed',
      failure,
      ...(hints ? { hints } : {}),
      ...(usage ? { usage } : {}),
    });
    try {
      const client = await (this.#client ??= this.#connect());
      const { data: stream, response } = await client.chat.completions
        .create(this.#body(request, count), { signal: watchdog.signal })
        .withResponse();
      hints = parseRateLimitHeaders(response.headers);
      onHints?.(hints ?? {});
      const finishReasons = new Map<number, string>();
      let model = request.model;
      const expected =
        count *
        (this.#lastLengths.get(request.messages) ??
          (request.parameters.maxTokens ?? defaultExpectedOutputTokens) * charactersPerToken);
      for await (const chunk of stream) {
        if (chunk.usage) usage = { input: chunk.usage.prompt_tokens, output: chunk.usage.completion_tokens };
        if (chunk.model) model = chunk.model;
        for (const { index, delta, finish_reason: finishReason } of chunk.choices) {
          if (delta.content) {
            texts[index] = (texts[index] ?? '') + delta.content;
            watchdog.contentArrived();
            onProgress(received() / expected);
          }
          if (finishReason !== null) finishReasons.set(index, finishReason);
        }
      }
      if (watchdog.expired) return failed(this.#failure('timeout'));
      if (signal.aborted) return failed({ reason: 'cancelled', message: 'Cancelled.' });
      if ([...finishReasons.values()].includes('content_filter')) return failed(this.#failure('content-filter'));
      // Without a finish_reason the stream was cut, which the SDK does not tell. A service may give fewer than asked for.
      if (finishReasons.size === 0) return failed(this.#failure('truncated'));
      if (texts.some((text, index) => text !== '' && !finishReasons.has(index)))
        return failed(this.#failure('truncated'));
      this.#lastLengths.set(request.messages, Math.max(1, received() / count));
      usage ??= { input: estimateInputTokens(request.messages), output: estimateTokens(texts.join('')) };
      return { kind: 'completed', result: texts.map((text) => ({ text, model })), usage, ...(hints ? { hints } : {}) };
    } catch (error) {
      if (watchdog.expired) return failed(this.#failure('timeout'));
      if (signal.aborted) return failed({ reason: 'cancelled', message: 'Cancelled.' });
      const { headers } = httpErrorFacts(error);
      hints ??= headers && parseRateLimitHeaders(headers);
      const failure = failureOf(error, this.name, this.#options.baseUrl, Date.now());
      // Text had begun to arrive, so it is the stream that broke off, whatever the socket says.
      return failed(received() > 0 && failure.reason === 'connection' ? this.#failure('truncated') : failure);
    } finally {
      watchdog.dispose();
    }
  }

  #body({ model, messages, parameters }: GenerationRequest, count: number): OpenAI.ChatCompletionCreateParamsStreaming {
    return {
      model,
      messages: messages.map((message) => ({ ...message })),
      stream: true,
      stream_options: { include_usage: true },
      ...(count === 1 ? {} : { n: count }),
      ...(parameters.temperature === undefined ? {} : { temperature: parameters.temperature }),
      // Deprecated by OpenAI, but honoured by most compatible servers.
      // eslint-disable-next-line @typescript-eslint/no-deprecated
      ...(parameters.seed === undefined ? {} : { seed: parameters.seed }),
      ...outputLimit(this.#options.baseUrl, parameters.maxTokens),
    };
  }

  #failure(reason: 'timeout' | 'truncated' | 'empty' | 'content-filter'): Failure {
    const service = `The service "${this.name}"`;
    switch (reason) {
      case 'timeout':
        return { reason, message: `${service} sent no text for too long.` };
      case 'truncated':
        return { reason, message: `${service} broke off in the middle of the text.` };
      case 'empty':
        return { reason, message: `${service} answered without any text.` };
      case 'content-filter':
        return { reason, message: `${service} withheld the text (content filter): change the prompt.` };
    }
  }

  async #connect(): Promise<OpenAI> {
    const { OpenAI } = await import('openai');
    return new OpenAI({
      apiKey: this.#options.apiKey ?? 'none',
      baseURL: this.#options.baseUrl,
      maxRetries: 0,
      logLevel: 'off',
      // The watchdog below is the timeout; the SDK's own must never fire first.
      timeout: 2 * (this.#options.totalMs ?? defaultTotalMs),
      // The environment's values belong to other services.
      organization: null,
      project: null,
    });
  }
}

/** Aborts a call that is cancelled, silent for too long, or too long altogether. */
class Watchdog {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #total: NodeJS.Timeout;
  readonly #idle: NodeJS.Timeout;
  expired = false;

  constructor(idleMs: number, totalMs: number, outer: AbortSignal) {
    this.#outer = outer;
    this.#total = setTimeout(this.#expire, totalMs);
    this.#idle = setTimeout(this.#expire, idleMs);
    if (outer.aborted) this.#cancel();
    else outer.addEventListener('abort', this.#cancel, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  contentArrived(): void {
    this.#idle.refresh();
  }

  dispose(): void {
    clearTimeout(this.#total);
    clearTimeout(this.#idle);
    this.#outer.removeEventListener('abort', this.#cancel);
  }

  readonly #expire = (): void => {
    this.expired = true;
    this.#controller.abort();
  };

  readonly #cancel = (): void => {
    this.#controller.abort();
  };
}
