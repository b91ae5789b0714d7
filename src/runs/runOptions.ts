import * as v from 'valibot';
import type { QueueOrder } from '../engine/priorityQueue.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../engine/retry.ts';

export const cacheModes = ['off', 'on', 'refresh'] as const;

/** Whether texts that were made before are taken instead of a call; `refresh` only replaces them. */
export type CacheMode = (typeof cacheModes)[number];

/** Limits of a run's services in place of the configured ones. */
export interface LimitOverrides {
  readonly maxConcurrent?: number | 'auto';
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Share of the rates to use, above 0 to 1. */
  readonly safetyFactor?: number;
}

/** How a run goes about its items; the journal keeps it, so that whoever resumes the run does the same. */
export interface RunOptions {
  readonly retry: RetryPolicy;
  /** One attempt at a time. */
  readonly sequential: boolean;
  readonly order: QueueOrder;
  readonly cache: CacheMode;
  readonly limits?: LimitOverrides;
  /** In place of the configured address of its service. */
  readonly baseUrl?: string;
}

export const defaultRunOptions: RunOptions = {
  retry: defaultRetryPolicy,
  sequential: false,
  order: 'oldest',
  cache: 'off',
};

const positive = v.pipe(v.number(), v.gtValue(0));

const schema = v.object({
  retry: v.object({
    attempts: v.pipe(v.number(), v.integer(), v.minValue(1)),
    baseMs: v.pipe(v.number(), v.minValue(0)),
  }),
  sequential: v.boolean(),
  order: v.picklist(['oldest', 'newest']),
  cache: v.picklist(cacheModes),
  limits: v.exactOptional(
    v.object({
      maxConcurrent: v.exactOptional(v.union([v.literal('auto'), v.pipe(v.number(), v.integer(), v.minValue(1))])),
      requestsPerMinute: v.exactOptional(positive),
      tokensPerMinute: v.exactOptional(positive),
      safetyFactor: v.exactOptional(v.pipe(positive, v.maxValue(1))),
    }),
  ),
  baseUrl: v.exactOptional(v.string()),
});

/** What the journal kept; the defaults where it does not know. */
export function readRunOptions(stored: unknown): RunOptions {
  const parsed = v.safeParse(schema, stored);
  return parsed.success ? parsed.output : defaultRunOptions;
}
