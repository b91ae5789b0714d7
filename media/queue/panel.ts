import { render } from 'lit/html.js';
import type { ItemState } from '../../src/model/item.ts';
import type { HostMessage, PanelMessage } from '../../src/protocol.ts';
import { formatCounts, formatItemLabel, formatRunEnd, formatRunResumed } from '../../src/wording/format.ts';
import { QueueModel, type PanelState, type RowKey, type RunRows } from './model.ts';
import { strings } from '../../src/wording/strings.ts';
import { panelTemplate } from './view.ts';
import { ListViewport } from './viewport.ts';

export interface PanelHost {
  post(message: PanelMessage): void;
  remember(state: PanelState): void;
}

const rememberAfterMs = 250;

/** Connects the model with the document: draws at most once a frame, and turns clicks and keys into messages. */
export class Panel {
  readonly #root: HTMLElement;
  readonly #announcer: HTMLElement;
  readonly #host: PanelHost;
  readonly #model: QueueModel;
  readonly #viewport: ListViewport;
  #cursor: RowKey | undefined;
  /** Whether a person has put the cursor somewhere. */
  #selected = false;
  /** Where the cursor was, so that it has a neighbour to go to when its row disappears. */
  #cursorIndex = 0;
  #frame: number | undefined;
  #tick: number | undefined;
  #remembering = false;

  constructor(root: HTMLElement, host: PanelHost, remembered: Partial<PanelState> | undefined) {
    this.#root = root;
    this.#host = host;
    this.#model = new QueueModel(remembered);
    this.#viewport = new ListViewport(root, this.#model, remembered?.scrollTop ?? 0, () => this.#schedule());
    this.#announcer = document.createElement('div');
    this.#announcer.className = 'announcer';
    this.#announcer.setAttribute('aria-live', 'polite');
    root.after(this.#announcer);
    root.addEventListener('click', (event) => this.#onClick(event));
    root.addEventListener('keydown', (event) => this.#onKey(event));
    root.addEventListener('focusin', (event) => this.#onFocus(event));
    document.addEventListener('copy', (event) => this.#onCopy(event));
    const showFocus = () => root.classList.toggle('focused', document.hasFocus());
    window.addEventListener('focus', showFocus);
    window.addEventListener('blur', showFocus);
    showFocus();
  }

  receive(message: HostMessage): void {
    const { started, resumed, ended } = this.#model.apply(message, Date.now());
    const news = [
      ...started.map((run) => strings.runStarted(run.label, run.total)),
      ...resumed.map(formatRunResumed),
      ...ended.map(formatRunEnd),
    ];
    if (news.length > 0) {
      this.#announcer.textContent = news.join(' ');
    }
    this.#schedule();
  }

  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    if (this.#frame !== undefined) {
      cancelAnimationFrame(this.#frame);
      this.#frame = undefined;
    }
    const held = this.#root.contains(document.activeElement);
    this.#moveCursorFromLostRow();
    if (this.#viewport.stale) {
      this.#render();
      this.#viewport.measure();
    }
    if (!this.#inUse()) {
      this.#viewport.follow();
    }
    this.#viewport.updateRanges();
    this.#render();
    if (!this.#viewport.commit()) {
      this.#schedule();
    }
    if (held && !this.#root.contains(document.activeElement) && document.hasFocus()) {
      this.#rowElement(this.#cursor)?.focus({ preventScroll: true });
    }
    this.#keepTicking();
    this.#rememberSoon();
  }

  #render(): void {
    const now = this.#model.hostTime(Date.now());
    render(
      panelTemplate({
        model: this.#model,
        now,
        cursor: this.#cursor,
        selected: this.#selected,
        ranges: this.#viewport.ranges,
      }),
      this.#root,
    );
  }

  /** Rows must not move under a pointer, nor away from the row that has the focus. */
  #inUse(): boolean {
    return this.#root.matches(':hover') || (document.hasFocus() && this.#root.contains(document.activeElement));
  }

  #keepTicking(): void {
    if (!this.#model.ticking) {
      clearTimeout(this.#tick);
      this.#tick = undefined;
    } else if (this.#tick === undefined) {
      const toFullSecond = 1000 - (this.#model.hostTime(Date.now()) % 1000);
      this.#tick = setTimeout(() => {
        this.#tick = undefined;
        this.#schedule();
      }, toFullSecond);
    }
  }

  #rememberSoon(): void {
    if (this.#remembering) {
      return;
    }
    this.#remembering = true;
    setTimeout(() => {
      this.#remembering = false;
      this.#host.remember(this.#model.remember(this.#viewport.scrollTop));
    }, rememberAfterMs);
  }

  // The cursor

  #moveCursorFromLostRow(): void {
    const index = this.#cursor === undefined ? -1 : this.#model.rowIndex(this.#cursor);
    if (index >= 0) {
      this.#cursorIndex = index;
      return;
    }
    const sameRun = this.#cursor && this.#model.run(this.#cursor.run);
    const last = this.#model.rowCount - 1;
    const neighbour = this.#cursor === undefined ? undefined : this.#model.rowAt(Math.min(this.#cursorIndex, last));
    this.#cursor =
      sameRun !== undefined && neighbour?.run !== sameRun.run.id
        ? { run: sameRun.run.id }
        : (neighbour ?? this.#model.rowAt(0));
  }

  #goTo(index: number): void {
    const key = this.#model.rowAt(Math.max(0, Math.min(index, this.#model.rowCount - 1)));
    if (key === undefined) {
      return;
    }
    this.#cursor = key;
    if (this.#viewport.stale) {
      this.#draw();
    }
    this.#viewport.reveal(key);
    this.#draw();
    this.#rowElement(key)?.focus({ preventScroll: true });
  }

  /** Draws at once: the next Tab must find the buttons of this row. */
  #onFocus(event: FocusEvent): void {
    const key = this.#keyOf(event.target);
    const moved = key?.run !== this.#cursor?.run || key?.item !== this.#cursor?.item;
    if (key !== undefined && (moved || !this.#selected)) {
      this.#cursor = key;
      this.#selected = true;
      this.#draw();
    }
  }

  // What a person does

  #onClick(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : undefined;
    const key = this.#keyOf(event.target);
    const control = target?.closest<HTMLElement>('[data-action]');
    if (control?.dataset.action !== undefined) {
      this.#act(control.dataset.action, key, control.dataset.filter as ItemState | undefined);
    } else if (key !== undefined) {
      this.#open(key);
    }
  }

  #act(action: string, key: RowKey | undefined, filter: ItemState | undefined): void {
    if (action === 'generate') {
      this.#host.post({ type: 'generate' });
      return;
    }
    if (key === undefined) {
      return;
    }
    switch (action) {
      case 'pause':
        this.#host.post({ type: 'pauseRun', run: key.run });
        return;
      case 'resume':
        this.#host.post({ type: 'resumeRun', run: key.run });
        return;
      case 'retry-failed':
        this.#host.post({ type: 'retryFailed', run: key.run });
        return;
      case 'discard-run':
        this.#host.post({ type: 'discardRun', run: key.run });
        return;
      case 'cancel-run':
        this.#host.post({ type: 'cancelRun', run: key.run });
        return;
      case 'clear-finished':
        this.#host.post({ type: 'clearFinished' });
        return;
      case 'cancel-item':
        this.#cancel(key);
        return;
      case 'run-item-again':
        if (key.item !== undefined) {
          this.#host.post({ type: 'runItemAgain', run: key.run, item: key.item });
        }
        return;
      case 'open':
        this.#open(key);
        return;
      case 'filter':
      case 'filter-all':
        this.#model.toggleFilter(key.run, filter);
        this.#schedule();
        return;
    }
  }

  /** What Enter and a click do: a run unfolds, a written candidate opens. */
  #open({ run, item }: RowKey): void {
    if (item === undefined) {
      this.#expand(run, !this.#model.isExpanded(run));
    } else if (this.#model.run(run)?.item(item)?.file !== undefined) {
      this.#host.post({ type: 'openCandidate', run, item });
    }
  }

  #cancel({ run, item }: RowKey): void {
    const rows = this.#model.run(run);
    const found = item === undefined ? undefined : rows?.item(item);
    if (found !== undefined && rows?.canCancel(found) === true) {
      this.#host.post({ type: 'cancelItem', run, item: found.id });
    }
  }

  #expand(run: string, expanded: boolean): void {
    this.#model.expand(run, expanded);
    this.#schedule();
  }

  #onKey(event: KeyboardEvent): void {
    const key = this.#keyOf(event.target);
    if (key === undefined || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const onButton = event.target instanceof HTMLButtonElement;
    if (onButton && (event.key === 'Enter' || event.key === ' ')) {
      return;
    }
    if (this.#pressed(event.key, key)) {
      event.preventDefault();
    }
  }

  #pressed(pressed: string, key: RowKey): boolean {
    const index = this.#model.rowIndex(key);
    switch (pressed) {
      case 'ArrowDown':
        this.#goTo(index + 1);
        return true;
      case 'ArrowUp':
        this.#goTo(index - 1);
        return true;
      case 'PageDown':
        this.#goTo(index + this.#viewport.rowsInPage);
        return true;
      case 'PageUp':
        this.#goTo(index - this.#viewport.rowsInPage);
        return true;
      case 'Home':
        this.#goTo(0);
        return true;
      case 'End':
        this.#goTo(this.#model.rowCount - 1);
        return true;
      case 'ArrowRight':
        if (key.item === undefined) {
          if (this.#model.isExpanded(key.run)) {
            const first = this.#model.run(key.run)?.shown.length ? index + 1 : index;
            this.#goTo(first);
          } else {
            this.#expand(key.run, true);
          }
        }
        return true;
      case 'ArrowLeft':
        if (key.item === undefined) {
          this.#expand(key.run, false);
        } else {
          this.#goTo(this.#model.runIndex(key.run));
        }
        return true;
      case 'Enter':
      case ' ':
        this.#open(key);
        return true;
      case 'Delete':
      case 'Backspace':
        this.#cancel(key);
        return true;
      default:
        return false;
    }
  }

  /** Copies what the focused row says, as lists in the editor do. */
  #onCopy(event: ClipboardEvent): void {
    const rows: RunRows | undefined = this.#cursor && this.#model.run(this.#cursor.run);
    if (!this.#cursor || !rows || !this.#root.contains(document.activeElement)) {
      return;
    }
    const item = this.#cursor.item === undefined ? undefined : rows.item(this.#cursor.item);
    const text =
      item === undefined
        ? strings.join([rows.run.label, ...formatCounts(rows.run.counts)])
        : strings.itemRowLabel([
            formatItemLabel(item),
            item.model,
            strings.itemState(item.state),
            item.message ?? item.file ?? '',
          ]);
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
  }

  // The document

  #rowElement(key: RowKey | undefined): HTMLElement | null {
    const section = key && this.#root.querySelector(`[data-run="${CSS.escape(key.run)}"]`);
    return (
      section?.querySelector<HTMLElement>(
        key?.item === undefined ? '.run-row' : `[data-item="${CSS.escape(key.item)}"]`,
      ) ?? null
    );
  }

  #keyOf(target: EventTarget | null): RowKey | undefined {
    const row = target instanceof Element ? target.closest<HTMLElement>('.run-row, .item-row') : null;
    const run = row?.closest<HTMLElement>('[data-run]')?.dataset.run;
    if (row === null || run === undefined) {
      return undefined;
    }
    const item = row.dataset.item;
    return item === undefined ? { run } : { run, item };
  }
}
