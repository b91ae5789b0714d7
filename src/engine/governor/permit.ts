import type { Clock } from '../../base/clock.ts';
import type { AttemptOutcome, RateLimitHints } from '../../model/attempt.ts';
import type { MinuteCount } from './minuteCount.ts';
import type { RateControl } from './rateControl.ts';

/** How fast the share of a reservation that is used is learned, and the room that is left above it. */
const usedShareWeight = 0.1;
const usedShareRoom = 1.25;

/** Learns how many of the tokens that attempts may cost they do cost: few texts are as long as they may be. */
export class UsedShare {
  #mean = 1;

  /** Tokens that an attempt is expected to cost which may cost `reservation`. */
  expected(reservation: number): number {
    return reservation * Math.min(1, usedShareRoom * this.#mean);
  }

  /** @param reservation above 0 */
  learn(used: number, reservation: number): void {
    this.#mean += usedShareWeight * (Math.min(1, used / reservation) - this.#mean);
  }
}

/** What the permits of one governor share, and what it wants to be told. */
export interface PermitOwner {
  readonly clock: Clock;
  readonly requests: RateControl;
  readonly tokens: RateControl;
  readonly paid: RateControl;
  readonly usedShare: UsedShare;
  /** What was used within the last minute, as far as it is known. */
  readonly used: { readonly requests: MinuteCount; readonly tokens: MinuteCount };
  started(): void;
  /** The service has answered, or begun to. */
  answered(): void;
  /** @param reserved tokens that the attempt was expected to cost */
  ended(outcome: AttemptOutcome<unknown>, durationMs: number, reserved: number): void;
}

/**
 * The right to start one attempt, for which one request (and its price) and some tokens were taken: given back unused, or started and
 * then finished with what came of it.
 */
export class Permit {
  /** Whether the attempt finds out if a service that was down is back. */
  readonly isProbe: boolean;
  readonly #owner: PermitOwner;
  readonly #sequence: number;
  #reserved: number;
  #reservation = 0;
  #requestsBefore = 0;
  #tokensBefore = 0;
  #startedAt = 0;

  /**
   * @param sequence permits are numbered in the order in which they were asked for
   * @param reserved tokens that were taken
   */
  constructor(owner: PermitOwner, sequence: number, reserved: number, isProbe: boolean) {
    this.#owner = owner;
    this.#sequence = sequence;
    this.#reserved = reserved;
    this.isProbe = isProbe;
  }

  /** @param reservation tokens that the attempt may cost; those expected of them take the place of those taken */
  start(reservation: number): void {
    const { clock, requests, tokens, paid, usedShare } = this.#owner;
    const expected = usedShare.expected(reservation);
    tokens.settle(this.#reserved, expected);
    this.#reserved = expected;
    this.#reservation = reservation;
    this.#startedAt = clock.now();
    requests.countStart(1);
    tokens.countStart(expected);
    paid.countStart(1);
    this.#requestsBefore = requests.started;
    this.#tokensBefore = tokens.started;
    this.#owner.used.requests.add(1, this.#startedAt);
    this.#owner.started();
  }

  /** The service has begun to answer, and told of its limits or not. A function that may be handed on. */
  readonly hear = (hints: RateLimitHints): void => {
    const { clock, requests, tokens } = this.#owner;
    const sequence = this.#sequence;
    const agoMs = clock.now() - this.#startedAt;
    if (hints.requests) {
      requests.hear(hints.requests, { sequence, agoMs, startedSince: requests.started - this.#requestsBefore });
    }
    if (hints.tokens) {
      tokens.hear(hints.tokens, { sequence, agoMs, startedSince: tokens.started - this.#tokensBefore });
    }
    this.#owner.answered();
  };

  finish(outcome: AttemptOutcome<unknown>, durationMs: number): void {
    const { requests, tokens, paid, usedShare, clock, used: counted } = this.#owner;
    const used = outcome.usage ? outcome.usage.input + outcome.usage.output : this.#reserved;
    tokens.settle(this.#reserved, used);
    const { calls = 1, paidCalls = calls } = outcome;
    settleCalls(requests, calls);
    settleCalls(paid, paidCalls);
    if (outcome.usage) counted.tokens.add(used, clock.now());
    counted.requests.add(calls - 1, clock.now());
    if (outcome.kind === 'completed' && this.#reservation > 0) usedShare.learn(used, this.#reservation);
    if (outcome.hints) this.hear(outcome.hints);
    this.#owner.ended(outcome, durationMs, this.#reserved);
  }

  giveBack(): void {
    this.#owner.requests.giveBack(1);
    this.#owner.paid.giveBack(1);
    this.#owner.tokens.giveBack(this.#reserved);
  }
}

/** One was taken; what an attempt makes besides, later ones wait for. */
function settleCalls(control: RateControl, calls: number): void {
  if (calls === 0) control.giveBack(1);
  else if (calls > 1) control.settle(1, calls);
}
