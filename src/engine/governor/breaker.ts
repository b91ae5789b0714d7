import {
  type CircuitBreakerPolicy,
  CircuitState,
  DelegateBackoff,
  type IBreaker,
  circuitBreaker,
  handleAll,
} from 'cockatiel';
import type { Clock } from '../../base/clock.ts';

/** Failures in a row that count as an outage, where few attempts are in flight. */
const fewestFailures = 10;
const firstProbeAfterMs = 1000;
const longestProbeIntervalMs = 30_000;

class ServiceFailed extends Error {}

/** Counts failures in a row. Everything in flight may fail at once without the service being down. */
class FailuresInARow implements IBreaker {
  state = 0;
  /** Whether the next failure alone is an outage. */
  isTold = false;
  readonly #inFlight: () => number;

  constructor(inFlight: () => number) {
    this.#inFlight = inFlight;
  }

  success(): void {
    this.state = 0;
  }

  failure(): boolean {
    this.state++;
    return this.isTold || this.state >= Math.max(fewestFailures, this.#inFlight() + 1);
  }
}

/**
 * Notices that a service is down and when it is back (cockatiel's circuit breaker). While it is open nothing starts;
 * then one attempt at a time probes, and the first that succeeds closes it.
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #failures: FailuresInARow;
  readonly #policy: CircuitBreakerPolicy;
  #probeAt = 0;
  #openedAt: number | undefined;
  #trips = 0;
  #everSucceeded = false;

  /**
   * @param inFlight attempts that may be in flight at once
   * @param closed called when the service is back
   */
  constructor(clock: Clock, inFlight: () => number, closed: () => void) {
    this.#clock = clock;
    this.#failures = new FailuresInARow(inFlight);
    this.#policy = circuitBreaker(handleAll, {
      breaker: this.#failures,
      halfOpenAfter: new DelegateBackoff(({ attempt }: { readonly attempt: number }) => {
        const duration = Math.min(longestProbeIntervalMs, firstProbeAfterMs * 2 ** (attempt - 1));
        this.#probeAt = clock.now() + duration;
        return duration;
      }),
    });
    this.#policy.onBreak(() => {
      if (this.#openedAt === undefined) this.#trips++;
      this.#openedAt ??= clock.now();
    });
    this.#policy.onReset(() => {
      this.#openedAt = undefined;
      closed();
    });
  }

  get isClosed(): boolean {
    return this.#policy.state === CircuitState.Closed;
  }

  /** ms until the next probe may start. */
  get probeInMs(): number {
    return this.#policy.state === CircuitState.Open ? Math.max(0, this.#probeAt - this.#clock.now()) : 0;
  }

  /** How long the service has been down, ms. */
  get downForMs(): number {
    return this.#openedAt === undefined ? 0 : this.#clock.now() - this.#openedAt;
  }

  get everSucceeded(): boolean {
    return this.#everSucceeded;
  }

  get trips(): number {
    return this.#trips;
  }

  /** @param outcome `unavailable`: the service itself says that it is not ready, which needs no second witness */
  async record(outcome: 'completed' | 'service-failed' | 'unavailable'): Promise<void> {
    if (outcome === 'completed') {
      this.#everSucceeded = true;
      // What the policy would do too, without its promises: this is on every attempt's way.
      if (this.isClosed) {
        this.#failures.success();
        return;
      }
    }
    this.#failures.isTold = outcome === 'unavailable';
    try {
      await this.#policy.execute(() => {
        if (outcome !== 'completed') throw new ServiceFailed();
      });
    } catch {
      // The policy hands back what it has recorded, or tells that it is open.
    }
  }
}
