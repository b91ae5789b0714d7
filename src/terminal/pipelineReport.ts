import { join } from 'node:path';
import type { RunSummary } from '../model/run.ts';
import type { PipelineEnd } from '../runs/pipeline/pipelineEnd.ts';
import { filesOf, stageCounts, type StageCounts } from '../runs/pipeline/endRecords.ts';
import type { ItemOverview } from '../storage/journal/records.ts';

/** What `run --json` prints; other tools depend on it. */
export interface PipelineReport {
  /** Null where nothing was started. */
  readonly run: string | null;
  /** That came to an end, failed ones among them. */
  readonly records: number;
  readonly failed: number;
  readonly durationMs: number;
  readonly problem: string | null;
  readonly stopped: 'budget' | null;
  readonly tokens: RunSummary['tokens'];
  readonly cost: number | null;
  readonly stages: readonly StageCounts[];
  /** Absolute: those of stages, then the table, then what was delivered. */
  readonly files: readonly string[];
  readonly errors: readonly {
    readonly record: string;
    readonly stage: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

export interface PipelineFacts {
  readonly summary: RunSummary;
  readonly items: readonly ItemOverview[];
  readonly stages: readonly string[];
  readonly end: PipelineEnd;
  /** Of the pipeline, absolute. */
  readonly folder: string;
}

export function pipelineReport({ summary, items, stages, end, folder }: PipelineFacts): PipelineReport {
  const ofStages = filesOf(
    end.records.map(({ record }) => record),
    stages,
  );
  const failed = items.filter(({ state }) => state === 'failed');
  return {
    run: summary.run,
    records: end.records.length,
    failed: failed.length,
    durationMs: Math.round(summary.durationMs),
    problem: summary.problem ?? null,
    stopped: summary.stopped ?? null,
    tokens: summary.tokens,
    cost: summary.cost ?? null,
    stages: stageCounts(items, stages),
    files: [...new Set([...ofStages, ...end.files])].map((file) => join(folder, file)),
    errors: failed.map(({ key, row, failure, stage }) => ({
      record: key === '' ? row : key,
      stage: failure?.stage ?? stages[stage] ?? '',
      reason: failure?.reason ?? 'cancelled',
      message: failure?.message ?? '',
    })),
  };
}
