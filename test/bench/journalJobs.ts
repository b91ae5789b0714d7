import type { LoopReport } from './eventLoop.ts';
import type { Spread } from './queueJobs.ts';

/** What the journal bench asks of its child process; every job has a folder of its own. */
export type JournalJob = { readonly folder: string } & (
  | {
      readonly kind: 'commits';
      readonly what: 'attempts' | 'results';
      readonly characters: number;
      readonly count: number;
    }
  | { readonly kind: 'latency'; readonly perSecond: number; readonly characters: number; readonly count: number }
  | { readonly kind: 'plan'; readonly prompts: number; readonly each: number }
  | ({ readonly kind: 'run'; readonly dieAfter?: number } & RunJob)
  | ({ readonly kind: 'resume' } & RunJob)
);

interface RunJob {
  readonly baseUrl: string;
  readonly concurrency: number;
  readonly prompts: number;
  readonly each: number;
}

export interface CommitsReport {
  readonly ms: number;
  /** Of the process, the journal's thread included. */
  readonly cpuMs: number;
  /** Of the caller's thread. */
  readonly callerCpuMs: number;
}

export interface LatencyReport {
  /** From the call to its outcome. */
  readonly spread: Spread;
  /** What it came to. */
  readonly perSecond: number;
}

export interface PhasesReport {
  /** Parts of what the process did, in order. */
  readonly phases: readonly { readonly phase: string; readonly loop: LoopReport }[];
  /** How long each text waited for its commit, ms; 0 where none was committed. */
  readonly commits: Spread;
}
