/** What the flow bench asks of its child process, and what that answers. */
export interface FlowJob {
  /** An empty folder for the journal. */
  readonly folder: string;
  readonly records: number;
  /** Of one call. */
  readonly callMs: number;
  /** Calls of one stage in flight at once. */
  readonly workers: number;
  /** Items that wait before a stage at most. */
  readonly queue: number;
  /** Whether the last stage takes the records ten at a time. */
  readonly gathers: boolean;
}

export interface FlowReport {
  readonly wallMs: number;
  /** The slowest stage's calls alone. */
  readonly boundMs: number;
  /** The same with one commit after each call: a slot makes its next call when its text is on the disk. */
  readonly durableBoundMs: number;
  /** Of one result, from the call that holds it until it is on the disk: the mean. */
  readonly commitMs: number;
  /** Of all threads. */
  readonly cpuMs: number;
  readonly calls: number;
  /** Items that waited before any stage but the first, most at once. */
  readonly mostWaiting: number;
  /** Live heap of the main thread when this share of the first stage's items had ended. */
  readonly heap: readonly { readonly share: number; readonly bytes: number }[];
}
