import { rememberSecrets, secretsOf, withoutCutLatinWord } from '../base/redact.ts';
import type { AdaptedParameters } from '../model/adaptation.ts';
import { cancelledFailure, type AttemptOutcome, type Failure, type RateLimitHints } from '../model/attempt.ts';
import { secretsOfHeaders } from './callAdditions.ts';
import { type Credential, type KeyHeader, redactAnswerFor, redactFor } from './credential.ts';
import { parseRetryAfter, timeOfAnswer } from './durations.ts';
import { type ErrorFacts, readErrorText, readErrorValue, waitAsked } from './errorBody.ts';
import { receive } from './receive.ts';
import { refusedCallIn } from './refusedCall.ts';
import {
  type CallSubject,
  connectionFailure,
  otherBaseFailure,
  redirectFailure,
  refusalOf,
  unreadable,
} from './httpFailures.ts';
import { adaptedParameters, type Learning, type Negotiations, negotiationsOf, type Turn } from './negotiation.ts';
import type { RequestBody } from './refusedParameter.ts';
import { parseRateLimitHeaders } from './rateLimitHeaders.ts';
import type { Answer, AnswerReader, ReadChoice, ReaderOptions } from './reading/answerReader.ts';
import {
  emptinessOf,
  mostLiveCharacters,
  notMade,
  type Generation,
  type GenerationOptions,
  type GenerationRequest,
} from './service.ts';
import { type Timeouts, timeoutsFor, Watchdog } from './timeouts.ts';
import { defaultExpectedOutputTokens } from './tokens.ts';
import { usageOf } from './usage.ts';

/** What becomes of a model's thinking: counted only, kept beside the text, or written before it. */
export type ReasoningUse = 'drop' | 'keep' | 'text';

/** What every service is made with that is called over HTTP. */
export interface CallOptions {
  readonly name: string;
  readonly baseUrl: string;
  /** Undefined for endpoints that need none. */
  readonly credential: Credential | undefined;
  /** Sent with each call over those of the kind; names in small letters. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the kind's. */
  readonly keyHeader?: KeyHeader;
  /** What is not set has a default, which is longer for an address of this computer. */
  readonly timeouts?: Partial<Timeouts>;
  /** Default `drop`. */
  readonly reasoning?: ReasoningUse;
  /** The most of text and thinking that is read of an answer; default 16 MB. */
  readonly maxAnswerBytes?: number;
  /** What is known of the parameters that models take; default: what those have learned that learn together. */
  readonly negotiations?: Negotiations;
  /** Absent: it learns alone. */
  readonly learning?: Learning;
  /** Goes into the body of each call as it stands, over what a request asks for. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** How a kind of services is spoken with. It is loaded by the first call, with the SDK that it needs. */
export interface Protocol {
  readonly body: (request: GenerationRequest, count: number) => RequestBody;
  /** A body as it is sent, once it is known what the service takes: what it does not take may be said in words. */
  readonly inWords?: (body: RequestBody, request: GenerationRequest) => RequestBody;
  /** The parameters that it has no word for. */
  readonly leftOut?: (request: GenerationRequest) => readonly string[];
  /** Sends one call and never tries again; what it throws is a failure of the connection, or has a RefusedCall as cause. */
  readonly send: (body: RequestBody, signal: AbortSignal) => Promise<Response>;
  /** A base address that answers where there is nothing at this one; asked once for many calls. Never throws. */
  readonly otherBase?: () => Promise<string | undefined>;
  /** A new one for each answer. */
  readonly reader: (options: ReaderOptions) => AnswerReader;
}

/** Loads it. @param longest what any call of the service may take */
export type LoadProtocol = (longest: Timeouts) => Promise<Protocol>;

const defaultMaxAnswerBytes = 16 * 1024 * 1024;
const charactersPerToken = 4;
/** A person mends a server meanwhile. */
const otherBaseLifeMs = 60_000;

/**
 * Calls of one service: sends a request as the service takes it, reads the streamed answer, and judges what came of it.
 * What is the service's own is in its protocol.
 */
export class StreamedCalls {
  readonly #options: CallOptions;
  readonly #path: string;
  readonly #load: LoadProtocol;
  readonly #timeouts: { readonly usual: Timeouts; readonly flex: Timeouts };
  readonly #negotiations: Negotiations;
  #protocol: Promise<Protocol> | undefined;
  #otherBase: { readonly askedAt: number; readonly found: Promise<string | undefined> } | undefined;
  /** What is sent along and no sentence may hold. */
  readonly #secrets: readonly string[];
  /** The same for texts that a model made. */
  readonly #secretsOfTexts: readonly string[];
  /** Length of the last text that a prompt came to: what progress is measured against. */
  readonly #lastLengths = new WeakMap<GenerationRequest['messages'], number>();

  /** @param path of a call, behind the base address: `/chat/completions` */
  constructor(options: CallOptions, path: string, load: LoadProtocol) {
    this.#options = options;
    this.#path = path;
    this.#load = load;
    const { baseUrl, timeouts } = options;
    this.#timeouts = { usual: timeoutsFor(baseUrl, timeouts), flex: timeoutsFor(baseUrl, timeouts, 'flex') };
    this.#negotiations = options.negotiations ?? negotiationsOf(options.learning);
    const [ofAddress, ofHeaders] = [secretsOf(options.baseUrl), secretsOfHeaders(options.headers)];
    this.#secrets = [...ofAddress, ...ofHeaders.all];
    this.#secretsOfTexts = [...ofAddress, ...ofHeaders.ofTexts];
    rememberSecrets(this.#secrets);
  }

  async prepare(): Promise<void> {
    await this.#loaded().catch(() => undefined);
  }

  async one(request: GenerationRequest, options: GenerationOptions): Promise<AttemptOutcome<Generation>> {
    const outcome = await this.many(request, 1, options);
    if (outcome.kind === 'failed') return outcome;
    const [generation] = outcome.result;
    const failure = emptinessOf(generation, this.#options.name, outcome.usage);
    if (generation && failure === undefined) return { ...outcome, result: generation };
    return { ...outcome, kind: 'failed', failure: failure ?? { reason: 'empty', message: 'Empty.' } };
  }

  /** @param count at least 1; a result may hold fewer */
  async many(
    request: GenerationRequest,
    count: number,
    options: GenerationOptions,
  ): Promise<AttemptOutcome<readonly Generation[]>> {
    const negotiation = this.#negotiations.of(this.#options.baseUrl, request.model);
    let protocol: Protocol;
    try {
      protocol = await this.#loaded();
    } catch (error) {
      // Its file is gone: the program was replaced while it ran.
      return { kind: 'failed', failure: connectionFailure(error, this.#subject(request.model)) };
    }
    await negotiation.recall(options.negotiations);
    for (let calls: 0 | 1 = 0; ; calls = 1) {
      const asked = { ...protocol.body(request, count), ...this.#options.extra };
      const turn = await negotiation.turn(asked, options.signal, options.negotiations);
      const refused = await options.admit?.(count);
      if (refused) {
        turn.ended();
        return { ...notMade(refused), calls };
      }
      const { outcome, refusal } = await this.#call(protocol, request, count, options, { ...turn, asked });
      const isAdapted = refusal !== undefined && negotiation.refused(refusal.facts, refusal.status, turn.body);
      turn.ended();
      if (!isAdapted || options.signal.aborted) return outcome;
    }
  }

  async #call(
    protocol: Protocol,
    request: GenerationRequest,
    count: number,
    { signal, onProgress, onText, onHints }: GenerationOptions,
    turn: Turn & { readonly asked: RequestBody },
  ): Promise<{ readonly outcome: AttemptOutcome<readonly Generation[]>; readonly refusal?: Refusal | undefined }> {
    const timeouts = turn.body.service_tier === 'flex' ? this.#timeouts.flex : this.#timeouts.usual;
    const watchdog = new Watchdog(timeouts, signal);
    const expected = this.#expectedLength(request, count);
    const answer: AnswerReader = protocol.reader({
      count,
      maxBytes: this.#options.maxAnswerBytes ?? defaultMaxAnswerBytes,
      onContent: (kind) => {
        watchdog.contentArrived();
        turn.accepted();
        if (kind === 'text') onProgress(answer.textLength / expected);
      },
    });
    onText?.((place) => this.#shownSoFar(answer.soFar(place, mostLiveCharacters)));
    let headers: Headers | undefined;
    let hints: RateLimitHints | undefined;
    let broken: unknown;
    try {
      const body = protocol.inWords?.(turn.body, request) ?? turn.body;
      const response = await protocol.send(body, watchdog.signal);
      ({ headers } = response);
      hints = parseRateLimitHeaders(headers);
      onHints?.(hints ?? {});
      if (response.body) await receive(response.body as ReadableStream<Uint8Array>, answer, watchdog);
    } catch (error) {
      broken = error;
      headers ??= refusedCallIn(error)?.headers;
      hints ??= headers && parseRateLimitHeaders(headers);
    } finally {
      watchdog.dispose();
    }
    const facts = hints ? { hints } : {};
    const judged: Judgement = signal.aborted
      ? { failure: cancelledFailure }
      : this.#judge(answer, { broken, expired: watchdog.expired, timeouts, headers }, request);
    if ('failure' in judged) {
      const { refusal } = judged;
      const isAnswered = headers !== undefined && refusedCallIn(broken)?.redirect === undefined;
      const failure = isAnswered
        ? await this.#withOtherBase(judged.failure, protocol, request, signal)
        : judged.failure;
      const isCounted = answer.usage.input !== undefined || answer.usage.output !== undefined;
      const usage = isCounted ? { usage: usageOf(answer, request, []) } : {};
      return { outcome: { kind: 'failed', failure, ...facts, ...usage }, refusal };
    }
    this.#lastLengths.set(request.messages, Math.max(1, answer.textLength / count));
    const model = answer.model ?? request.model;
    const { extra = {} } = this.#options;
    // What stands in settings may be anything, and is no one else's to read.
    const isShown = (parameter: string): boolean => !Object.hasOwn(extra, parameter);
    const adapted = adaptedParameters(turn.asked, turn, isShown, protocol.leftOut?.(request));
    const result = judged.map((choice) => this.#generation(choice, model, adapted));
    const usage = usageOf(answer, request, judged);
    return { outcome: { kind: 'completed', result, usage, ...facts, ...this.#remark(answer, headers, request) } };
  }

  /** Where there is nothing at an address, its sentence names the one that answers, if there is one. */
  async #withOtherBase(
    failure: Failure,
    { otherBase }: Protocol,
    { model }: GenerationRequest,
    signal: AbortSignal,
  ): Promise<Failure> {
    if (failure.reason !== 'wrong-address' || !otherBase) return failure;
    const now = performance.now();
    if (this.#otherBase === undefined || now - this.#otherBase.askedAt > otherBaseLifeMs) {
      this.#otherBase = { askedAt: now, found: otherBase() };
    }
    const { found } = this.#otherBase;
    const base = await beforeAbort(found, signal);
    return base === undefined ? failure : otherBaseFailure(base, this.#subject(model));
  }

  /** What came of a call: its texts, when they have ended, or why there are none. */
  #judge(
    answer: AnswerReader,
    { broken, expired, timeouts, headers }: Ending,
    { model }: GenerationRequest,
  ): Judgement {
    if (!answer.isFinished && !answer.isOver) {
      if (expired) return { failure: this.#timeoutFailure(expired, timeouts) };
      // Text had begun to arrive, so it is the stream that broke off, whatever the socket says.
      if (broken !== undefined) {
        return answer.contentLength > 0
          ? { failure: this.#cutFailure() }
          : this.#failureOf(broken, this.#subject(model));
      }
    }
    const read = answer.end(broken === undefined && expired === undefined);
    if (read.kind !== 'ended') {
      return this.#failureIn(read, headers ?? new Headers(), this.#subject(model));
    }
    const { choices } = read;
    const isRefused = choices.some(({ refusal }) => refusal !== '') && choices.every(({ text }) => text.trim() === '');
    if (isRefused || choices.some(({ finish }) => finish === 'content-filter')) {
      const message = `The service "${this.#options.name}" withheld the text (content filter): change the prompt.`;
      return { failure: { reason: 'content-filter', message } };
    }
    return choices.some(({ finish }) => finish === 'broken') ? { failure: this.#cutFailure() } : choices;
  }

  #subject(model: string): CallSubject {
    const { name, baseUrl, credential } = this.#options;
    const url = new URL(baseUrl);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${this.#path}`;
    return { service: name, address: url.href, baseUrl, model, credential, secrets: this.#secrets };
  }

  /** A call that brought no answer. */
  #failureOf(error: unknown, subject: CallSubject): Failed {
    const refused = refusedCallIn(error);
    if (refused === undefined) return { failure: connectionFailure(error, subject) };
    const { status, headers, body, redirect } = refused;
    if (redirect) return { failure: redirectFailure(status, redirect.target, subject) };
    const facts = readErrorText(body, timeOfAnswer(headers, Date.now()));
    const waitMs = waitAsked(headers, facts.waitMs, Date.now());
    return { failure: refusalOf({ ...facts, waitMs }, status, subject), refusal: { facts, status } };
  }

  /** An answer that brought no text. */
  #failureIn(answer: Exclude<Answer, { kind: 'ended' }>, headers: Headers, subject: CallSubject): Failed {
    switch (answer.kind) {
      case 'cut':
        return { failure: this.#cutFailure() };
      case 'error': {
        const status = 200;
        const facts = readErrorValue(answer.error, timeOfAnswer(headers, Date.now()));
        const waitMs = facts.waitMs ?? parseRetryAfter(headers, Date.now());
        return { failure: refusalOf({ ...facts, waitMs }, status, subject), refusal: { facts, status } };
      }
      case 'page':
        return { failure: refusalOf(readErrorText(answer.page, Date.now()), 200, subject) };
      case 'unreadable':
        return { failure: unreadable(answer.sample, subject) };
      case 'too-long': {
        const message = `The service "${this.#options.name}" sent more than an answer may hold: set max_tokens, or ask for less.`;
        return { failure: { reason: 'too-long', message } };
      }
    }
  }

  /** What came when the text had ended: it counts for nothing, and is told. */
  #remark({ lateError: error }: AnswerReader, headers = new Headers(), { model }: GenerationRequest) {
    if (error === undefined) return {};
    const { failure } = this.#failureIn({ kind: 'error', error }, headers, this.#subject(model));
    return { remark: `An error came after the end of the text, which is whole. ${failure.message}` };
  }

  #cutFailure(): Failure {
    return { reason: 'truncated', message: `The service "${this.#options.name}" broke off in the middle of the text.` };
  }

  #loaded(): Promise<Protocol> {
    return (this.#protocol ??= this.#load(this.#timeouts.flex));
  }

  #timeoutFailure(expired: keyof Timeouts, timeouts: Timeouts): Failure {
    const service = `The service "${this.#options.name}"`;
    const seconds = `${Number((timeouts[expired] / 1000).toPrecision(3))} s`;
    switch (expired) {
      case 'firstToken':
        return { reason: 'timeout', message: `${service} did not begin its text within ${seconds}.` };
      case 'idle':
        return { reason: 'timeout', message: `${service} sent no text for ${seconds}.` };
      case 'total':
        return { reason: 'timeout', message: `${service} took more than ${seconds} for a text.` };
    }
  }

  #generation(
    { text, reasoning, finish = 'stop' }: ReadChoice,
    model: string,
    adapted?: AdaptedParameters,
  ): Generation {
    const { reasoning: use = 'drop', credential } = this.#options;
    const clean = (answered: string): string => redactAnswerFor(credential, answered, this.#secretsOfTexts);
    const hasThinking = reasoning.trim() !== '' && text.trim() !== '';
    // All of it comes into the journal, and a service may repeat there what it was sent.
    return {
      text: clean(use === 'text' && hasThinking ? `<think>\n${reasoning.trim()}\n</think>\n\n${text}` : text),
      model: redactFor(credential, model, this.#secretsOfTexts),
      finish: finish === 'length' || finish === 'other' ? finish : 'stop',
      ...(finish === 'length' ? { cut: true as const } : {}),
      ...(adapted ? { adapted } : {}),
      ...(use === 'keep' && reasoning !== '' ? { reasoning: clean(reasoning) } : {}),
    };
  }

  /** Half of a secret is not recognised as one: where there are any, the last word waits until it is whole. */
  #shownSoFar(text: string): string {
    const { credential } = this.#options;
    const hasSecrets = credential !== undefined || this.#secretsOfTexts.length > 0;
    return hasSecrets ? redactAnswerFor(credential, withoutCutLatinWord(text), this.#secretsOfTexts) : text;
  }

  #expectedLength({ messages, parameters }: GenerationRequest, count: number): number {
    const expectedTokens = parameters.maxTokens ?? defaultExpectedOutputTokens;
    return count * (this.#lastLengths.get(messages) ?? expectedTokens * charactersPerToken);
  }
}

/** How a call ended: what it died of, which timeout ended it, and the headers of its answer. */
interface Ending {
  readonly broken: unknown;
  readonly expired: keyof Timeouts | undefined;
  readonly timeouts: Timeouts;
  readonly headers: Headers | undefined;
}

/** What a service said when it refused a call, for whoever adapts the request. */
interface Refusal {
  readonly facts: ErrorFacts;
  /** 200 for an error inside an answer. */
  readonly status: number;
}

interface Failed {
  readonly failure: Failure;
  readonly refusal?: Refusal;
}

type Judgement = Failed | readonly ReadChoice[];

/** What a promise comes to, or undefined for somebody who does not wait any longer. */
async function beforeAbort<Value>(found: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const leave = (): void => resolve(undefined);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([found, promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
