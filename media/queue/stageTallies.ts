import type { StageLoad } from '../../src/model/activity.ts';
import type { FailureReason } from '../../src/model/attempt.ts';
import type { ItemState } from '../../src/model/item.ts';
import type { QueueItem, QueueRun } from '../../src/protocol.ts';

const minuteMs = 60_000;

/** What became of one stage's items so far. */
export interface StageTally {
  readonly name: string;
  readonly total: number;
  /** Those in the journal too, for which the queue has no room yet. */
  readonly waiting: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  /** Why, the most frequent first. */
  readonly reasons: readonly (readonly [reason: FailureReason, count: number])[];
  /** Present for a stage of a run that is at work. */
  readonly load?: StageLoad;
}

type Group = 'waiting' | 'running' | 'done' | 'failed';

class Counted {
  readonly name: string;
  total = 0;
  readonly groups: Record<Group, number> = { waiting: 0, running: 0, done: 0, failed: 0 };
  readonly reasons = new Map<FailureReason, number>();
  /** When items were written, in the order in which that was told; epoch ms. */
  written: number[] = [];

  constructor(name: string) {
    this.name = name;
  }
}

/** The stages of one run, counted as their items change: nothing of it takes time that grows with their number. */
export class StageTallies {
  readonly #stages = new Map<number, Counted>();

  /** @param before the item as it was counted */
  change(before: QueueItem | undefined, item: QueueItem): void {
    if (before) this.#count(before, -1);
    this.#count(item, 1);
    const isNews = item.state === 'written' && before?.state !== 'written';
    if (isNews && item.finishedAt !== undefined) this.#stages.get(item.stageIndex)?.written.push(item.finishedAt);
  }

  /** Those that items have come to, in order; empty where there is only one. */
  all({ stages: loads }: Pick<QueueRun, 'stages'>): readonly StageTally[] {
    return [...this.#stages].sort(([a], [b]) => a - b).map(([place, stage]) => tallyOf(stage, loads?.[place]));
  }

  /** Items of a stage that were written in the last minute; a younger run is scaled up. @param now epoch ms */
  perMinute(name: string, now: number, startedAt: number): number {
    for (const stage of this.#stages.values()) {
      if (stage.name !== name) continue;
      stage.written = stage.written.filter((at) => at > now - minuteMs);
      const spanMs = Math.min(minuteMs, now - startedAt);
      return spanMs > 0 ? (stage.written.length * minuteMs) / spanMs : 0;
    }
    return 0;
  }

  #count({ stage, stageIndex, stageCount, state, reason }: QueueItem, by: 1 | -1): void {
    if (stageCount < 2) return;
    const counted = this.#stages.get(stageIndex) ?? new Counted(stage);
    this.#stages.set(stageIndex, counted);
    counted.total += by;
    counted.groups[groupOf(state)] += by;
    if (state === 'failed' && reason !== undefined) {
      counted.reasons.set(reason, (counted.reasons.get(reason) ?? 0) + by);
    }
  }
}

/** The stage that most items wait for or are in: what the others wait for. Undefined when nothing is left. */
export function bottleneckOf(stages: readonly StageTally[]): StageTally | undefined {
  const left = (stage: StageTally): number => stage.waiting + stage.running;
  return stages.reduce<StageTally | undefined>(
    (most, stage) => (left(stage) > (most === undefined ? 0 : left(most)) ? stage : most),
    undefined,
  );
}

function tallyOf({ name, total, groups, reasons }: Counted, load: StageLoad | undefined): StageTally {
  const beyond = load?.beyond ?? 0;
  return {
    ...{ name, ...groups },
    total: total + beyond,
    waiting: groups.waiting + beyond,
    reasons: [...reasons].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a),
    ...(load ? { load } : {}),
  };
}

function groupOf(state: ItemState): Group {
  switch (state) {
    case 'queued':
    case 'retrying':
      return 'waiting';
    case 'running':
      return 'running';
    case 'written':
    case 'skipped':
      return 'done';
    case 'failed':
    case 'cancelled':
      return 'failed';
  }
}
