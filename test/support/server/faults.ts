import type { ApiError } from './errors.ts';
import { seededRandom } from './random.ts';
import type { ChatRequest } from './request.ts';

export const faultKinds = [
  '500',
  '503',
  '429',
  '400',
  '401',
  '404',
  'insufficient_quota',
  /** The connection is reset before the answer. */
  'reset',
  /** The connection is reset halfway through the answer. */
  'reset-midstream',
  /** No answer, ever. */
  'hang',
  /** Headers and one chunk, then only keepalive comments (blank space when not streaming). */
  'hang-midstream',
  /** A stream that ends in order, without finish_reason and [DONE]; a body that is cut short of its length. */
  'truncated',
  /** Broken JSON, inside an otherwise whole answer. */
  'malformed',
  'empty',
  'content_filter',
  'length',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** What a rule is asked about: one call that the limits admitted. */
export interface FaultCandidate extends ChatRequest {
  /** Header `x-item`, or else the messages' hash. */
  readonly item: string;
  /** 1 for the first admitted call of the item. */
  readonly attempt: number;
}

/** `once`: only an item's first attempt can fail. */
export type FaultRule =
  | { every: number; kind: FaultKind; once?: boolean }
  /** Decided per item and attempt, so the same items fail in whatever order they arrive. */
  | { rate: number; kinds: readonly FaultKind[]; seed?: number; once?: boolean }
  /** One entry per call in order of arrival; no faults after the last. */
  | { script: readonly (FaultKind | null)[] }
  | ((call: FaultCandidate) => FaultKind | null);

/** `[[fault:500]]` in a user message fails each attempt, `[[fault:500:2]]` the first two. */
export interface FaultMarker {
  readonly kind: FaultKind;
  readonly attempts: number;
}

export class FaultChooser {
  readonly #rule: FaultRule | null;
  readonly #serverSeed: number;
  #calls = 0;

  constructor(rule: FaultRule | null, serverSeed: number) {
    this.#rule = rule;
    this.#serverSeed = serverSeed;
  }

  /** A marked call never counts for the rule. */
  choose(call: FaultCandidate): FaultKind | null {
    if (call.marker !== null) {
      return call.attempt <= call.marker.attempts ? call.marker.kind : null;
    }
    const rule = this.#rule;
    if (rule === null) {
      return null;
    }
    if (typeof rule === 'function') {
      return rule(call);
    }
    if ('script' in rule) {
      return rule.script[this.#calls++] ?? null;
    }
    if (rule.once === true && call.attempt > 1) {
      return null;
    }
    if ('every' in rule) {
      return ++this.#calls % rule.every === 0 ? rule.kind : null;
    }
    const random = seededRandom('fault', rule.seed ?? this.#serverSeed, call.item, call.attempt);
    return random() < rule.rate ? (rule.kinds[Math.floor(random() * rule.kinds.length)] ?? null) : null;
  }
}

export function readMarker(text: string): FaultMarker | 'unknown' | null {
  const match = /\[\[fault:([^\]:]*)(?::(\d+))?\]\]/.exec(text);
  if (match === null) {
    return null;
  }
  const kind = faultKinds.find((known) => known === match[1]);
  return kind === undefined ? 'unknown' : { kind, attempts: match[2] === undefined ? Infinity : Number(match[2]) };
}

/** The error answer of a kind that is one. */
export function faultError(kind: FaultKind): ApiError | null {
  switch (kind) {
    case '500':
      return {
        status: 500,
        type: 'server_error',
        code: null,
        message: 'The server had an error while processing your request. Sorry about that!',
      };
    case '503':
      return {
        status: 503,
        type: 'server_error',
        code: 'service_unavailable',
        message: 'The engine is currently overloaded, please try again later.',
      };
    case '429':
      return {
        status: 429,
        type: 'requests',
        code: 'rate_limit_exceeded',
        message: 'Rate limit reached for requests. Please slow down.',
      };
    case '400':
      return {
        status: 400,
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
        param: 'messages',
        message: "This model's maximum context length was exceeded. Please reduce the length of the messages.",
      };
    case '401':
      return {
        status: 401,
        type: 'invalid_request_error',
        code: 'invalid_api_key',
        message: 'Incorrect API key provided.',
      };
    case '404':
      return {
        status: 404,
        type: 'invalid_request_error',
        code: 'model_not_found',
        message: 'The model does not exist or you do not have access to it.',
      };
    case 'insufficient_quota':
      return {
        status: 429,
        type: 'insufficient_quota',
        code: 'insufficient_quota',
        message: 'You exceeded your current quota, please check your plan and billing details.',
      };
    default:
      return null;
  }
}
