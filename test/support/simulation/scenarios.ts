import type { Priority } from '../../../src/model/item.ts';
import type { RetryPolicy } from '../../../src/engine/retry.ts';
import type { QuotaModel, ServiceModel } from './model.ts';

/** What a scenario must reach; lost, written twice, inversions and order violations are 0 in every one. */
export interface Expectation {
  /** Governed bound / makespan, at least. */
  readonly efficiency?: number;
  /** Calls that lead to no kept result, as a share of the items, at most. */
  readonly wasted?: number;
  /** Calls refused with 429, at most. */
  readonly rejected?: number;
}

export interface SimulatedRun {
  readonly items: number;
  readonly priority: Priority;
  /** ms after the first. */
  readonly startsAtMs?: number;
  /** Default 1. */
  readonly weight?: number;
  /** ms after the start of the scenario by which all its items must have ended. */
  readonly endsByMs?: number;
}

export interface Scenario {
  readonly name: string;
  readonly service: ServiceModel;
  readonly runs: readonly SimulatedRun[];
  /** Whether the engine is configured with the quotas as they are at the start. */
  readonly known: boolean;
  readonly maxConcurrent: number | 'auto';
  readonly safetyFactor: number;
  readonly retry: RetryPolicy;
  readonly expect: Expectation;
}

export function itemId(run: number, position: number): string {
  return `run${run}/item${position}`;
}

/** The ids of all items, in the order of the plan. */
export function itemsOf({ runs }: Scenario): string[] {
  return runs.flatMap((run, index) => Array.from({ length: run.items }, (_, position) => itemId(index, position)));
}

const plainService: ServiceModel = {
  seed: 1,
  latency: { kind: 'lognormal', medianMs: 450, sigma: 0.4 },
  tokens: { input: 200, output: { kind: 'fixed', tokens: 300 } },
  headers: true,
  retryAfter: true,
};

/** 600 a minute, as a bucket that holds a minute. */
const perMinute: QuotaModel = { requestsPerMinute: 600, burstSeconds: 60 };
/** 600 a minute, enforced by the second. */
const perSecond: QuotaModel = { requestsPerMinute: 600, burstSeconds: 1, chargeRejected: true };

const standard = {
  known: true,
  maxConcurrent: 40,
  safetyFactor: 0.8,
  retry: { attempts: 3, baseMs: 1000 },
} as const;
/** Chance must not lose an item where a third of all attempts fails. */
const stubborn: RetryPolicy = { attempts: 12, baseMs: 500 };

function oneRun(items: number): readonly SimulatedRun[] {
  return [{ items, priority: 5 }];
}

const changing = [
  { fromMs: 0, perMinute: 600 },
  { fromMs: 30_000, perMinute: 200 },
  { fromMs: 90_000, perMinute: 600 },
];

export const scenarios: readonly Scenario[] = [
  {
    ...standard,
    name: 'no limit',
    service: plainService,
    maxConcurrent: 20,
    runs: oneRun(600),
    expect: { efficiency: 0.95, wasted: 0 },
  },
  {
    ...standard,
    name: 'no limit, auto',
    service: plainService,
    maxConcurrent: 'auto',
    runs: oneRun(1000),
    expect: { wasted: 0 },
  },
  {
    ...standard,
    name: 'minute bucket, known',
    service: { ...plainService, quota: perMinute },
    runs: oneRun(600),
    expect: { efficiency: 0.97, wasted: 0.01, rejected: 0 },
  },
  {
    ...standard,
    name: 'minute bucket, known, auto',
    service: { ...plainService, quota: perMinute },
    maxConcurrent: 'auto',
    runs: oneRun(600),
    expect: { efficiency: 0.97, wasted: 0.01, rejected: 0 },
  },
  {
    ...standard,
    name: 'low rate, known',
    service: { ...plainService, quota: { ...perMinute, requestsPerMinute: 100 } },
    runs: oneRun(150),
    expect: { efficiency: 0.97, wasted: 0.01, rejected: 0 },
  },
  {
    ...standard,
    name: 'second bucket, known, factor 1',
    service: { ...plainService, quota: perSecond },
    safetyFactor: 1,
    runs: oneRun(600),
    expect: { efficiency: 0.97, wasted: 0.01 },
  },
  {
    ...standard,
    name: 'second bucket, known, 5 % faults',
    service: {
      ...plainService,
      quota: perSecond,
      faults: { share: 0.05, reasons: ['server-error', 'connection', 'empty'] },
    },
    retry: { attempts: 6, baseMs: 500 },
    runs: oneRun(600),
    expect: { efficiency: 0.97, rejected: 0 },
  },
  {
    ...standard,
    name: 'second window, known',
    service: { ...plainService, quota: { ...perSecond, quantised: true } },
    runs: oneRun(600),
    expect: { efficiency: 0.97, wasted: 0.01, rejected: 0 },
  },
  {
    ...standard,
    name: 'tokens, heavy tail, known',
    service: {
      ...plainService,
      latency: { kind: 'output', baseMs: 300, perTokenMs: 10 },
      tokens: { input: 200, output: { kind: 'lognormal', median: 250, sigma: 0.9, most: 4000 } },
      quota: { tokensPerMinute: 150_000, burstSeconds: 60 },
    },
    runs: oneRun(600),
    expect: { efficiency: 0.97, wasted: 0.01, rejected: 0 },
  },
  {
    ...standard,
    name: 'tokens, fixed, known',
    service: { ...plainService, quota: { tokensPerMinute: 150_000, burstSeconds: 60 } },
    runs: oneRun(400),
    expect: { efficiency: 0.97, wasted: 0.01, rejected: 0 },
  },
  {
    ...standard,
    name: 'tokens, quota falls, headers',
    service: {
      ...plainService,
      tokens: { input: 200, output: { kind: 'lognormal', median: 250, sigma: 0.9, most: 4000 } },
      quota: {
        tokensPerMinute: [
          { fromMs: 0, perMinute: 150_000 },
          { fromMs: 20_000, perMinute: 30_000 },
        ],
        burstSeconds: 60,
      },
    },
    runs: oneRun(150),
    expect: { efficiency: 0.9, wasted: 0.02 },
  },
  {
    ...standard,
    name: 'latency by load',
    service: { ...plainService, latency: { kind: 'load', baseMs: 500, perActiveMs: 25 } },
    runs: oneRun(600),
    expect: { efficiency: 0.95, wasted: 0 },
  },
  {
    ...standard,
    name: 'latency by load, auto',
    service: { ...plainService, latency: { kind: 'load', baseMs: 500, perActiveMs: 25 } },
    maxConcurrent: 'auto',
    runs: oneRun(600),
    expect: { efficiency: 0.6, wasted: 0 },
  },
  {
    ...standard,
    name: 'congestion collapse, auto',
    service: { ...plainService, latency: { kind: 'collapse', baseMs: 500, capacity: 20 } },
    maxConcurrent: 'auto',
    retry: stubborn,
    runs: oneRun(1500),
    expect: { efficiency: 0.75, wasted: 0.2 },
  },
  {
    ...standard,
    name: 'congestion collapse, set too high',
    service: { ...plainService, latency: { kind: 'collapse', baseMs: 500, capacity: 20 } },
    maxConcurrent: 60,
    retry: stubborn,
    runs: oneRun(1500),
    expect: { efficiency: 0.65, wasted: 0.25 },
  },
  {
    ...standard,
    name: 'brown-out',
    service: {
      ...plainService,
      quota: perMinute,
      brownOut: { fromMs: 20_000, toMs: 50_000, latencyFactor: 4, failedShare: 0.3 },
    },
    retry: stubborn,
    runs: oneRun(800),
    expect: { efficiency: 0.9, rejected: 0 },
  },
  {
    ...standard,
    name: 'brown-out, auto',
    service: {
      ...plainService,
      quota: perMinute,
      brownOut: { fromMs: 20_000, toMs: 50_000, latencyFactor: 4, failedShare: 0.3 },
    },
    maxConcurrent: 'auto',
    retry: stubborn,
    runs: oneRun(800),
    expect: { efficiency: 0.9, rejected: 0 },
  },
  {
    ...standard,
    name: 'quota 600-200-600, headers',
    service: { ...plainService, quota: { ...perSecond, requestsPerMinute: changing } },
    maxConcurrent: 'auto',
    runs: oneRun(800),
    expect: { efficiency: 0.9, wasted: 0.02 },
  },
  {
    ...standard,
    name: 'quota 600-200-600, no headers',
    service: { ...plainService, headers: false, quota: { ...perSecond, requestsPerMinute: changing } },
    maxConcurrent: 'auto',
    retry: stubborn,
    runs: oneRun(800),
    expect: { efficiency: 0.75, wasted: 0.15 },
  },
  {
    ...standard,
    name: 'dead for 60 s, connection',
    service: { ...plainService, quota: perMinute, outage: { fromMs: 10_000, toMs: 70_000, failure: 'connection' } },
    runs: oneRun(300),
    expect: { efficiency: 0.85, rejected: 0 },
  },
  {
    ...standard,
    name: 'dead for 60 s, 503',
    service: { ...plainService, quota: perMinute, outage: { fromMs: 10_000, toMs: 70_000, failure: 'server-error' } },
    maxConcurrent: 'auto',
    runs: oneRun(300),
    expect: { efficiency: 0.85, rejected: 0 },
  },
  {
    ...standard,
    name: 'invisible neighbour',
    service: {
      ...plainService,
      quota: {
        requestsPerMinute: 600,
        burstSeconds: 10,
        neighbour: { perMinute: 600, meanBusyMs: 15_000, meanRestMs: 15_000 },
      },
    },
    retry: stubborn,
    runs: oneRun(900),
    expect: { efficiency: 0.88, wasted: 0.08 },
  },
  {
    ...standard,
    name: 'unknown, headers',
    service: { ...plainService, quota: perMinute },
    known: false,
    maxConcurrent: 'auto',
    runs: oneRun(900),
    expect: { efficiency: 1 / 1.1, wasted: 0.02 },
  },
  {
    ...standard,
    name: 'unknown by the second, headers',
    service: { ...plainService, quota: perSecond },
    known: false,
    maxConcurrent: 'auto',
    runs: oneRun(600),
    expect: { efficiency: 1 / 1.1, wasted: 0.02 },
  },
  {
    ...standard,
    name: 'unknown, 429s alone',
    service: { ...plainService, headers: false, quota: perMinute },
    known: false,
    maxConcurrent: 'auto',
    retry: stubborn,
    runs: oneRun(1500),
    expect: { efficiency: 0.85, wasted: 0.2 },
  },
  {
    ...standard,
    name: 'unknown by the second, 429s alone, no Retry-After',
    service: { ...plainService, headers: false, retryAfter: false, quota: perSecond },
    known: false,
    maxConcurrent: 'auto',
    retry: stubborn,
    runs: oneRun(600),
    expect: { efficiency: 0.75, wasted: 0.15 },
  },
  {
    ...standard,
    name: 'urgent run comes later',
    service: { ...plainService, quota: perMinute, faults: { share: 0.05, reasons: ['server-error'] } },
    retry: stubborn,
    runs: [
      { items: 300, priority: 5 },
      { items: 100, priority: 1, startsAtMs: 10_000 },
      { items: 50, priority: 5, startsAtMs: 12_000 },
    ],
    expect: { efficiency: 0.95, rejected: 0 },
  },
  {
    ...standard,
    name: 'two runs, weights 1 and 3',
    service: { ...plainService, quota: perMinute },
    // While both run the second gets 6 of 8 a second: 300 items in 50 s, and a little for the last answers.
    runs: [
      { items: 300, priority: 5, weight: 1 },
      { items: 300, priority: 5, weight: 3, endsByMs: 53_000 },
    ],
    expect: { efficiency: 0.97, wasted: 0.01, rejected: 0 },
  },
];
