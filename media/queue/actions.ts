import type { ItemState } from '../../src/model/item.ts';
import type { PanelMessage, QueueItem } from '../../src/protocol.ts';
import { itemOrders } from './arrangement.ts';
import type { QueueModel, RowKey } from './model.ts';
import type { Pane } from './pane.ts';
import type { RunRows } from './runRows.ts';
import type { Selection } from './selection.ts';

/** What a control says of itself beside its action: its `data-` attributes, and what a field holds. */
export interface ControlFacts {
  readonly filter?: string | undefined;
  readonly stage?: string | undefined;
  readonly item?: string | undefined;
  readonly run?: string | undefined;
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

interface Parts {
  readonly post: (message: PanelMessage) => void;
  readonly model: QueueModel;
  readonly pane: Pane;
  readonly selection: Selection;
  /** The panel has to be drawn again. */
  readonly changed: () => void;
}

/** What a person does to a row, to several or to what is beside them: a message to the host, or a change of what is shown. */
export class Actions {
  readonly #post: (message: PanelMessage) => void;
  readonly #model: QueueModel;
  readonly #pane: Pane;
  readonly #selection: Selection;
  readonly #changed: () => void;

  constructor({ post, model, pane, selection, changed }: Parts) {
    this.#post = post;
    this.#model = model;
    this.#pane = pane;
    this.#selection = selection;
    this.#changed = changed;
  }

  /** @param action the `data-action` of what was used; `key` is the row that it belongs to, if any */
  act(action: string, key: RowKey | undefined, facts: ControlFacts = {}): void {
    switch (action) {
      case 'generate':
        this.#post({ type: 'generate' });
        return;
      case 'show-services':
        this.#toggle(this.#pane.shown?.kind === 'services', () => this.#pane.show({ kind: 'services' }));
        return;
      case 'close-pane':
        this.closePane();
        return;
      case 'toggle-part':
        if (facts.key !== undefined) this.#pane.toggle(facts.key);
        this.#changed();
        return;
      case 'clear-selection':
        this.#selection.clear();
        this.#changed();
        return;
      case 'cancel-selected':
      case 'retry-selected':
      case 'run-selected-again':
      case 'raise-selected':
      case 'lower-selected':
        this.#actOnSelected(action);
        return;
      default:
        if (key !== undefined) this.#actOnRow(action, key, facts);
    }
  }

  #actOnRow(action: string, key: RowKey, facts: ControlFacts): void {
    const { run } = key;
    switch (action) {
      case 'pause':
        this.#post({ type: 'pauseRun', run });
        return;
      case 'resume':
        this.#post({ type: 'resumeRun', run });
        return;
      case 'retry-failed':
        this.#post({ type: 'retryFailed', run });
        return;
      case 'discard-run':
        this.#post({ type: 'discardRun', run });
        return;
      case 'end-watch':
        this.#post({ type: 'endWatch', run });
        return;
      case 'cancel-run':
        this.#post({ type: 'cancelRun', run });
        return;
      case 'clear-finished':
        this.#post({ type: 'clearFinished' });
        return;
      case 'run-stage-again':
        if (facts.stage !== undefined) this.#post({ type: 'runStageAgain', run, stage: facts.stage });
        return;
      case 'cancel-item':
        this.cancel(key);
        return;
      case 'run-item-again':
        this.#onItems(key, 'canRunAgain', (items) => this.#post({ type: 'runItemsAgain', run, items }));
        return;
      case 'raise':
        this.prioritise(key, -1);
        return;
      case 'lower':
        this.prioritise(key, 1);
        return;
      case 'show-record':
        this.showRecord(key);
        return;
      case 'show-charts': {
        const shown = this.#pane.shown;
        const isShown = shown?.kind === 'charts' && shown.run === run;
        this.#toggle(isShown, () => this.#pane.show({ kind: 'charts', run }));
        return;
      }
      case 'open':
        this.open(key);
        return;
      case 'filter':
        this.#model.toggleState(run, facts.filter as ItemState | undefined);
        this.#changed();
        return;
      case 'filter-all':
        this.#model.arrange(run, { state: undefined, stage: undefined });
        this.#changed();
        return;
      case 'filter-stage':
        if (facts.stage !== undefined) this.#model.toggleStage(run, facts.stage);
        this.#changed();
        return;
      case 'toggle-search':
        this.#model.toggleSearch(run);
        this.#changed();
        return;
      case 'search':
        this.#model.arrange(run, { text: facts.value ?? '' });
        this.#changed();
        return;
      case 'sort':
        this.#model.arrange(run, { order: itemOrders.find((order) => order === facts.value) ?? 'plan' });
        this.#changed();
        return;
    }
  }

  #actOnSelected(action: string): void {
    const { run } = this.#selection;
    const rows = run === undefined ? undefined : this.#model.run(run);
    if (run === undefined || rows === undefined) return;
    const chosen = this.#selection.items(this.#model);
    const ids = (isWanted: (item: QueueItem) => boolean): string[] => chosen.filter(isWanted).map(({ id }) => id);
    const movable = (): string[] => ids((item) => rows.canPrioritise(item));
    switch (action) {
      case 'cancel-selected':
        this.#postItems(
          ids((item) => rows.canCancel(item)),
          (items) => ({ type: 'cancelItems', run, items }),
        );
        return;
      case 'retry-selected':
        this.#postItems(
          ids((item) => rows.canRunAgain(item) && item.state === 'failed'),
          (items) => ({
            ...{ type: 'retryItems', run, items },
          }),
        );
        return;
      case 'run-selected-again':
        this.#postItems(
          ids((item) => rows.canRunAgain(item)),
          (items) => ({ type: 'runItemsAgain', run, items }),
        );
        return;
      case 'raise-selected':
        this.#postItems(movable(), (items) => ({ type: 'prioritise', run, items, by: -1 }));
        return;
      case 'lower-selected':
        this.#postItems(movable(), (items) => ({ type: 'prioritise', run, items, by: 1 }));
        return;
    }
  }

  #postItems(items: readonly string[], message: (items: readonly string[]) => PanelMessage): void {
    if (items.length > 0) this.#post(message(items));
  }

  #toggle(isShown: boolean, show: () => void): void {
    if (isShown) this.#pane.close();
    else show();
    this.#changed();
  }

  closePane(): boolean {
    if (this.#pane.shown === undefined) return false;
    this.#pane.close();
    this.#changed();
    return true;
  }

  /** What Enter does: a run unfolds, a written candidate opens, and of anything else is shown how it came. */
  open(key: RowKey): void {
    const { run, item } = key;
    if (item === undefined) {
      this.expand(run, !this.#model.isExpanded(run));
    } else if (this.#model.run(run)?.item(item)?.file !== undefined) {
      this.#post({ type: 'openCandidate', run, item });
    } else {
      this.showRecord(key);
    }
  }

  /** What a click does: of a record of a pipeline is shown how it came, even where it has a file. */
  click(key: RowKey): void {
    const item = key.item === undefined ? undefined : this.#model.run(key.run)?.item(key.item);
    if (item?.record === undefined) this.open(key);
    else this.showRecord(key);
  }

  showRecord({ run, item }: RowKey): void {
    if (item === undefined) return;
    this.#pane.show({ kind: 'record', run, item });
    this.#changed();
  }

  /** Calls off one item, or all that are selected with it; nothing for a run. */
  cancel(key: RowKey): void {
    this.#onItems(key, 'canCancel', (items) => this.#post({ type: 'cancelItems', run: key.run, items }));
  }

  prioritise(key: RowKey, by: -1 | 1): void {
    this.#onItems(key, 'canPrioritise', (items) => this.#post({ type: 'prioritise', run: key.run, items, by }));
  }

  expand(run: string, expanded: boolean): void {
    this.#model.expand(run, expanded);
    this.#changed();
  }

  /** The item of a row, or all selected ones when it is among them: those of them that allow it. */
  #onItems(
    { run, item }: RowKey,
    allowed: keyof Pick<RunRows, 'canCancel' | 'canRunAgain' | 'canPrioritise'>,
    act: (items: readonly string[]) => void,
  ): void {
    const rows = this.#model.run(run);
    if (item === undefined || rows === undefined) return;
    const one = rows.item(item);
    const isOfMany = this.#selection.has({ run, item });
    const chosen = isOfMany ? this.#selection.items(this.#model) : one === undefined ? [] : [one];
    const items = chosen.filter((each) => rows[allowed](each)).map(({ id }) => id);
    if (items.length > 0) act(items);
  }
}
