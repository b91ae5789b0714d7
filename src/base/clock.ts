/** Monotonic time, injected so that the whole engine runs in a simulation. */
export interface Clock {
  /** ms since an arbitrary moment; never goes back. */
  now(): number;
  /** Calls `action` after `delayMs`; the returned function calls it off. */
  schedule(delayMs: number, action: () => void): () => void;
}

/** Longer delays overflow setTimeout's 32-bit counter and would fire at once. */
const longestTimeoutMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, action) {
    // Timers count whole ms: rounding down would fire early.
    const timer = setTimeout(action, Math.min(Math.max(0, Math.ceil(delayMs)), longestTimeoutMs));
    return () => clearTimeout(timer);
  },
};
