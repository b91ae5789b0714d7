import type { ItemState } from '../../src/model/item.ts';
import type { PanelMessage } from '../../src/protocol.ts';
import type { QueueModel, RowKey } from './model.ts';

/** What a person does to a row: a message to the host, or a change of what is shown. */
export class Actions {
  readonly #post: (message: PanelMessage) => void;
  readonly #model: QueueModel;
  readonly #changed: () => void;

  /** @param changed the panel has to be drawn again */
  constructor(post: (message: PanelMessage) => void, model: QueueModel, changed: () => void) {
    this.#post = post;
    this.#model = model;
    this.#changed = changed;
  }

  /** @param action the `data-action` of what was clicked; `key` is the row that it belongs to, if any */
  act(action: string, key: RowKey | undefined, filter: ItemState | undefined): void {
    if (action === 'generate') {
      this.#post({ type: 'generate' });
      return;
    }
    if (key === undefined) {
      return;
    }
    switch (action) {
      case 'pause':
        this.#post({ type: 'pauseRun', run: key.run });
        return;
      case 'resume':
        this.#post({ type: 'resumeRun', run: key.run });
        return;
      case 'retry-failed':
        this.#post({ type: 'retryFailed', run: key.run });
        return;
      case 'discard-run':
        this.#post({ type: 'discardRun', run: key.run });
        return;
      case 'cancel-run':
        this.#post({ type: 'cancelRun', run: key.run });
        return;
      case 'clear-finished':
        this.#post({ type: 'clearFinished' });
        return;
      case 'cancel-item':
        this.cancel(key);
        return;
      case 'run-item-again':
        if (key.item !== undefined) {
          this.#post({ type: 'runItemAgain', run: key.run, item: key.item });
        }
        return;
      case 'open':
        this.open(key);
        return;
      case 'filter':
      case 'filter-all':
        this.#model.toggleFilter(key.run, filter);
        this.#changed();
        return;
    }
  }

  /** What Enter and a click do: a run unfolds, a written candidate opens. */
  open({ run, item }: RowKey): void {
    if (item === undefined) {
      this.expand(run, !this.#model.isExpanded(run));
    } else if (this.#model.run(run)?.item(item)?.file !== undefined) {
      this.#post({ type: 'openCandidate', run, item });
    }
  }

  /** Calls one item off; nothing for a run. */
  cancel({ run, item }: RowKey): void {
    const rows = this.#model.run(run);
    const found = item === undefined ? undefined : rows?.item(item);
    if (found !== undefined && rows?.canCancel(found) === true) {
      this.#post({ type: 'cancelItem', run, item: found.id });
    }
  }

  expand(run: string, expanded: boolean): void {
    this.#model.expand(run, expanded);
    this.#changed();
  }
}
