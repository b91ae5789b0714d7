import type { Table } from './table.ts';

export interface BenchContext {
  /** Sizes for a smoke run. */
  readonly quick: boolean;
  /** Rounds; in each one every contender has its turn. */
  readonly rounds: number;
  /** Which contenders take part. */
  readonly takesPart: (contender: string) => boolean;
  /** An empty folder of this run's own. */
  readonly scratch: string;
  /** Whether CPU profiles are wanted, which cost time themselves. */
  readonly profile: boolean;
  readonly progress: (text: string) => void;
}

/** A figure that the design promises. */
export interface Target {
  readonly what: string;
  readonly measured: number;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Counts hold at any size; times and rates only at the full one. */
  readonly anySize?: boolean;
}

export interface BenchResult {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  /** Every measurement, for the JSON file. */
  readonly measurements: readonly unknown[];
}

export interface Bench {
  readonly name: string;
  run(context: BenchContext): Promise<BenchResult>;
}

/** False also when nothing was measured. */
export function isMet({ measured, atMost, atLeast }: Target): boolean {
  return measured <= (atMost ?? Number.POSITIVE_INFINITY) && measured >= (atLeast ?? Number.NEGATIVE_INFINITY);
}
