import type { FaultKind } from '../support/server/faults.ts';
import type { Contender, PQueueContender } from './contenders.ts';
import type { OursOptions } from './ours.ts';
import type { ServerSettings } from './server.ts';

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Items, with one prompt each. */
  readonly count: number;
  /** What no scheduler can beat. */
  readonly idealMs: number;
  readonly server: ServerSettings;
  /** What all prompts begin with. */
  readonly system?: string;
  /** Sent with each call. */
  readonly parameters?: Readonly<Record<string, number>>;
  readonly contenders: readonly Contender[];
  /** The design's figures for the contender named. */
  readonly targets: readonly ScenarioTarget[];
  readonly remarks: readonly string[];
}

export interface ScenarioTarget {
  readonly contender: string;
  readonly what: string;
  readonly figure:
    | 'wallSeconds'
    | 'wastedPercent'
    | 'cacheHitPercent'
    | 'lost'
    | 'twice'
    | 'rateLimited'
    | { readonly ratioTo: string };
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Calls in flight at once. */
const concurrency = 20;

function ours(name: string, options: Omit<OursOptions, 'concurrency'> = {}): Contender {
  return { kind: 'ours', name, concurrency, ...options };
}

/** The engine with nothing around it. */
const engine: Contender = { kind: 'engine', name: 'ours, engine alone', concurrency };

function pLimit(name = 'p-limit + openai', maxRetries?: number): Contender {
  return { kind: 'p-limit', name, concurrency, ...(maxRetries === undefined ? {} : { maxRetries }) };
}

function pQueue(options: Pick<PQueueContender, 'intervalCap' | 'interval'> = {}): Contender {
  return { kind: 'p-queue', name: 'p-queue + openai', concurrency, ...options };
}

const promptfoo: Contender = { kind: 'promptfoo', name: 'promptfoo', concurrency };

export const journalRemark =
  'ours: each step in the journal, each text flushed to the disk; engine alone: texts in memory; the others: writeFile.';

export const nothingLost = (contender: string): ScenarioTarget[] => [
  { contender, what: 'items lost', figure: 'lost', atMost: 0 },
  { contender, what: 'items written twice', figure: 'twice', atMost: 0 },
];

function open(quick: boolean): Scenario {
  const count = quick ? 60 : 200;
  const latencyMs = quick ? 300 : 500;
  return {
    name: 'open',
    title: `${count} items, ${latencyMs} ms each, ${concurrency} at once, no limit`,
    count,
    idealMs: Math.ceil(count / concurrency) * latencyMs,
    server: { latency: { kind: 'fixed', ms: latencyMs } },
    contenders: [ours('ours'), engine, pLimit(), pQueue(), promptfoo],
    targets: [
      { contender: 'ours', what: 'time / p-limit', figure: { ratioTo: 'p-limit + openai' }, atMost: 1.02 },
      ...nothingLost('ours'),
    ],
    remarks: [journalRemark],
  };
}

function quota(quick: boolean): Scenario {
  const count = quick ? 30 : 200;
  const latencyMs = quick ? 200 : 500;
  const requestsPerMinute = 600;
  const perSecond = requestsPerMinute / 60;
  const idealMs = ((count - perSecond) / perSecond) * 1000 + latencyMs;
  return {
    name: 'quota',
    title: `${count} items, ${latencyMs} ms each, quota ${requestsPerMinute}/min enforced, 1 s of burst`,
    count,
    idealMs,
    server: {
      latency: { kind: 'fixed', ms: latencyMs },
      limits: { requestsPerMinute, burstSeconds: 1 },
    },
    contenders: [
      ours('ours, factor 1.0', { requestsPerMinute, safetyFactor: 1 }),
      ours('ours, factor 0.8', { requestsPerMinute, safetyFactor: 0.8 }),
      ours('ours, quota unknown'),
      ours('ours, quota unknown, factor 1.0', { safetyFactor: 1 }),
      pLimit(),
      pQueue({ intervalCap: perSecond, interval: 1000 }),
      promptfoo,
    ],
    targets: [
      { contender: 'ours, factor 1.0', what: 'seconds', figure: 'wallSeconds', atMost: (idealMs * 19.9) / 19.5 / 1000 },
      { contender: 'ours, factor 1.0', what: 'wasted calls, %', figure: 'wastedPercent', atMost: 1 },
      ...nothingLost('ours, factor 1.0'),
      { contender: 'ours, factor 0.8', what: '429s', figure: 'rateLimited', atMost: 0 },
      ...nothingLost('ours, factor 0.8'),
      ...nothingLost('ours, quota unknown'),
      {
        contender: 'ours, quota unknown, factor 1.0',
        what: 'seconds',
        figure: 'wallSeconds',
        atMost: (idealMs * 1.1) / 1000,
      },
      { contender: 'ours, quota unknown, factor 1.0', what: 'wasted calls, %', figure: 'wastedPercent', atMost: 2 },
      ...nothingLost('ours, quota unknown, factor 1.0'),
    ],
    remarks: [`p-queue: ${perSecond} per 1000 ms. Quota unknown: no rate configured, only the service's answers tell.`],
  };
}

function withFaults(
  quick: boolean,
  scenario: { name: string; what: string; rate: number; kinds: readonly FaultKind[] },
): Pick<Scenario, 'name' | 'title' | 'count' | 'idealMs' | 'server'> {
  const count = quick ? 40 : 200;
  const latencyMs = quick ? 100 : 300;
  const { name, what, rate, kinds } = scenario;
  return {
    name,
    title: `${count} items, ${latencyMs} ms each, ${concurrency} at once, ${rate * 100} % faults (${what})`,
    count,
    // A fault costs a call more, which can fail again.
    idealMs: ((count / (1 - rate)) * latencyMs) / concurrency,
    server: { latency: { kind: 'fixed', ms: latencyMs }, faults: { rate, kinds } },
  };
}

function faults(quick: boolean): Scenario {
  const common = withFaults(quick, {
    name: 'faults',
    what: '500, reset, lone 429 with Retry-After: 1',
    rate: 0.1,
    kinds: ['500', '429', 'reset'],
  });
  return {
    ...common,
    server: { ...common.server, faultRetryAfterMs: 1000 },
    contenders: [ours('ours', { retryBaseMs: 250 }), pLimit(), pQueue(), promptfoo],
    targets: [
      { contender: 'ours', what: 'seconds', figure: 'wallSeconds', atMost: quick ? 3 : 4.5 },
      ...nothingLost('ours'),
    ],
    remarks: [
      'The same calls of the same items fail for everybody. ours: 3 attempts, retry base 250 ms; SDK: its default.',
    ],
  };
}

/** Attempts that leave about one item in 10^5 when three calls in ten fail. */
const manyAttempts = 10;

function broken(quick: boolean): Scenario {
  const common = withFaults(quick, {
    name: 'broken',
    what: '500, reset, truncated stream, bad JSON, lone 429 with Retry-After: 1',
    rate: 0.3,
    kinds: ['500', '429', 'reset', 'truncated', 'malformed'],
  });
  const patient = `ours, ${manyAttempts} attempts`;
  return {
    ...common,
    contenders: [
      ours(patient, { retryBaseMs: 250, attempts: manyAttempts }),
      ours('ours, 3 attempts', { retryBaseMs: 250 }),
      pLimit(),
      pLimit(`p-limit, ${manyAttempts} attempts`, manyAttempts - 1),
      pQueue(),
      promptfoo,
    ],
    server: { ...common.server, faultRetryAfterMs: 1000 },
    targets: [
      { contender: patient, what: 'seconds', figure: 'wallSeconds', atMost: quick ? 6 : 8 },
      ...nothingLost(patient),
    ],
    remarks: [
      'The same calls of the same items fail for everybody. With 3 attempts each, 2.7 % of the items fail three times.',
    ],
  };
}

function oneSlot(quick: boolean): Scenario {
  const count = 12;
  const latencyMs = quick ? 300 : 1500;
  return {
    name: 'one-slot',
    title: `${count} items, ${latencyMs} ms each, a server with one slot that tells no limit`,
    count,
    idealMs: count * latencyMs,
    server: { latency: { kind: 'fixed', ms: latencyMs }, slots: 1 },
    contenders: [ours('ours', { isAuto: true }), pLimit()],
    targets: [
      { contender: 'ours', what: 'wasted calls, %', figure: 'wastedPercent', atMost: 0 },
      ...nothingLost('ours'),
    ],
    remarks: ['The server answers one call at a time and lets the others wait in silence. ours: concurrency auto.'],
  };
}

function refusals(quick: boolean): Scenario {
  const count = quick ? 40 : 200;
  const latencyMs = 100;
  const parameters = { temperature: 0.9, seed: 7 };
  const refused = Object.keys(parameters);
  return {
    name: 'refusals',
    title: `${count} items, ${latencyMs} ms each, ${concurrency} at once, ${refused.join(' and ')} are refused`,
    count,
    idealMs: Math.ceil(count / concurrency) * latencyMs,
    server: { latency: { kind: 'fixed', ms: latencyMs }, refuses: refused },
    parameters,
    contenders: [ours('ours'), pLimit()],
    targets: [
      { contender: 'ours', what: 'wasted calls, %', figure: 'wastedPercent', atMost: (refused.length / count) * 100 },
      ...nothingLost('ours'),
    ],
    remarks: ['Both parameters stand in the prompt file; the server answers 400 with the name of the first one.'],
  };
}

function prefix(quick: boolean): Scenario {
  const count = quick ? 40 : 200;
  const latencyMs = 1000;
  const firstTokenShare = 0.3;
  return {
    name: 'prefix',
    title: `${count} items with the same 4,000 tokens before them, ${latencyMs} ms each, first piece after ${latencyMs * firstTokenShare} ms`,
    count,
    idealMs: Math.ceil(count / concurrency) * latencyMs,
    server: { latency: { kind: 'fixed', ms: latencyMs }, firstTokenShare, promptCache: true },
    system: 'You write for a shop that sells coffee, tea and what goes with them. '.repeat(240).trim(),
    contenders: [ours('ours', { promptCaching: true }), pLimit()],
    targets: [
      { contender: 'ours', what: 'cache hits, %', figure: 'cacheHitPercent', atLeast: 95 },
      {
        contender: 'ours',
        what: 'seconds',
        figure: 'wallSeconds',
        atMost: ((count / concurrency) * latencyMs * 1.02 + latencyMs * firstTokenShare) / 1000,
      },
      ...nothingLost('ours'),
    ],
    remarks: [
      'The server caches how a prompt begins from the first piece of its first answer on. Hits: of all but one call.',
    ],
  };
}

export const scenarios = [open, quota, faults, broken, oneSlot, refusals, prefix];
