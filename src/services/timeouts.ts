/** How long each part of a call may take, ms. */
export interface Timeouts {
  /** Until the first piece of text or thinking: time in the service's queue is not silence. */
  readonly firstToken: number;
  /** Between two pieces of text or thinking. Keepalives do not count. */
  readonly idle: number;
  readonly total: number;
}

const remoteTimeouts: Timeouts = { firstToken: 180_000, idle: 60_000, total: 600_000 };
/** One's own computer has one slot, loads its model first, and reads a long prompt for minutes. */
const loopbackTimeouts: Timeouts = { firstToken: 900_000, idle: 300_000, total: 3_600_000 };
/** A cheap tier answers when there is room (OpenAI's guide to flex processing begins with 15 minutes). */
const flexTimeouts: Timeouts = { firstToken: 900_000, idle: 300_000, total: 1_800_000 };
/** What setTimeout takes; above it fires at once. */
const longest = 2 ** 31 - 1;
/** After the last text only its usage may follow. */
const usageGraceMs = 5000;

/** Whether an address is of this computer. */
export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(hostname);
}

/**
 * The timeouts that are set, and the defaults of the address and the tier for those that are not.
 *
 * @param tier `service_tier` of a call
 */
export function timeoutsFor(address: string, set: Partial<Timeouts> = {}, tier?: unknown): Timeouts {
  const remote = tier === 'flex' ? flexTimeouts : remoteTimeouts;
  const defaults = isLoopback(address) ? loopbackTimeouts : remote;
  const choose = (value: number | undefined, otherwise: number): number =>
    value !== undefined && value > 0 ? Math.min(value, longest) : otherwise;
  return {
    firstToken: choose(set.firstToken, defaults.firstToken),
    idle: choose(set.idle, defaults.idle),
    total: choose(set.total, defaults.total),
  };
}

/** Aborts a call that is cancelled, begins too late, falls silent for too long, or takes too long altogether. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #timeouts: Timeouts;
  readonly #outer: AbortSignal;
  readonly #total: NodeJS.Timeout;
  #silence: NodeJS.Timeout;
  #phase: 'firstToken' | 'idle' | 'usage' = 'firstToken';
  /** The timeout that ended the call. */
  expired: keyof Timeouts | undefined;

  constructor(timeouts: Timeouts, outer: AbortSignal) {
    this.#timeouts = timeouts;
    this.#outer = outer;
    this.#total = setTimeout(() => this.#expire('total'), timeouts.total);
    this.#silence = setTimeout(() => this.#expire('firstToken'), timeouts.firstToken);
    if (outer.aborted) this.#cancel();
    else outer.addEventListener('abort', this.#cancel, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  contentArrived(): void {
    if (this.#phase === 'idle') this.#silence.refresh();
    else if (this.#phase === 'firstToken') this.#enter('idle', this.#timeouts.idle);
  }

  /** Nothing but the usage may still follow. */
  textEnded(): void {
    if (this.#phase !== 'usage') this.#enter('usage', Math.min(usageGraceMs, this.#timeouts.idle));
  }

  dispose(): void {
    clearTimeout(this.#total);
    clearTimeout(this.#silence);
    this.#outer.removeEventListener('abort', this.#cancel);
  }

  #enter(phase: 'idle' | 'usage', ms: number): void {
    clearTimeout(this.#silence);
    this.#phase = phase;
    this.#silence = setTimeout(() => this.#expire('idle'), ms);
  }

  #expire(which: keyof Timeouts): void {
    this.expired ??= which;
    this.#controller.abort();
  }

  readonly #cancel = (): void => {
    this.#controller.abort();
  };
}
