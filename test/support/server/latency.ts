/** Milliseconds from a call's arrival to the end of its answer. */
export type Latency =
  | { kind: 'fixed'; ms: number }
  | { kind: 'lognormal'; medianMs: number; sigma: number }
  /** A server that slows down as it fills: the calls in flight include this one. */
  | { kind: 'load'; baseMs: number; perActiveMs: number };

/** Milliseconds that a call will take while `active` calls, itself included, are in flight. */
export function sampleLatency(latency: Latency, random: () => number, active: number): number {
  switch (latency.kind) {
    case 'fixed':
      return latency.ms;
    case 'lognormal':
      return latency.medianMs * Math.exp(latency.sigma * normal(random));
    case 'load':
      return latency.baseMs + latency.perActiveMs * active;
  }
}

/** When chunk `index` of `count` is due, in milliseconds: the first after its share, the last at the end. */
export function chunkDueMs(index: number, count: number, totalMs: number, firstTokenShare: number): number {
  if (count === 1) {
    return totalMs;
  }
  const firstMs = totalMs * firstTokenShare;
  return firstMs + ((totalMs - firstMs) * index) / (count - 1);
}

/** Box-Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
