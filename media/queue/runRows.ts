import type { ItemState } from '../../src/model/item.ts';
import { isFinal, itemStates } from '../../src/model/item.ts';
import { isActive } from '../../src/model/run.ts';
import type { QueueItem, QueueRun } from '../../src/protocol.ts';

/** What became of one stage's items so far. */
export interface StageTally {
  readonly name: string;
  readonly total: number;
  readonly waiting: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
}

/** One run and its items in the order of the plan. */
export class RunRows {
  #run: QueueRun;
  #items: QueueItem[] = [];
  #places = new Map<string, number>();
  #sorted = true;
  #filter: ItemState | undefined;
  #shown: readonly QueueItem[] | undefined;
  #progress: number | undefined;
  #stages: readonly StageTally[] | undefined;

  constructor(run: QueueRun) {
    this.#run = run;
  }

  get run(): QueueRun {
    return this.#run;
  }

  set run(run: QueueRun) {
    this.#run = run;
    this.#progress = undefined;
  }

  get filter(): ItemState | undefined {
    return this.#filter;
  }

  set filter(filter: ItemState | undefined) {
    this.#filter = filter;
    this.#shown = undefined;
  }

  /** Items that pass the filter, in the order of the plan: rows keep their place whatever happens to them. */
  get shown(): readonly QueueItem[] {
    this.#shown ??=
      this.#filter === undefined ? this.#ordered() : this.#ordered().filter((item) => item.state === this.#filter);
    return this.#shown;
  }

  /** 0 to 1; what has arrived of unfinished items counts too, so that long items do not look stuck. */
  get progress(): number {
    this.#progress ??= this.#measureProgress();
    return this.#progress;
  }

  /** Of a run with several stages: those that items have come to, in order; empty for any other. */
  get stages(): readonly StageTally[] {
    this.#stages ??= this.#tally();
    return this.#stages;
  }

  /** The stage that most items wait for or are in: what the others wait for. Undefined when nothing is left. */
  get bottleneck(): StageTally | undefined {
    const left = (stage: StageTally): number => stage.waiting + stage.running;
    return this.stages.reduce<StageTally | undefined>(
      (most, stage) => (left(stage) > (most === undefined ? 0 : left(most)) ? stage : most),
      undefined,
    );
  }

  /** An item that waits in a run that nobody here works on has nobody who could call it off. */
  canCancel(item: QueueItem): boolean {
    return !isFinal(item.state) && isActive(this.#run.state);
  }

  canRunAgain(item: QueueItem): boolean {
    return isFinal(item.state) && this.#run.state !== 'stopping' && this.#run.state !== 'elsewhere';
  }

  item(id: string): QueueItem | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#items[place];
  }

  upsert(item: QueueItem): void {
    const place = this.#places.get(item.id);
    if (place === undefined) {
      this.#places.set(item.id, this.#items.length);
      this.#sorted &&= (this.#items.at(-1)?.position ?? -1) <= item.position;
      this.#items.push(item);
      this.#shown = undefined;
    } else {
      const before = this.#items[place];
      this.#items[place] = item;
      this.#sorted &&= before?.position === item.position;
      if (this.#filter !== undefined || !this.#sorted) {
        this.#shown = undefined;
      }
    }
    this.#progress = undefined;
    this.#stages = undefined;
  }

  /** Place among the shown rows, or -1. */
  placeOf(id: string): number {
    return this.shown.findIndex((item) => item.id === id);
  }

  /** The middle of what runs now. The median, because one straggler must not hold a reader's eye far behind. */
  middleOfRunning(): number | undefined {
    const running: number[] = [];
    this.shown.forEach((item, place) => {
      if (item.state === 'running') {
        running.push(place);
      }
    });
    return running[Math.floor(running.length / 2)];
  }

  #ordered(): readonly QueueItem[] {
    if (!this.#sorted) {
      this.#items.sort((a, b) => a.position - b.position);
      this.#items.forEach((item, place) => this.#places.set(item.id, place));
      this.#sorted = true;
    }
    return this.#items;
  }

  #tally(): readonly StageTally[] {
    const tallies = new Map<
      number,
      { name: string; total: number } & Record<'waiting' | 'running' | 'done' | 'failed', number>
    >();
    for (const { stage, stageIndex, stageCount, state } of this.#items) {
      if (stageCount < 2) continue;
      const tally = tallies.get(stageIndex) ?? { name: stage, total: 0, waiting: 0, running: 0, done: 0, failed: 0 };
      tallies.set(stageIndex, tally);
      tally.total++;
      tally[tallyOf(state)]++;
    }
    return [...tallies].sort(([a], [b]) => a - b).map(([, tally]) => tally);
  }

  #measureProgress(): number {
    const { counts, total, state } = this.#run;
    if (total === 0) {
      return state === 'finished' ? 1 : 0;
    }
    let done = 0;
    for (const itemState of itemStates) {
      if (isFinal(itemState)) {
        done += counts[itemState];
      }
    }
    for (const item of this.#items) {
      if (!isFinal(item.state)) {
        done += (item.stageIndex + item.progress) / Math.max(1, item.stageCount);
      }
    }
    return Math.min(1, done / total);
  }
}

function tallyOf(state: ItemState): 'waiting' | 'running' | 'done' | 'failed' {
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
