/** What the flow bench asks of its child process, and what that answers. */
export interface FlowJob {
  /** An empty folder for the journal. */
  readonly folder: string;
  readonly records: number;
  /** Of one call. */
  readonly callMs: number;
  /** Calls of one stage in flight at once. */
  readonly workers: number;
  /** Whether the last stage takes the records ten at a time. */
  readonly gathers: boolean;
}

export interface FlowReport {
  readonly wallMs: number;
  /** The slowest stage's calls alone. */
  readonly boundMs: number;
  /** Of all threads. */
  readonly cpuMs: number;
  readonly calls: number;
  /** Live heap of the main thread when this share of the first stage's items had ended. */
  readonly heap: readonly { readonly share: number; readonly bytes: number }[];
}
