import type { OursOptions } from './ours.ts';

interface Named {
  readonly name: string;
  /** Calls in flight at once. */
  readonly concurrency: number;
}

/** Who generates the texts, and how it is set up. */
export type Contender = OursContender | PLimitContender | PQueueContender | PromptfooContender;

interface OursContender extends Named, OursOptions {
  /** `engine`: without the journal, the files and the views' events, to tell what those cost. */
  readonly kind: 'ours' | 'engine';
}

interface PLimitContender extends Named {
  readonly kind: 'p-limit';
  /** Absent: the SDK's default. */
  readonly maxRetries?: number;
}

export interface PQueueContender extends Named {
  readonly kind: 'p-queue';
  /** Calls that may start per `interval` ms. */
  readonly intervalCap?: number;
  readonly interval?: number;
}

interface PromptfooContender extends Named {
  readonly kind: 'promptfoo';
}

/** What the process of one contender is asked for. */
export interface ContenderJob {
  readonly contender: Exclude<Contender, PromptfooContender>;
  readonly baseUrl: string;
  readonly count: number;
  /** What all prompts begin with; empty: nothing. */
  readonly system: string;
  /** Sent with each call, under their own names. */
  readonly parameters: Readonly<Record<string, number>>;
  /** An empty one, for the texts. */
  readonly folder: string;
}

/** A text that a contender has: on disk, or in memory where it was not asked for more. */
export type Kept = { readonly prompt: number } & ({ readonly file: string } | { readonly text: string });

export interface ContenderReport {
  /** From the first thing done to the last text kept or given up, without the start of the program. */
  readonly wallMs: number;
  readonly kept: readonly Kept[];
  /** Items that were given up, by reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** CPU time of the process in that time; absent where it cannot be told from the program's start. */
  readonly cpuMs?: number;
  /** Of it the main thread's. */
  readonly mainCpuMs?: number;
  /** By how much the event loop was late, 99th percentile. */
  readonly delayP99Ms?: number;
  /** Most memory that the process had. */
  readonly peakBytes?: number;
}

export const model = 'test-model';

export interface BenchPrompt {
  /** What all prompts of a scenario begin with; empty: nothing. */
  readonly system: string;
  readonly user: string;
}

export function promptsOf(count: number, system = ''): BenchPrompt[] {
  return Array.from({ length: count }, (_, index) => ({
    system,
    user: `Write the text of product ${index} in one friendly paragraph.`,
  }));
}

export function messagesOf({ system, user }: BenchPrompt): { role: 'system' | 'user'; content: string }[] {
  return [
    ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
    { role: 'user' as const, content: user },
  ];
}
