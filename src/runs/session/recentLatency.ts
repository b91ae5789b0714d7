const minuteMs = 60_000;
/** The newest so many say enough of a minute. */
const mostKept = 256;

/** How long the attempts took that were completed in the last minute. Times are clock ms. */
export class RecentLatency {
  /** A ring: the oldest is overwritten by the next. */
  readonly #kept: { readonly at: number; readonly durationMs: number }[] = [];
  #next = 0;

  add(durationMs: number, at: number): void {
    this.#kept[this.#next] = { at, durationMs };
    this.#next = (this.#next + 1) % mostKept;
  }

  /** Undefined when none was completed. */
  summary(now: number): { readonly p50: number; readonly p95: number } | undefined {
    const durations = this.#kept.filter(({ at }) => at > now - minuteMs).map(({ durationMs }) => durationMs);
    if (durations.length === 0) return undefined;
    durations.sort((a, b) => a - b);
    const at = (share: number): number => durations[Math.ceil(share * durations.length) - 1] ?? 0;
    return { p50: at(0.5), p95: at(0.95) };
  }
}
