import type OpenAI from 'openai';
import type { AttemptOutcome, Failure, RateLimitHints, TokenUsage } from '../engine/outcome.ts';
import { failureOf, httpErrorFacts } from './failures.ts';
import { parseRateLimitHeaders } from './rateLimitHeaders.ts';
import type { Generation, GenerationOptions, GenerationRequest, Service } from './service.ts';
import { defaultExpectedOutputTokens, estimateInputTokens, estimateTokens } from './tokens.ts';

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
  return new URL(baseUrl).hostname === 'api.openai.com' ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens };
}

/** Chat completions of any OpenAI-compatible endpoint, streamed. */
export class OpenAiService implements Service {
  readonly name: string;
  readonly #options: OpenAiServiceOptions;
  #client: Promise<OpenAI> | undefined;
  /** Length of the last text that a prompt came to: what progress is measured against. */
  readonly #lastLengths = new WeakMap<GenerationRequest['messages'], number>();

  constructor(options: OpenAiServiceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async generate(
    request: GenerationRequest,
    { signal, onProgress, onHints }: GenerationOptions,
  ): Promise<AttemptOutcome<Generation>> {
    const watchdog = new Watchdog(
      this.#options.contentIdleMs ?? defaultContentIdleMs,
      this.#options.totalMs ?? defaultTotalMs,
      signal,
    );
    let hints: RateLimitHints | undefined;
    let text = '';
    let usage: TokenUsage | undefined;
    const failed = (failure: Failure): AttemptOutcome<Generation> => ({
      kind: 'failed',
      failure,
      ...(hints ? { hints } : {}),
      ...(usage ? { usage } : {}),
    });
    try {
      const client = await (this.#client ??= this.#connect());
      const { data: stream, response } = await client.chat.completions
        .create(
          {
            model: request.model,
            messages: request.messages.map((message) => ({ ...message })),
            stream: true,
            stream_options: { include_usage: true },
            ...(request.parameters.temperature === undefined ? {} : { temperature: request.parameters.temperature }),
            // Deprecated by OpenAI, but honoured by most compatible servers.
            // eslint-disable-next-line @typescript-eslint/no-deprecated
            ...(request.parameters.seed === undefined ? {} : { seed: request.parameters.seed }),
            ...outputLimit(this.#options.baseUrl, request.parameters.maxTokens),
          },
          { signal: watchdog.signal },
        )
        .withResponse();
      hints = parseRateLimitHeaders(response.headers);
      if (hints) onHints?.(hints);
      let finishReason: string | null = null;
      let model = request.model;
      const expected =
        this.#lastLengths.get(request.messages) ??
        (request.parameters.maxTokens ?? defaultExpectedOutputTokens) * charactersPerToken;
      for await (const chunk of stream) {
        if (chunk.usage) usage = { input: chunk.usage.prompt_tokens, output: chunk.usage.completion_tokens };
        if (chunk.model) model = chunk.model;
        const choice = chunk.choices[0];
        if (choice?.delta.content) {
          text += choice.delta.content;
          watchdog.contentArrived();
          onProgress(text.length / expected);
        }
        finishReason = choice?.finish_reason ?? finishReason;
      }
      if (watchdog.expired) return failed(this.#failure('timeout'));
      if (signal.aborted) return failed({ reason: 'cancelled', message: 'Cancelled.' });
      if (finishReason === 'content_filter') return failed(this.#failure('content-filter'));
      if (finishReason === null) return failed(this.#failure('truncated'));
      if (text.trim() === '') return failed(this.#failure('empty'));
      this.#lastLengths.set(request.messages, text.length);
      usage ??= { input: estimateInputTokens(request.messages), output: estimateTokens(text) };
      return { kind: 'completed', result: { text, model }, usage, ...(hints ? { hints } : {}) };
    } catch (error) {
      if (watchdog.expired) return failed(this.#failure('timeout'));
      if (signal.aborted) return failed({ reason: 'cancelled', message: 'Cancelled.' });
      const { headers } = httpErrorFacts(error);
      hints ??= headers && parseRateLimitHeaders(headers);
      const failure = failureOf(error, this.name, this.#options.baseUrl, Date.now());
      // Text had begun to arrive, so it is the stream that broke off, whatever the socket says.
      return failed(text !== '' && failure.reason === 'connection' ? this.#failure('truncated') : failure);
    } finally {
      watchdog.dispose();
    }
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
