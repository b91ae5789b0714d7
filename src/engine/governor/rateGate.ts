/**
 * So many units per minute, given out in the order in which they were asked for. Whether a limiter of this process
 * holds them or a store that several processes share is the implementation's affair. So there is no level to read, which
 * would be old by the time it is used, and only `take` answers: what the other methods say takes effect soon, in the
 * order in which they were called. Nothing here throws or rejects; a gate that cannot reach its store decides by itself
 * how little it lets through meanwhile.
 *
 * `test/support/rateGateConformance.ts` says in tests what every implementation keeps to.
 */
export interface RateGate {
  /**
   * Waits until the units are there. More than the burst is let through once the burst is whole; the rest is debt, which
   * later takers wait for.
   */
  take(units: number): Promise<void>;
  /** Units that were taken and are not used after all. */
  giveBack(units: number): void;
  /** What took `reserved` units used `used`: the difference comes back, or becomes debt. */
  settle(reserved: number, used: number): void;
  /** Holds for those who wait already, too. */
  setRate(perMinute: number): void;
  /** No more than `units` may be taken at once now: what others have used up is gone. Never raises. */
  limitTo(units: number): void;
  /** Leaves no timer behind. Who waits still is never let through. */
  dispose(): Promise<void>;
}

/** @param burstSeconds what may be taken at once after a rest, as seconds of the rate, above 0 to 1 */
export type RateGateFactory = (perMinute: number, burstSeconds: number) => RateGate;

/** What a service counts, and tells of its limits. */
export type CountedUnit = 'requests' | 'tokens';

/** What is bounded by the minute: a governor has one gate for each. */
export type RateUnit = CountedUnit | 'paid requests';

/** Units that may be taken at once after a rest. */
export function burstOf(perMinute: number, burstSeconds: number): number {
  // One unit of a whole second is left out: a call that was sent later may arrive earlier, and a service that counts by
  // the second would refuse it.
  return Math.max(1, (burstSeconds * perMinute) / 60 - (burstSeconds === 1 ? 1 : 0));
}
