import type { ItemState } from '../../src/model/item.ts';
import { isActive } from '../../src/model/run.ts';
import type { HostMessage, QueueRun } from '../../src/protocol.ts';
import { isPlain, plain, readArrangement, type Arrangement } from './arrangement.ts';
import type { Shown } from './pane.ts';
import { RunRows } from './runRows.ts';
import { transitionsOf, type Transitions } from './transitions.ts';

/** What the panel remembers while it is hidden. */
export interface PanelState {
  /** By run; only those that are not plain. */
  readonly arrangements: Readonly<Record<string, Arrangement>>;
  /** Only what a person chose; the rest follows from the run's state. */
  readonly expanded: Readonly<Record<string, boolean>>;
  readonly scrollTop: number;
  /** What is shown beside the list; absent: nothing. */
  readonly pane?: Shown;
}

/** A row of the panel: a run, or an item of a run. */
export interface RowKey {
  readonly run: string;
  readonly item?: string;
}

/** Everything the panel shows, without a line about how it is shown. */
export class QueueModel {
  #runs: RunRows[] = [];
  #byId = new Map<string, RunRows>();
  #expanded: Map<string, boolean>;
  #arrangements: Map<string, Arrangement>;
  /** Runs whose row of filters is shown. */
  readonly #searched = new Set<string>();
  /** The ends of texts that are being made, by run and item. */
  readonly #previews = new Map<string, string>();
  #hostAhead = 0;
  #loaded = false;

  constructor(remembered?: Partial<PanelState>) {
    this.#expanded = new Map(Object.entries(remembered?.expanded ?? {}));
    const arrangements = Object.entries(remembered?.arrangements ?? {});
    this.#arrangements = new Map(arrangements.map(([run, each]) => [run, readArrangement(each)]));
    for (const [run, { text, order }] of this.#arrangements)
      if (text !== '' || order !== 'plan') this.#searched.add(run);
  }

  /** False until the host has told what there is: an empty panel is not yet a panel with nothing in it. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** Newest first. */
  get runs(): readonly RunRows[] {
    return this.#runs;
  }

  get runningItems(): number {
    return this.#runs.reduce((sum, { run }) => sum + run.counts.running, 0);
  }

  /** Whether anything on screen changes by time alone. */
  get ticking(): boolean {
    return this.#runs.some(({ run }) => run.counts.running > 0 || run.counts.retrying > 0);
  }

  /** The host's clock. */
  hostTime(localTime: number): number {
    return localTime + this.#hostAhead;
  }

  run(id: string): RunRows | undefined {
    return this.#byId.get(id);
  }

  /** The end of an item's text so far. */
  preview(run: string, item: string): string {
    return this.#previews.get(`${run} ${item}`) ?? '';
  }

  showPreviews({ previews }: Extract<HostMessage, { readonly type: 'previews' }>): void {
    for (const { run, item, text } of previews) this.#previews.set(`${run} ${item}`, text);
  }

  apply(message: Extract<HostMessage, { readonly type: 'snapshot' | 'changes' }>, localTime: number): Transitions {
    const [now, runs, items] =
      message.type === 'snapshot'
        ? [message.snapshot.now, message.snapshot.runs, message.snapshot.items]
        : [message.now, message.runs, message.items];
    this.#hostAhead = now - localTime;
    const before = new Map(this.#runs.map(({ run }) => [run.id, run.state]));
    if (message.type === 'snapshot') {
      this.#forgetAllBut(new Set(runs.map((run) => run.id)));
    }
    for (const run of runs) {
      this.#upsertRun(run);
    }
    for (const item of items) {
      this.#byId.get(item.run)?.upsert(item);
      if (item.state !== 'running') this.#previews.delete(`${item.run} ${item.id}`);
    }
    const transitions = this.#loaded ? transitionsOf(runs, before) : { started: [], resumed: [], ended: [] };
    this.#loaded ||= message.type === 'snapshot';
    return transitions;
  }

  /** Open while it is worked on here. The newest run stays open: its candidates are what a person came for. */
  isExpanded(run: string): boolean {
    const rows = this.#byId.get(run);
    if (rows === undefined) {
      return false;
    }
    return this.#expanded.get(run) ?? (isActive(rows.run.state) || rows === this.#runs[0]);
  }

  expand(run: string, expanded: boolean): void {
    this.#expanded.set(run, expanded);
  }

  /** Shows one state of a run, or all of them when that state is shown already. */
  toggleState(run: string, state: ItemState | undefined): void {
    const now = this.#byId.get(run)?.arrangement.state;
    this.arrange(run, { state: now === state ? undefined : state });
  }

  /** The same for one stage. */
  toggleStage(run: string, stage: string): void {
    const now = this.#byId.get(run)?.arrangement.stage;
    this.arrange(run, { stage: now === stage ? undefined : stage });
  }

  /** Changes which items of a run are shown, and in which order. */
  arrange(run: string, change: Partial<Arrangement>): void {
    const rows = this.#byId.get(run);
    if (rows === undefined) {
      return;
    }
    rows.arrangement = { ...rows.arrangement, ...change };
    if (isPlain(rows.arrangement)) {
      this.#arrangements.delete(run);
    } else {
      this.#arrangements.set(run, rows.arrangement);
    }
    this.#expanded.set(run, true);
  }

  /** Whether the row of filters is shown. */
  isSearched(run: string): boolean {
    return this.#searched.has(run);
  }

  /** Shows the row of filters, or takes it away with what it filters. */
  toggleSearch(run: string): void {
    if (this.#searched.delete(run)) {
      this.arrange(run, { text: '', order: 'plan' });
    } else {
      this.#searched.add(run);
      this.#expanded.set(run, true);
    }
  }

  remember(scrollTop: number, pane?: Shown): PanelState {
    return {
      arrangements: Object.fromEntries(this.#arrangements),
      expanded: Object.fromEntries(this.#expanded),
      scrollTop,
      ...(pane === undefined ? {} : { pane }),
    };
  }

  /** Rows that can be reached: every run, and the shown items of those that are expanded. */
  get rowCount(): number {
    return this.#runs.reduce((sum, rows) => sum + this.#height(rows), 0);
  }

  /** 0-based place among all rows, or -1. */
  rowIndex(key: RowKey): number {
    const rows = this.#byId.get(key.run);
    if (rows === undefined) {
      return -1;
    }
    const start = this.runIndex(key.run);
    if (key.item === undefined) {
      return start;
    }
    const place = this.isExpanded(key.run) ? rows.placeOf(key.item) : -1;
    return place === -1 ? -1 : start + 1 + place;
  }

  runIndex(run: string): number {
    let index = 0;
    for (const rows of this.#runs) {
      if (rows.run.id === run) {
        return index;
      }
      index += this.#height(rows);
    }
    return -1;
  }

  rowAt(index: number): RowKey | undefined {
    let start = 0;
    for (const rows of this.#runs) {
      const height = this.#height(rows);
      if (index === start) {
        return { run: rows.run.id };
      }
      if (index < start + height) {
        const item = rows.shown[index - start - 1];
        return item && { run: rows.run.id, item: item.id };
      }
      start += height;
    }
    return undefined;
  }

  #height(rows: RunRows): number {
    return 1 + (this.isExpanded(rows.run.id) ? rows.shown.length : 0);
  }

  #upsertRun(run: QueueRun): void {
    const rows = this.#byId.get(run.id);
    if (rows !== undefined) {
      rows.run = run;
      return;
    }
    const added = new RunRows(run);
    added.arrangement = this.#arrangements.get(run.id) ?? plain;
    this.#byId.set(run.id, added);
    this.#runs.push(added);
    this.#runs.sort((a, b) => b.run.startedAt - a.run.startedAt);
  }

  #forgetAllBut(known: ReadonlySet<string>): void {
    // The first snapshot may come before the host has read its journal: what was chosen for those runs is kept.
    for (const choices of this.#loaded ? [this.#arrangements, this.#expanded] : []) {
      for (const run of [...choices.keys()]) {
        if (!known.has(run)) {
          choices.delete(run);
        }
      }
    }
    this.#runs = [];
    this.#byId.clear();
    this.#previews.clear();
  }
}
