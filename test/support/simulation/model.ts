import type { FailureReason } from '../../../src/model/attempt.ts';
import { chanceOf, exponential, normal } from './chance.ts';

/** What a call takes from its arrival to the end of its answer, ms. `active`: calls in flight, itself included. */
export type LatencyModel =
  | { readonly kind: 'fixed'; readonly ms: number }
  /** A heavy tail: the mean is medianMs * exp(sigma^2 / 2). */
  | { readonly kind: 'lognormal'; readonly medianMs: number; readonly sigma: number }
  | { readonly kind: 'output'; readonly baseMs: number; readonly perTokenMs: number }
  /** baseMs + perActiveMs * active. */
  | { readonly kind: 'load'; readonly baseMs: number; readonly perActiveMs: number }
  /** Beyond `capacity` calls, baseMs * (active / capacity)^2, and of the calls active / capacity - 1 fail, at most 0.9. */
  | { readonly kind: 'collapse'; readonly baseMs: number; readonly capacity: number };

export interface TokenModel {
  readonly input: number;
  readonly output:
    | { readonly kind: 'fixed'; readonly tokens: number }
    | { readonly kind: 'lognormal'; readonly median: number; readonly sigma: number; readonly most: number };
}

/** Units per minute from a moment on (ms since the start); the first is from 0. */
export type Schedule = readonly { readonly fromMs: number; readonly perMinute: number }[];

export interface QuotaModel {
  readonly requestsPerMinute?: number | Schedule;
  readonly tokensPerMinute?: number | Schedule;
  /** What the bucket holds, in seconds of its rate: 60 is the minute, 1 is enforced per second. */
  readonly burstSeconds: number;
  /** A fixed window of one second with a sixtieth of the quota, in place of a bucket. */
  readonly quantised?: boolean;
  /** A refused call uses up quota too (default false). A failed one always does. */
  readonly chargeRejected?: boolean;
  readonly neighbour?: NeighbourModel;
}

/**
 * Somebody else on the same key: calls at random moments while it is busy, none while it rests. It gets what it wants
 * whatever is left, so that what it leaves does not depend on us.
 */
export interface NeighbourModel {
  readonly perMinute: number;
  readonly meanBusyMs: number;
  readonly meanRestMs: number;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Nothing is answered: new calls fail, and so do those in flight when it begins. */
export interface Outage extends Span {
  readonly failure: 'connection' | 'server-error';
}

export interface BrownOut extends Span {
  readonly latencyFactor: number;
  /** Share of the calls that fail with a 503. */
  readonly failedShare: number;
}

export interface FaultModel {
  /** Share of the attempts that fail, whenever they are made. */
  readonly share: number;
  readonly reasons: readonly FailureReason[];
}

export interface ServiceModel {
  readonly seed: number;
  readonly latency: LatencyModel;
  readonly tokens: TokenModel;
  readonly quota?: QuotaModel;
  readonly outage?: Outage;
  readonly brownOut?: BrownOut;
  readonly faults?: FaultModel;
  /** Whether answers tell of limits. */
  readonly headers: boolean;
  /** Whether a 429 tells when to come back. */
  readonly retryAfter: boolean;
}

/** One call that the service let in. */
export interface Call {
  readonly item: string;
  /** Calls for the item that were let in, this one included. */
  readonly nth: number;
}

/** Share of its latency after which a call fails; a refusal takes refusalMs. */
export const failsAfterShare = 0.5;
export const refusalMs = 20;
/** Share of the latency after which the headers of an answer are there. */
export const headersAfterShare = 0.2;

const mostFailing = 0.9;

export function outputTokens(model: ServiceModel, item: string): number {
  const { output } = model.tokens;
  if (output.kind === 'fixed') return output.tokens;
  const tokens = output.median * Math.exp(output.sigma * normal(chanceOf(model.seed, 'output', item)));
  return Math.max(1, Math.min(output.most, Math.round(tokens)));
}

/** Input and output of a call that succeeds. */
export function tokensOf(model: ServiceModel, item: string): number {
  return model.tokens.input + outputTokens(model, item);
}

/** The most that a call can cost: what the engine reserves. */
export function reservationOf(model: ServiceModel): number {
  const { input, output } = model.tokens;
  return input + (output.kind === 'fixed' ? output.tokens : output.most);
}

/** Latency without brown-out, ms. */
export function latencyOf(model: ServiceModel, call: Call, active: number): number {
  const { latency } = model;
  switch (latency.kind) {
    case 'fixed':
      return latency.ms;
    case 'lognormal':
      return latency.medianMs * Math.exp(latency.sigma * normal(chanceOf(model.seed, 'latency', call.item, call.nth)));
    case 'output':
      return latency.baseMs + latency.perTokenMs * outputTokens(model, call.item);
    case 'load':
      return latency.baseMs + latency.perActiveMs * active;
    case 'collapse':
      return latency.baseMs * Math.max(1, active / latency.capacity) ** 2;
  }
}

export function dependsOnLoad({ kind }: LatencyModel): boolean {
  return kind === 'load' || kind === 'collapse';
}

/** Share of the calls that fail because the service is overrun. */
export function overrunShare(latency: LatencyModel, active: number): number {
  return latency.kind === 'collapse' ? Math.min(mostFailing, Math.max(0, active / latency.capacity - 1)) : 0;
}

/** The random fault of a call; undefined: none. */
export function faultOf(model: ServiceModel, call: Call): FailureReason | undefined {
  const { faults } = model;
  if (!faults) return undefined;
  const chance = chanceOf(model.seed, 'fault', call.item, call.nth);
  return chance() < faults.share ? faults.reasons[Math.floor(chance() * faults.reasons.length)] : undefined;
}

export function within(span: Span | undefined, atMs: number): boolean {
  return span !== undefined && atMs >= span.fromMs && atMs < span.toMs;
}

/** The moments of the neighbour's calls, ms since the start, ascending without end. */
export function* neighbourCalls(seed: number, model: NeighbourModel): Generator<number, never> {
  const random = chanceOf(seed, 'neighbour');
  for (let from = exponential(random, model.meanRestMs); ; from += exponential(random, model.meanRestMs)) {
    const until = from + exponential(random, model.meanBusyMs);
    for (let at = from; at < until; at += exponential(random, 60_000 / model.perMinute)) yield at;
    from = until;
  }
}
