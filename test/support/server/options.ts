import * as v from 'valibot';
import { faultKinds, type FaultRule } from './faults.ts';
import { type Habit, type HabitName, habitNames, type RawAnswer } from './habits.ts';
import type { Latency } from './latency.ts';
import type { LimitOptions, RetryAfterStyle } from './limits.ts';

export interface ServerOptions {
  /** Feeds latencies, texts and random faults: the same seed and the same calls give the same answers. */
  seed: number;
  /** Time from the call's arrival to the end of its answer. */
  latency: Latency;
  /** Share (0..1) of the latency that passes before the first piece of a streamed answer. */
  firstTokenShare: number;
  /** Pieces of a streamed answer. */
  chunks: number;
  /** Length of an answer in tokens, unless the call asks for less. */
  outputTokens: number | { min: number; max: number };
  /**
   * What makes answers to the same messages differ: each `call` (its `seed`, or else how many were answered before),
   * the `item` (header `x-item`), or `none`.
   */
  vary: 'call' | 'item' | 'none';
  /** What GET /v1/models lists. Calls may name any model. */
  models: readonly string[];
  /** The only accepted bearer token; null accepts everyone. */
  apiKey: string | null;
  limits: LimitOptions | null;
  /** How a 429 says when to come back. */
  retryAfter: RetryAfterStyle;
  faults: FaultRule | null;
  /** How the messages of a prompt are counted; null: four characters a token, four tokens a message. */
  promptTokens: ((messages: readonly string[]) => number) | null;
  /** Answers in the way of a real service, or with exactly this, in place of a text or a fault. */
  habit: HabitName | RawAnswer | Habit | null;
  /** Milliseconds announced by the fault `429`; null sends no Retry-After. */
  faultRetryAfterMs: number | null;
  /** Share (0..1) of the latency that passes before a 500, a 503 or a reset; other error answers are immediate. */
  faultLatencyShare: number;
  /** Milliseconds between the comments of a stream that hangs. */
  keepaliveMs: number;
  /** Calls that are answered at once; the others wait their turn, in silence. null: all of them. */
  slots: number | null;
  /** Parameters that a call must not have: it is refused with their name. */
  refuses: readonly string[];
  /** Whether prompts of 1,024 tokens and more are cached from the first piece of their first answer on. */
  promptCache: boolean;
}

export const defaultOptions: Readonly<ServerOptions> = {
  seed: 1,
  latency: { kind: 'fixed', ms: 0 },
  firstTokenShare: 0.2,
  chunks: 5,
  outputTokens: 60,
  vary: 'call',
  models: ['test-model'],
  apiKey: null,
  limits: null,
  retryAfter: 'seconds',
  faults: null,
  promptTokens: null,
  habit: null,
  faultRetryAfterMs: null,
  faultLatencyShare: 1,
  keepaliveMs: 100,
  slots: null,
  refuses: [],
  promptCache: false,
};

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const faultKind = v.picklist(faultKinds);

const latency = v.variant('kind', [
  v.strictObject({ kind: v.literal('fixed'), ms: amount }),
  v.strictObject({ kind: v.literal('lognormal'), medianMs: amount, sigma: amount }),
  v.strictObject({ kind: v.literal('load'), baseMs: amount, perActiveMs: amount }),
]);

const limitOptions = v.strictObject({
  requestsPerMinute: v.exactOptional(positive),
  tokensPerMinute: v.exactOptional(positive),
  maxConcurrent: v.exactOptional(count),
  window: v.exactOptional(v.picklist(['bucket', 'minute', 'second'])),
  burstSeconds: v.exactOptional(positive),
  tokenCost: v.exactOptional(v.picklist(['reserved', 'actual'])),
  chargeRejected: v.exactOptional(v.boolean()),
  chargeFailed: v.exactOptional(v.boolean()),
  headers: v.exactOptional(v.picklist(['standard', 'none', 'project-tokens'])),
});

const limits = v.pipe(
  limitOptions,
  v.check(
    ({ window, requestsPerMinute = 60, tokensPerMinute = 60 }) =>
      window !== 'second' || (requestsPerMinute >= 60 && tokensPerMinute >= 60),
    'a window of a second needs at least 60 per minute',
  ),
);

const faultRule = v.union([
  v.custom<Extract<FaultRule, (...rest: never[]) => unknown>>((input) => typeof input === 'function'),
  v.strictObject({ every: count, kind: faultKind, once: v.exactOptional(v.boolean()) }),
  v.strictObject({
    rate: share,
    kinds: v.pipe(v.array(faultKind), v.minLength(1)),
    seed: v.exactOptional(v.number()),
    once: v.exactOptional(v.boolean()),
  }),
  v.strictObject({ script: v.array(v.nullable(faultKind)) }),
]);

const rawAnswer = v.strictObject({
  status: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
  headers: v.exactOptional(v.record(v.string(), v.string())),
  body: v.exactOptional(v.array(v.union([v.string(), v.instance(Uint8Array)]))),
  gapMs: v.exactOptional(amount),
  end: v.exactOptional(v.picklist(['whole', 'reset', 'hang'])),
});

const habit = v.union([v.custom<Habit>((input) => typeof input === 'function'), v.picklist(habitNames), rawAnswer]);

const partialOptions = v.strictObject({
  seed: v.exactOptional(v.number()),
  latency: v.exactOptional(latency),
  firstTokenShare: v.exactOptional(share),
  chunks: v.exactOptional(count),
  outputTokens: v.exactOptional(v.union([count, v.strictObject({ min: count, max: count })])),
  vary: v.exactOptional(v.picklist(['call', 'item', 'none'])),
  models: v.exactOptional(v.array(v.string())),
  apiKey: v.exactOptional(v.nullable(v.string())),
  limits: v.exactOptional(v.nullable(limits)),
  retryAfter: v.exactOptional(v.picklist(['seconds', 'milliseconds', 'date', 'none'])),
  faults: v.exactOptional(v.nullable(faultRule)),
  promptTokens: v.exactOptional(
    v.nullable(v.custom<NonNullable<ServerOptions['promptTokens']>>((input) => typeof input === 'function')),
  ),
  habit: v.exactOptional(v.nullable(habit)),
  faultRetryAfterMs: v.exactOptional(v.nullable(amount)),
  faultLatencyShare: v.exactOptional(share),
  keepaliveMs: v.exactOptional(positive),
  slots: v.exactOptional(v.nullable(count)),
  refuses: v.exactOptional(v.array(v.string())),
  promptCache: v.exactOptional(v.boolean()),
});

/** Throws with one line that names each wrong option. */
export function checkOptions(input: unknown): Partial<ServerOptions> {
  const result = v.safeParse(partialOptions, input);
  if (!result.success) {
    const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'options'}: ${issue.message}`);
    throw new TypeError(problems.join('; '));
  }
  return result.output;
}
