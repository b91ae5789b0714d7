/** Why an attempt failed: one word per cause that the engine or a person treats differently. */
export type FailureReason =
  | 'rate-limited'
  | 'server-error'
  | 'connection'
  | 'timeout'
  | 'malformed'
  | 'empty'
  | 'truncated'
  | 'conflict'
  | 'unauthorized'
  | 'not-found'
  | 'bad-request'
  | 'quota-exhausted'
  | 'content-filter'
  /** Not for this account, region or network. */
  | 'forbidden'
  | 'unknown-model'
  /** What answers there is no API, or not this one. */
  | 'wrong-address'
  /** The service's certificate is not trusted, or the connection cannot be encrypted. */
  | 'certificate'
  /** The output limit was spent before any text came. */
  | 'max-tokens'
  /** The answer is larger than we read. */
  | 'too-long'
  /** The answer does not match the schema that was asked for. */
  | 'invalid-output'
  | 'write-failed'
  | 'missing-members'
  /** A command or a module of a pipeline ended with an error of its own. */
  | 'program-failed'
  /** The call would exceed a budget, and was not made. */
  | 'budget'
  | 'cancelled';

export interface Failure {
  readonly reason: FailureReason;
  /** One sentence that says what happened and what to do. Never holds a secret. */
  readonly message: string;
  /** The service's own minimum wait, ms. */
  readonly retryAfterMs?: number;
  /** The service is there and not ready: it starts up, or is overloaded. */
  readonly isUnavailable?: boolean;
  /** Nothing is wrong with the item: what has not ended goes on when the run is resumed. */
  readonly isForLater?: boolean;
  /** Something else is asked next, at once and whatever a retry policy says. */
  readonly isAskedAgain?: true;
}

/** Every number is finite and not negative. */
export interface TokenUsage {
  readonly input: number;
  readonly output: number;
  /** Part of the input that the service had cached. */
  readonly cached?: number;
  /** Part of the output that went into thinking. */
  readonly reasoning?: number;
}

/** What a service tells of its own limits with an answer; all optional because services differ. */
export interface RateLimitHints {
  readonly requests?: RateLimitHint;
  readonly tokens?: RateLimitHint;
}

export interface RateLimitHint {
  /** Allowed per minute. */
  readonly limit?: number;
  readonly remaining?: number;
  /** Until the limit is whole again, ms. */
  readonly resetMs?: number;
}

/** Of an attempt that was called off. */
export const cancelledFailure: Failure = { reason: 'cancelled', message: 'Cancelled.' };

interface AttemptFacts {
  readonly hints?: RateLimitHints;
  /** Requests that the attempt made; default 1. An attempt may share the request of another one, and pages are requests. */
  readonly calls?: number;
  /** Those of them that are billed; default: all. */
  readonly paidCalls?: number;
  /** What went wrong is a matter of the item alone: it says nothing about the next attempt at the same service. */
  readonly isOfItem?: true;
}

export type AttemptOutcome<Result> =
  | ({
      readonly kind: 'completed';
      readonly result: Result;
      readonly usage: TokenUsage;
      /** What a person should know of it all the same, in one sentence. */
      readonly remark?: string;
    } & AttemptFacts)
  | ({ readonly kind: 'failed'; readonly failure: Failure; readonly usage?: TokenUsage } & AttemptFacts);

const retryableReasons: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'rate-limited',
  'server-error',
  'connection',
  'timeout',
  'malformed',
  'empty',
  'truncated',
  'conflict',
  // How often, its stage says: see src/stages/defaults.ts.
  'program-failed',
]);

export function isRetryable(reason: FailureReason): boolean {
  return retryableReasons.has(reason);
}

const hopelessReasons: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'unauthorized',
  'quota-exhausted',
  'forbidden',
  'unknown-model',
  'wrong-address',
  'certificate',
]);

/** Whether no other attempt can succeed with the same service and model until a person has done something. */
export function isHopeless(reason: FailureReason): boolean {
  return hopelessReasons.has(reason);
}
