import { render } from 'lit/html.js';
import type { ItemState } from '../../src/model/item.ts';
import type { HostMessage, PanelMessage } from '../../src/protocol.ts';
import { formatCounts, formatItemLabel, formatRunEnd, formatRunResumed } from '../../src/wording/format.ts';
import { strings } from '../../src/wording/strings.ts';
import { Actions } from './actions.ts';
import { Cursor } from './cursor.ts';
import { elementOf, keyOf } from './elements.ts';
import { press } from './keyboard.ts';
import { QueueModel, type PanelState } from './model.ts';
import { panelTemplate } from './view/panelTemplate.ts';
import { ListViewport } from './viewport.ts';

export interface PanelHost {
  post(message: PanelMessage): void;
  remember(state: PanelState): void;
}

const rememberAfterMs = 250;

/** Connects the model with the document: draws at most once a frame, and takes clicks and keys to what they do. */
export class Panel {
  readonly #root: HTMLElement;
  readonly #announcer: HTMLElement;
  readonly #host: PanelHost;
  readonly #model: QueueModel;
  readonly #viewport: ListViewport;
  readonly #actions: Actions;
  readonly #cursor = new Cursor();
  #frame: number | undefined;
  #tick: number | undefined;
  #remembering = false;

  constructor(root: HTMLElement, host: PanelHost, remembered: Partial<PanelState> | undefined) {
    this.#root = root;
    this.#host = host;
    this.#model = new QueueModel(remembered);
    this.#viewport = new ListViewport(root, this.#model, remembered?.scrollTop ?? 0, () => this.#schedule());
    this.#actions = new Actions(
      (message) => host.post(message),
      this.#model,
      () => this.#schedule(),
    );
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
    this.#cursor.leaveLostRow(this.#model);
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
      this.#focusCursor();
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
        cursor: this.#cursor.key,
        selected: this.#cursor.selected,
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

  #goTo(index: number): void {
    const key = this.#model.rowAt(Math.max(0, Math.min(index, this.#model.rowCount - 1)));
    if (key === undefined) {
      return;
    }
    this.#cursor.moveTo(key);
    if (this.#viewport.stale) {
      this.#draw();
    }
    this.#viewport.reveal(key);
    this.#draw();
    this.#focusCursor();
  }

  #focusCursor(): void {
    const { key } = this.#cursor;
    if (key !== undefined) {
      elementOf(key, this.#root)?.focus({ preventScroll: true });
    }
  }

  /** Draws at once: the next Tab must find the buttons of this row. */
  #onFocus(event: FocusEvent): void {
    const key = keyOf(event.target);
    if (key !== undefined && this.#cursor.select(key)) {
      this.#draw();
    }
  }

  #onClick(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : undefined;
    const key = keyOf(event.target);
    const control = target?.closest<HTMLElement>('[data-action]');
    if (control?.dataset.action !== undefined) {
      this.#actions.act(control.dataset.action, key, control.dataset.filter as ItemState | undefined);
    } else if (key !== undefined) {
      this.#actions.open(key);
    }
  }

  #onKey(event: KeyboardEvent): void {
    const key = keyOf(event.target);
    if (key === undefined || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const onButton = event.target instanceof HTMLButtonElement;
    if (onButton && (event.key === 'Enter' || event.key === ' ')) {
      return;
    }
    const { rowsInPage } = this.#viewport;
    const goTo = (index: number) => this.#goTo(index);
    if (press(event.key, key, { model: this.#model, actions: this.#actions, rowsInPage, goTo })) {
      event.preventDefault();
    }
  }

  /** Copies what the focused row says, as lists in the editor do. */
  #onCopy(event: ClipboardEvent): void {
    const { key } = this.#cursor;
    const rows = key && this.#model.run(key.run);
    if (key === undefined || rows === undefined || !this.#root.contains(document.activeElement)) {
      return;
    }
    const item = key.item === undefined ? undefined : rows.item(key.item);
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
}
