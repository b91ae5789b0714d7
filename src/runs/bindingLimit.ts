import type { Limits } from './serviceDirectory.ts';

const minuteMs = 60_000;

/** How long attempts take in the slots that there are, ms. @param latencyMs of one */
export function slotsMs(attempts: number, latencyMs: number, { concurrency }: Pick<Limits, 'concurrency'>): number {
  return (attempts * latencyMs) / Math.max(1, concurrency);
}

/** How long the rates take to let so much through, ms. */
export function ratesMs(
  { requests, tokens }: { readonly requests: number; readonly tokens: number },
  { requestsPerMinute = Infinity, tokensPerMinute = Infinity }: Omit<Limits, 'concurrency'>,
): number {
  return Math.max((requests * minuteMs) / requestsPerMinute, (tokens * minuteMs) / tokensPerMinute);
}
