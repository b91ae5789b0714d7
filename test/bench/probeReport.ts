/** What a measured program tells of itself. */
export interface ProbeReport {
  /** Live in the main thread, at each mark. */
  readonly heapBytes: readonly number[];
  readonly peakBytes: number;
  readonly cpuMs: number;
  /** Of it the main thread's. */
  readonly mainCpuMs: number;
}

export const probeVariable = 'PARALLEL_CANDIDATES_BENCH_PROBE';
