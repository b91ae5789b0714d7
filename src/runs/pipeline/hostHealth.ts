import type { Failure, FailureReason } from '../../model/attempt.ts';

/** Failures in a row after which a host counts as down. */
const outageFailures = 5;
const firstPauseMs = 1000;
const longestPauseMs = 30_000;
/** Requests to one host that may take places at once: the others wait where they hold nobody up. */
const mostAtOnce = 4;
/** Hosts that are remembered. */
const mostHosts = 1_000;

/** What tells of a host, and not of what it was asked for. */
const outages: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'connection',
  'timeout',
  'server-error',
  'certificate',
  'wrong-address',
]);

/** What is known of one host. Times are ms of the clock. */
interface Host {
  inFlight: number;
  /** Whether it has ever answered. */
  isHeard: boolean;
  failuresInARow: number;
  pauseMs: number;
  /** Nobody asks it before. */
  pausedUntil: number;
  /** Why it is left alone, or was. */
  why: Failure | undefined;
  /** Whoever was told to come later, and has not come yet. */
  readonly line: Set<string>;
}

/**
 * Hosts that the data names, each by itself: one that is down is found out with a few requests and then probed by one at a
 * time, and one that does not answer holds up nobody who asks another one.
 */
export class HostHealth {
  readonly #now: () => number;
  readonly #hosts = new Map<string, Host>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Takes a place for a request to a host; `ended` gives it back.
   *
   * @param item whoever asks
   * @param intervalMs between two requests that the host is asked politely; 0: everybody may ask at once
   * @returns why it must not be asked now
   */
  begin(name: string, item: string, intervalMs: number): Failure | undefined {
    const host = this.#host(name);
    host.line.delete(item);
    const leftMs = host.pausedUntil - this.#now();
    if (host.why && leftMs > 0) return later(host.why, leftMs);
    const isProbing = host.failuresInARow >= outageFailures;
    if (isProbing && host.inFlight > 0 && host.why) return later(host.why, host.pauseMs);
    const places = host.isHeard && !isProbing ? mostAtOnce : 1;
    if (intervalMs > 0 && host.inFlight >= places) {
      host.line.add(item);
      const message = `"${name}" has enough to answer: this record asks it later.`;
      const retryAfterMs = Math.min(longestPauseMs, host.line.size * intervalMs);
      return { reason: 'rate-limited', message, retryAfterMs, isPutOff: true };
    }
    host.inFlight += 1;
    return undefined;
  }

  /** @param failure absent: it has answered */
  ended(name: string, failure: Failure | undefined): void {
    const host = this.#host(name);
    host.inFlight = Math.max(0, host.inFlight - 1);
    if (failure?.reason === 'cancelled' || failure?.reason === 'budget') return;
    if (!failure || !outages.has(failure.reason)) {
      host.isHeard = true;
      host.failuresInARow = 0;
      host.pauseMs = firstPauseMs;
      host.why = undefined;
      if (failure?.reason === 'rate-limited' && failure.retryAfterMs !== undefined) {
        const message = `"${name}" asked to wait ${Math.ceil(failure.retryAfterMs / 1000)} s.`;
        host.why = { reason: 'rate-limited', message };
        host.pausedUntil = this.#now() + failure.retryAfterMs;
      }
      return;
    }
    host.failuresInARow += 1;
    // Those that were under way when it was found to be down are no probes.
    if (host.failuresInARow < outageFailures || this.#now() < host.pausedUntil) return;
    const { reason, message } = failure;
    host.why = { reason, message };
    host.pausedUntil = this.#now() + Math.max(host.pauseMs, failure.retryAfterMs ?? 0);
    host.pauseMs = Math.min(longestPauseMs, host.pauseMs * 2);
  }

  #host(name: string): Host {
    const known = this.#hosts.get(name) ?? {
      inFlight: 0,
      isHeard: false,
      failuresInARow: 0,
      pauseMs: firstPauseMs,
      pausedUntil: 0,
      why: undefined,
      line: new Set<string>(),
    };
    // The one that was asked last is the last to be forgotten.
    this.#hosts.delete(name);
    this.#hosts.set(name, known);
    if (this.#hosts.size > mostHosts) this.#forget();
    return known;
  }

  /** The oldest that nobody is asking. */
  #forget(): void {
    for (const [name, { inFlight }] of this.#hosts) {
      if (inFlight > 0) continue;
      this.#hosts.delete(name);
      return;
    }
  }
}

/** One that asked to wait answers later; with one that is down each record has its attempts, so that it fails in the end. */
function later(why: Failure, retryAfterMs: number): Failure {
  return { ...why, retryAfterMs, ...(why.reason === 'rate-limited' ? { isPutOff: true } : {}) };
}
