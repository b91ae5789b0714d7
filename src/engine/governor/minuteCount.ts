const secondMs = 1000;
const seconds = 60;

/** What was used of something within the last minute, to the second; it holds sixty numbers, however much that is. */
export class MinuteCount {
  readonly #bySecond = new Float64Array(seconds);
  /** The second that was counted last, on the clock. */
  #second = 0;
  #sum = 0;

  /** @param amount below 0 for what was counted and not used after all @param now clock ms */
  add(amount: number, now: number): void {
    this.#forget(now);
    const place = this.#second % seconds;
    const kept = Math.max(0, (this.#bySecond[place] ?? 0) + amount);
    this.#sum += kept - (this.#bySecond[place] ?? 0);
    this.#bySecond[place] = kept;
  }

  /** @param now clock ms */
  sum(now: number): number {
    this.#forget(now);
    return Math.max(0, this.#sum);
  }

  #forget(now: number): void {
    const second = Math.floor(now / secondMs);
    if (second <= this.#second) return;
    if (second - this.#second >= seconds) {
      this.#bySecond.fill(0);
      this.#sum = 0;
    } else {
      for (let each = this.#second + 1; each <= second; each++) {
        this.#sum -= this.#bySecond[each % seconds] ?? 0;
        this.#bySecond[each % seconds] = 0;
      }
    }
    this.#second = second;
  }
}
