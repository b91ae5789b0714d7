import * as vscode from 'vscode';
import { isFinal } from '../../model/item.ts';
import type { ItemSnapshot, RunEvent } from '../../model/run.ts';
import { cardsOf, type Card } from '../../runs/board/cards.ts';
import type { Runs } from '../../runs/runs.ts';
import type { CandidateShelves, ListedCandidate, PromptListing } from '../candidateShelves.ts';
import type { Folders } from '../files/folders.ts';
import { promptOfItem } from '../shelfWatch.ts';

/** Changes are gathered for so long, ms. */
const gatherMs = 250;
/** Candidates are listed again after so long at the earliest, ms, and for a fifth of the time at most: each is read. */
const listAgainMs = 400;
const pauseShare = 4;

export interface BoardTools {
  readonly shelves: CandidateShelves;
  readonly runs: Runs;
  readonly folders: Folders;
}

export type BoardDataCard = Card<ListedCandidate, ItemSnapshot>;

/** What there is of one prompt file's candidates: those on the disk, and the items of runs that are to become some. */
export class BoardData implements vscode.Disposable {
  readonly prompt: vscode.Uri;
  readonly #tools: BoardTools;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;
  readonly #items = new Map<string, ItemSnapshot>();
  /** Whether a prompt of a run is ours, by run and path. */
  readonly #ours = new Map<string, boolean>();
  #listing: PromptListing | undefined;
  #failure: string | undefined;
  #listedAt = 0;
  #isListing = false;
  #listsAgain = false;
  /** Somebody has decided while candidates were listed. */
  #isUrgent = false;
  #pause: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;
  /** Gathered. */
  readonly onDidChange = this.#changed.event;

  constructor(prompt: vscode.Uri, tools: BoardTools) {
    this.prompt = prompt;
    this.#tools = tools;
    const unsubscribe = tools.runs.events.subscribe((event) => this.#see(event));
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      new vscode.Disposable(unsubscribe),
      tools.shelves.onDidChange((prompts) => {
        if (prompts.some((each) => each.toString() === prompt.toString())) this.refresh();
      }),
      // Who decides sees at once what comes of it.
      tools.shelves.onDidDecide((files) => {
        const own = new Set(this.#listing?.candidates.map(({ uri }) => uri.toString()));
        if (files.some((file) => own.has(file.toString()))) this.#refreshNow();
      }),
      tools.shelves.onDidChangeUndo(() => this.#refreshNow()),
    );
    this.#takeItems();
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#pause);
    this.#subscriptions.dispose();
  }

  /** Undefined until it was listed. */
  get listing(): PromptListing | undefined {
    return this.#listing;
  }

  /** Why there is no listing: one sentence. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Whether something is being made of the prompt now. */
  get isRunning(): boolean {
    const active = this.#active();
    return [...this.#items.values()].some(({ run, state }) => !isFinal(state) && active.has(run));
  }

  /** Items that a run was stopped before, and the run. */
  get left(): { readonly run: string; readonly count: number } | undefined {
    const stopped = new Set(this.#tools.runs.unfinished.map(({ id }) => id));
    const items = [...this.#items.values()].filter(({ run, state }) => stopped.has(run) && !isFinal(state));
    const run = items.reduce((latest, each) => (each.run > latest ? each.run : latest), '');
    return run === '' ? undefined : { run, count: items.filter((each) => each.run === run).length };
  }

  /** By row. */
  cards(): ReadonlyMap<string, readonly BoardDataCard[]> {
    const cards = cardsOf({
      candidates: this.#listing?.candidates ?? [],
      listedAt: this.#listedAt,
      items: this.#items.values(),
      active: this.#active(),
    });
    return Map.groupBy(cards, ({ row }) => row);
  }

  item({ run, item }: { readonly run: string; readonly item: string }): ItemSnapshot | undefined {
    return this.#items.get(`${run} ${item}`);
  }

  /** Lists the candidates again, soon. */
  refresh(): void {
    if (this.#isDisposed) return;
    if (this.#isListing || this.#pause) {
      this.#listsAgain = true;
      return;
    }
    void this.#list();
  }

  #refreshNow(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#isUrgent = this.#isListing;
    this.refresh();
  }

  async #list(): Promise<void> {
    this.#isListing = true;
    this.#listsAgain = false;
    const begun = performance.now();
    const listedAt = Date.now();
    const listing = await this.#tools.shelves.list(this.prompt);
    this.#isListing = false;
    if (this.#isDisposed) return;
    this.#listing = listing.ok ? listing.value : undefined;
    this.#failure = listing.ok ? undefined : listing.failure;
    this.#listedAt = listedAt;
    this.#changed.fire();
    if (this.#isUrgent) {
      this.#isUrgent = false;
      void this.#list();
      return;
    }
    this.#pause = setTimeout(
      () => {
        this.#pause = undefined;
        if (this.#listsAgain) this.refresh();
      },
      Math.max(listAgainMs, pauseShare * (performance.now() - begun)),
    );
  }

  #see(event: RunEvent): void {
    switch (event.type) {
      case 'runStarted':
        for (const item of event.items) this.#take(item);
        this.#changeSoon();
        return;
      case 'itemChanged':
        if (this.#take(event.item)) this.#changeSoon();
        return;
      case 'runsReplaced':
        this.#takeItems();
        this.#changeSoon();
        return;
      case 'runFinished':
        this.#changeSoon();
        return;
      case 'runChanged':
      case 'attemptFinished':
      case 'callsAdapted':
        return;
    }
  }

  #takeItems(): void {
    this.#items.clear();
    this.#ours.clear();
    for (const item of this.#tools.runs.snapshots().items) this.#take(item);
  }

  /** @returns whether it is one of ours. What is a stage of a pipeline makes no candidate of a prompt file. */
  #take(item: ItemSnapshot): boolean {
    const { run, id, prompt, stageCount } = item;
    if (stageCount > 1) return false;
    const key = `${run} ${prompt}`;
    let isOurs = this.#ours.get(key);
    if (isOurs === undefined) {
      isOurs = promptOfItem(item, this.#tools.runs, this.#tools.folders)?.toString() === this.prompt.toString();
      this.#ours.set(key, isOurs);
    }
    if (isOurs) this.#items.set(`${run} ${id}`, item);
    return isOurs;
  }

  #active(): ReadonlySet<string> {
    return new Set(this.#tools.runs.active.map(({ id }) => id));
  }

  #changeSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#changed.fire();
    }, gatherMs);
  }
}
