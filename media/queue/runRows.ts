import { isFinal, itemStates } from '../../src/model/item.ts';
import { isActive } from '../../src/model/run.ts';
import type { QueueItem, QueueRun } from '../../src/protocol.ts';
import { arranged, isPlain, plain, type Arrangement } from './arrangement.ts';
import { bottleneckOf, StageTallies, type StageTally } from './stageTallies.ts';

/** One run and its items in the order of the plan. */
export class RunRows {
  #run: QueueRun;
  #items: QueueItem[] = [];
  #places = new Map<string, number>();
  #sorted = true;
  #arrangement = plain;
  #shown: readonly QueueItem[] | undefined;
  #progress: number | undefined;
  readonly #tallies = new StageTallies();
  /** The first model that was seen in each stage. */
  readonly #models = new Map<string, string>();
  #hasSeveralModels = false;
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
    this.#stages = undefined;
  }

  get arrangement(): Arrangement {
    return this.#arrangement;
  }

  set arrangement(arrangement: Arrangement) {
    this.#arrangement = arrangement;
    this.#shown = undefined;
  }

  /** Items as they are arranged: in the order of the plan, rows keep their place whatever happens to them. */
  get shown(): readonly QueueItem[] {
    this.#shown ??= arranged(this.#ordered(), this.#arrangement);
    return this.#shown;
  }

  /** How many items there are, shown or not. */
  get size(): number {
    return this.#items.length;
  }

  /** 0 to 1; what has arrived of unfinished items counts too, so that long items do not look stuck. */
  get progress(): number {
    this.#progress ??= this.#measureProgress();
    return this.#progress;
  }

  /** Of a run with several stages: those that items have come to, in order; empty for any other. */
  get stages(): readonly StageTally[] {
    this.#stages ??= this.#tallies.all(this.#run);
    return this.#stages;
  }

  /** Whether items of one stage are made by different models, so that the model tells them apart. */
  get hasSeveralModels(): boolean {
    return this.#hasSeveralModels;
  }

  get bottleneck(): StageTally | undefined {
    return bottleneckOf(this.stages);
  }

  /** Items of a stage that were written in the last minute. @param now epoch ms */
  stagePerMinute(stage: string, now: number): number {
    return this.#tallies.perMinute(stage, now, this.#run.startedAt);
  }

  /** An item that waits in a run that nobody here works on has nobody who could call it off. */
  canCancel(item: QueueItem): boolean {
    return !isFinal(item.state) && isActive(this.#run.state);
  }

  canRunAgain(item: QueueItem): boolean {
    return isFinal(item.state) && this.#run.state !== 'stopping' && this.#run.state !== 'elsewhere';
  }

  /** Whoever has started is not overtaken any more. */
  canPrioritise(item: QueueItem): boolean {
    return (item.state === 'queued' || item.state === 'retrying') && isActive(this.#run.state);
  }

  item(id: string): QueueItem | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#items[place];
  }

  upsert(item: QueueItem): void {
    this.#seeModel(item);
    const place = this.#places.get(item.id);
    if (place === undefined) {
      this.#places.set(item.id, this.#items.length);
      this.#sorted &&= (this.#items.at(-1)?.position ?? -1) <= item.position;
      this.#items.push(item);
      this.#tallies.change(undefined, item);
      this.#shown = undefined;
    } else {
      const before = this.#items[place];
      this.#items[place] = item;
      this.#tallies.change(before, item);
      this.#sorted &&= before?.position === item.position;
      if (!isPlain(this.#arrangement) || !this.#sorted) {
        this.#shown = undefined;
      }
    }
    this.#progress = undefined;
    this.#stages = undefined;
  }

  #seeModel({ stage, model }: QueueItem): void {
    const first = this.#models.get(stage);
    if (first === undefined) this.#models.set(stage, model);
    else this.#hasSeveralModels ||= first !== model;
  }

  /** Place among the shown rows, or -1. */
  placeOf(id: string): number {
    const { shown } = this;
    return shown === this.#items ? (this.#places.get(id) ?? -1) : shown.findIndex((item) => item.id === id);
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
