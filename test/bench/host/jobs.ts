import type { LoopReport } from '../eventLoop.ts';

export const panels = ['hidden', 'visible', 'board'] as const;
/** Whether the queue panel is in sight, and with it the board of what is generated. */
export type Panel = (typeof panels)[number];

/** What the bench asks of the extension host, in the variable `jobVariable`. */
export interface HostJob {
  readonly baseUrl: string;
  readonly model: string;
  /** Candidates of each run. */
  readonly count: number;
  readonly maxConcurrent: number;
  /** How long to measure before the first run. */
  readonly idleMs: number;
  /** One run each, in this order. None: only the activation is measured. */
  readonly panels: readonly Panel[];
  /** Where CPU profiles of the activation and of each run go; absent: none is recorded. */
  readonly profileFolder?: string;
}

export const jobVariable = 'PARALLEL_CANDIDATES_BENCH_JOB';
/** Names the file that the report is written to. */
export const resultsVariable = 'PARALLEL_CANDIDATES_TEST_RESULTS';

export const activationProfile = 'activation.cpuprofile';
export const runProfile = (panel: Panel): string => `${panel}.cpuprofile`;

export interface HostReport {
  readonly node: string;
  readonly activation: ActivationReport;
  readonly idle?: LoopReport;
  readonly runs: readonly RunReport[];
}

export interface ActivationReport {
  /** All that `extension.activate()` takes. */
  readonly wallMs: number;
  /** What of it is the extension's own: reading and evaluating its bundle, then its `activate`. */
  readonly loadMs: number;
  readonly callMs: number;
  /** CPU time of the thread in these two, which a busy machine changes less. */
  readonly cpuMs: number;
}

export interface RunReport {
  readonly panel: Panel;
  readonly loop: LoopReport;
  /** By the run's own account, and by the names in its folder. */
  readonly written: number;
  readonly files: number;
  readonly callsAtOnce: { readonly peak: number; readonly mean: number };
  /** What the board's page was sent. */
  readonly sent: SentMessages;
}

export interface SentMessages {
  readonly messages: number;
  /** As JSON. */
  readonly bytes: number;
  /** Of them, pieces of texts. */
  readonly textBytes: number;
}
