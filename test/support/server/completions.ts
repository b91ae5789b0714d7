import { hash } from 'node:crypto';
import { type ApiError, errorBody, missingApiKey, unsupportedParameter, wrongApiKey } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { FaultChooser, type FaultKind, faultError } from './faults.ts';
import { habits, type RawAnswer } from './habits.ts';
import { chunkDueMs, sampleLatency } from './latency.ts';
import { PromptCache } from './promptCache.ts';
import { RateLimits, retryAfterHeaders } from './limits.ts';
import type { ServerOptions } from './options.ts';
import { seededRandom } from './random.ts';
import { BadRequest, type ChatRequest, parseChatRequest } from './request.ts';
import { Slots } from './slots.ts';
import { tokensOfChunk, writeTokens } from './text.ts';
import {
  type AnswerHead,
  type Choice,
  completionBody,
  countTokens,
  keepaliveComment,
  streamEnd,
  StreamWriter,
  type TokensUsed,
} from './wire.ts';

/** A counter per key that forgets everything rather than grow without end. */
class Tally {
  readonly #counts = new Map<string, number>();

  get(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string): number {
    if (this.#counts.size >= 1_000_000) {
      this.#counts.clear();
    }
    const count = this.get(key) + 1;
    this.#counts.set(key, count);
    return count;
  }
}

/** An admitted call on its way to its answer. */
interface Job {
  readonly call: ChatRequest;
  readonly choices: readonly Choice[];
  readonly fault: FaultKind | null;
  readonly latencyMs: number;
  /** Gives the quota back, where failed calls are free. */
  readonly refund: () => void;
}

/** Answers chat-completions calls: key, shape, limits, faults, text. */
export class Completions {
  #options: ServerOptions;
  #limits: RateLimits | null;
  #faults: FaultChooser;
  /** Admitted calls per item. */
  readonly #attempts = new Tally();
  /** Calls per messages that were given an answer without a fault. */
  readonly #answers = new Tally();
  readonly #slots = new Slots();
  readonly #promptCache = new PromptCache();
  #active = 0;
  #calls = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#limits = createLimits(options);
    this.#faults = new FaultChooser(options.faults, options.seed);
  }

  get options(): ServerOptions {
    return this.#options;
  }

  /** Applies to calls that arrive from now on; quotas and fault rules that are given start afresh. */
  configure(changes: Partial<ServerOptions>): void {
    this.#options = { ...this.#options, ...changes };
    if (changes.limits !== undefined) {
      this.#limits = createLimits(this.#options);
    }
    if (changes.faults !== undefined || changes.seed !== undefined) {
      this.#faults = new FaultChooser(this.#options.faults, this.#options.seed);
    }
  }

  /** The headers of each response: request id and quotas. */
  headers(): Record<string, string> {
    return {
      'x-request-id': `req_${hash('sha1', `${this.#options.seed}|${++this.#calls}`)}`,
      ...this.#limits?.headers(performance.now()),
    };
  }

  checkKey(authorization: string | undefined): ApiError | null {
    const { apiKey } = this.#options;
    if (apiKey === null || authorization === `Bearer ${apiKey}`) {
      return null;
    }
    return authorization === undefined ? missingApiKey : wrongApiKey;
  }

  handle(exchange: Exchange, authorization: string | undefined, body: string): void {
    if (exchange.ended) {
      return;
    }
    const { record } = exchange;
    const keyError = this.checkKey(authorization);
    if (keyError !== null) {
      this.refuse(exchange, keyError);
      return;
    }
    let call: ChatRequest;
    try {
      call = parseChatRequest(body, record.itemHeader);
      const { promptTokens } = this.#options;
      if (promptTokens) call = { ...call, promptTokens: promptTokens(call.messages.map(({ text }) => text)) };
    } catch (error) {
      if (!(error instanceof BadRequest)) {
        throw error;
      }
      this.refuse(exchange, error.error);
      return;
    }
    const refused = this.#options.refuses.find((name) => Object.hasOwn(call.body, name));
    if (refused !== undefined) {
      this.refuse(exchange, unsupportedParameter(refused));
      return;
    }
    record.messagesHash = call.messagesHash;
    record.seed = call.seed;
    record.promptTokens = call.promptTokens;
    const choices = this.#writeChoices(call);
    const refund = this.#admit(exchange, call, choices);
    if (refund === null) {
      return;
    }
    this.#slots.use(this.#options.slots, exchange, () => this.#start(exchange, call, choices, refund));
  }

  refuse(exchange: Exchange, error: ApiError, waitMs: number | null = null): void {
    this.#sendError(exchange, error, waitMs, 'rejected');
  }

  /** Takes quota and a slot, or refuses the call and returns null. */
  #admit(exchange: Exchange, call: ChatRequest, choices: readonly Choice[]): (() => void) | null {
    const limits = this.#limits;
    const mostTokens = (call.maxTokens ?? mostOf(this.#options.outputTokens)) * call.n;
    const tokens = limits?.tokenCost(call.promptTokens, mostTokens, countTokens(choices)) ?? 0;
    const refusal = limits?.admit(tokens, this.#active, performance.now()) ?? null;
    if (refusal !== null) {
      const { type, message, waitMs } = refusal;
      this.refuse(exchange, { status: 429, type, code: 'rate_limit_exceeded', message }, waitMs);
      return null;
    }
    this.#active++;
    exchange.onEnd(() => this.#active--);
    exchange.record.accepted = true;
    return () => limits?.failed(tokens, performance.now());
  }

  #start(exchange: Exchange, call: ChatRequest, choices: readonly Choice[], refund: () => void): void {
    const { seed, latency } = this.#options;
    const item = call.itemHeader ?? call.messagesHash;
    const attempt = this.#attempts.add(item);
    const { habit } = this.#options;
    const answer = typeof habit === 'string' ? habits[habit] : habit;
    const raw = typeof answer === 'function' ? answer({ model: call.model, attempt, body: call.body }) : answer;
    if (raw !== null) {
      this.#answerRaw(exchange, raw);
      return;
    }
    if (this.#options.promptCache) {
      exchange.record.cachedTokens = this.#promptCache.cachedTokens(call);
    }
    const latencyMs = sampleLatency(latency, seededRandom('latency', seed, item, attempt), this.#active);
    const fault = this.#faults.choose({ ...call, item, attempt });
    exchange.record.fault = fault;
    exchange.record.plannedMs = latencyMs;
    if (fault === null) {
      this.#answers.add(call.messagesHash);
    }
    const job: Job = { call, choices: fault === null ? choices : spoil(choices, fault), fault, latencyMs, refund };
    if (fault !== null && this.#failWithoutAnswer(exchange, fault, job)) {
      return;
    }
    if (call.stream) {
      this.#stream(exchange, job);
    } else {
      exchange.play(
        1,
        () => latencyMs,
        () => this.#answerAtOnce(exchange, job),
      );
    }
  }

  #answerRaw(
    exchange: Exchange,
    { status = 200, headers = streamHeaders, body = [], gapMs = 0, end }: RawAnswer,
  ): void {
    exchange.head(status, { ...headers, ...this.headers() });
    exchange.play(
      body.length + 1,
      (index) => gapMs * (index + 1),
      (index) => {
        const piece = body[index];
        if (piece !== undefined) {
          exchange.write(piece);
        } else if (end === 'reset') {
          exchange.write('', () => exchange.drop('reset'));
        } else if (end !== 'hang') {
          exchange.finish(status < 400 ? 'completed' : 'faulted');
        }
      },
    );
  }

  /** Plays the faults that leave no trace of an answer; false for the others. */
  #failWithoutAnswer(exchange: Exchange, fault: FaultKind, job: Job): boolean {
    if (fault === 'hang') {
      return true;
    }
    const error = faultError(fault);
    if (error === null && fault !== 'reset') {
      return false;
    }
    const late = error === null || error.status >= 500;
    const dueMs = late ? job.latencyMs * this.#options.faultLatencyShare : 0;
    exchange.record.plannedMs = dueMs;
    const fail = (): void => {
      job.refund();
      if (error === null) {
        exchange.drop('reset');
      } else {
        this.#sendError(exchange, error, fault === '429' ? this.#options.faultRetryAfterMs : null, 'faulted');
      }
    };
    exchange.play(1, () => dueMs, fail);
    return true;
  }

  #stream(exchange: Exchange, job: Job): void {
    const { call, choices, fault, latencyMs } = job;
    const { firstTokenShare } = this.#options;
    const writer = new StreamWriter(this.#answerHead(call), call.includeUsage);
    const longest = Math.max(...choices.map((choice) => choice.tokens.length));
    const chunks = Math.max(1, Math.min(this.#options.chunks, longest));
    const half = Math.ceil(chunks / 2);
    const cut = fault === 'truncated' || fault === 'reset-midstream';
    const played = fault === 'hang-midstream' ? 1 : cut ? half : chunks;
    exchange.play(
      played,
      (index) => chunkDueMs(index, chunks, latencyMs, firstTokenShare),
      (index) => {
        let events = '';
        if (index === 0) {
          exchange.head(200, { ...streamHeaders, ...this.headers() });
          this.#promptCache.learn(call);
          events += choices.map((_, choice) => writer.role(choice)).join('');
        }
        choices.forEach(({ tokens }, choice) => {
          const piece = tokensOfChunk(tokens, index, chunks);
          exchange.record.completionTokens += piece.length;
          events += piece.length > 0 ? writer.content(choice, piece.join('')) : '';
        });
        if (fault === 'malformed' && index === half - 1) {
          events += writer.malformed(0);
        }
        if (index < played - 1) {
          exchange.write(events);
        } else {
          this.#endStream(exchange, job, writer, events);
        }
      },
    );
  }

  #endStream(exchange: Exchange, { call, choices, fault }: Job, writer: StreamWriter, events: string): void {
    switch (fault) {
      case 'hang-midstream':
        exchange.write(events);
        exchange.repeat(keepaliveComment, this.#options.keepaliveMs);
        break;
      case 'reset-midstream':
        exchange.write(events, () => exchange.drop('reset'));
        break;
      case 'truncated':
        exchange.finish('faulted', events);
        break;
      default:
        exchange.finish(
          fault === null ? 'completed' : 'faulted',
          events +
            choices.map(({ finishReason }, choice) => writer.finish(choice, finishReason)).join('') +
            (call.includeUsage ? writer.usage(tokensUsed(exchange, choices)) : '') +
            streamEnd,
        );
    }
  }

  #answerAtOnce(exchange: Exchange, { call, choices, fault }: Job): void {
    const body = completionBody(this.#answerHead(call), choices, tokensUsed(exchange, choices));
    const half = body.slice(0, body.length / 2);
    const sent = fault === 'malformed' ? half : body;
    exchange.record.completionTokens = countTokens(choices);
    this.#promptCache.learn(call);
    exchange.head(200, {
      ...jsonHeaders,
      ...(fault !== 'hang-midstream' && { 'content-length': String(Buffer.byteLength(sent)) }),
      ...this.headers(),
    });
    switch (fault) {
      case 'hang-midstream':
        exchange.write(' ');
        exchange.repeat(' ', this.#options.keepaliveMs);
        break;
      case 'reset-midstream':
        exchange.write(half, () => exchange.drop('reset'));
        break;
      case 'truncated':
        exchange.write(half, () => exchange.drop('close'));
        break;
      default:
        exchange.finish(fault === null ? 'completed' : 'faulted', sent);
    }
  }

  #sendError(exchange: Exchange, error: ApiError, waitMs: number | null, outcome: 'rejected' | 'faulted'): void {
    const body = errorBody(error);
    exchange.head(error.status, {
      ...jsonHeaders,
      'content-length': String(Buffer.byteLength(body)),
      ...retryAfterHeaders(waitMs, this.#options.retryAfter),
      ...this.headers(),
    });
    exchange.finish(outcome, body);
  }

  #answerHead(call: ChatRequest): AnswerHead {
    return {
      id: `chatcmpl-${hash('sha1', `${this.#options.seed}|${call.messagesHash}|${++this.#calls}`).slice(0, 29)}`,
      created: Math.floor(Date.now() / 1000),
      model: call.model,
    };
  }

  #writeChoices(call: ChatRequest): Choice[] {
    const { seed, outputTokens, vary } = this.#options;
    const nonces = {
      call: call.seed ?? `call ${this.#answers.get(call.messagesHash)}`,
      item: `item ${call.itemHeader ?? ''}`,
      none: '',
    };
    return Array.from({ length: call.n }, (_, index) => {
      const random = seededRandom('text', seed, call.messagesHash, nonces[vary], index);
      const wanted = sampleLength(outputTokens, random);
      const written = Math.min(wanted, call.maxTokens ?? wanted);
      return { tokens: writeTokens(random, written), finishReason: written < wanted ? 'length' : 'stop' };
    });
  }
}

const jsonHeaders = { 'content-type': 'application/json' };
const streamHeaders = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

function tokensUsed({ record }: Exchange, choices: readonly Choice[]): TokensUsed {
  return { prompt: record.promptTokens, cached: record.cachedTokens, completion: countTokens(choices) };
}

/** The choices as a fault that leaves the answer whole in shape makes them. */
function spoil(choices: readonly Choice[], fault: FaultKind): readonly Choice[] {
  switch (fault) {
    case 'empty':
      return choices.map(() => ({ tokens: [], finishReason: 'stop' }));
    case 'content_filter':
    case 'length':
      return choices.map(({ tokens }) => ({
        tokens: tokens.slice(0, Math.ceil(tokens.length / 2)),
        finishReason: fault,
      }));
    default:
      return choices;
  }
}

function createLimits({ limits }: ServerOptions): RateLimits | null {
  return limits === null ? null : new RateLimits(limits, performance.now());
}

function sampleLength(outputTokens: ServerOptions['outputTokens'], random: () => number): number {
  if (typeof outputTokens === 'number') {
    return outputTokens;
  }
  return outputTokens.min + Math.floor(random() * (outputTokens.max - outputTokens.min + 1));
}

function mostOf(outputTokens: ServerOptions['outputTokens']): number {
  return typeof outputTokens === 'number' ? outputTokens : outputTokens.max;
}
