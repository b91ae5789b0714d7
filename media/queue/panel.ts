import { render } from 'lit/html.js';
import type { HostMessage, PanelMessage } from '../../src/protocol.ts';
import { formatCounts, formatItemLabel, formatRunEnd, formatRunResumed } from '../../src/wording/format.ts';
import { queueTexts } from '../../src/wording/queueTexts.ts';
import { strings } from '../../src/wording/strings.ts';
import { Announcer } from '../shared/announcer.ts';
import { liveRegionBehind } from '../shared/liveRegion.ts';
import { Actions } from './actions.ts';
import { Cursor } from './cursor.ts';
import { elementOf, factsOf, keyOf } from './elements.ts';
import { press } from './keyboard.ts';
import { QueueModel, type PanelState, type RowKey } from './model.ts';
import { Pane, readShown } from './pane.ts';
import { Selection } from './selection.ts';
import { panelTemplate } from './view/panelTemplate.ts';
import { ListViewport } from './viewport.ts';
import { watchOf } from './watch.ts';

export interface PanelHost {
  post(message: PanelMessage): void;
  remember(state: PanelState): void;
}

const rememberAfterMs = 250;
/** After these, other rows are shown than before. */
const rearranging: ReadonlySet<string> = new Set(['filter', 'filter-all', 'filter-stage', 'search', 'sort']);
/** Somebody who types is told what is left of the list when the typing has ended. */
const announceAfterMs = 700;

/** Connects the model with the document: draws at most once a frame, and takes clicks and keys to what they do. */
export class Panel {
  readonly #root: HTMLElement;
  readonly #announcer: Announcer;
  readonly #host: PanelHost;
  readonly #model: QueueModel;
  readonly #pane: Pane;
  readonly #selection = new Selection();
  readonly #viewport: ListViewport;
  readonly #actions: Actions;
  readonly #cursor = new Cursor();
  #frame: number | undefined;
  #tick: number | undefined;
  #remembering = false;
  #announcing: number | undefined;
  /** What the host was told last of what is looked at. */
  #watched = '';

  constructor(root: HTMLElement, host: PanelHost, remembered: Partial<PanelState> | undefined) {
    this.#root = root;
    this.#host = host;
    const post = (message: PanelMessage) => host.post(message);
    const changed = () => this.#schedule();
    this.#model = new QueueModel(remembered);
    this.#pane = new Pane(post, readShown(remembered?.pane));
    this.#viewport = new ListViewport(root, this.#model, remembered?.scrollTop ?? 0, changed);
    this.#actions = new Actions({ post, model: this.#model, pane: this.#pane, selection: this.#selection, changed });
    this.#announcer = new Announcer(liveRegionBehind(root));
    root.addEventListener('click', (event) => this.#onClick(event));
    root.addEventListener('keydown', (event) => this.#onKey(event));
    root.addEventListener('focusin', (event) => this.#onFocus(event));
    for (const type of ['input', 'change'] as const) root.addEventListener(type, (event) => this.#onField(event, type));
    document.addEventListener('copy', (event) => this.#onCopy(event));
    const showFocus = () => root.classList.toggle('focused', document.hasFocus());
    window.addEventListener('focus', showFocus);
    window.addEventListener('blur', showFocus);
    showFocus();
  }

  receive(message: HostMessage): void {
    if (message.type === 'previews') {
      this.#model.showPreviews(message);
      this.#schedule();
      return;
    }
    if (message.type !== 'snapshot' && message.type !== 'changes') {
      if (this.#pane.apply(message)) this.#schedule();
      return;
    }
    const { started, resumed, ended } = this.#model.apply(message, Date.now());
    if (message.type === 'snapshot') {
      // A host that sends one may be a new one, which knows nothing of what is looked at.
      this.#watched = '';
      this.#pane.askAgain();
      this.#selection.keepTo(this.#model);
    } else {
      this.#pane.changed(message.items);
    }
    const news = [
      ...started.map((run) => strings.runStarted(run.label, run.total, run.records)),
      ...resumed.map(formatRunResumed),
      ...ended.map(formatRunEnd),
    ];
    this.#announcer.say(news);
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
    this.#watch();
    this.#rememberSoon();
  }

  #render(): void {
    const now = this.#model.hostTime(Date.now());
    render(
      panelTemplate({
        model: this.#model,
        pane: this.#pane,
        selection: this.#selection,
        now,
        cursor: this.#cursor.key,
        selected: this.#cursor.selected,
        ranges: this.#viewport.ranges,
      }),
      this.#root,
    );
  }

  /** The host sends only what is seen. */
  #watch(): void {
    const message = watchOf(this.#model, this.#pane, this.#viewport.ranges);
    const watched = JSON.stringify(message);
    if (watched === this.#watched || !this.#model.loaded) {
      return;
    }
    this.#watched = watched;
    this.#host.post(message);
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
      this.#host.remember(this.#model.remember(this.#viewport.scrollTop, this.#pane.shown));
    }, rememberAfterMs);
  }

  #goTo(index: number): RowKey | undefined {
    const key = this.#model.rowAt(Math.max(0, Math.min(index, this.#model.rowCount - 1)));
    if (key === undefined) {
      return undefined;
    }
    this.#cursor.moveTo(key);
    if (this.#viewport.stale) {
      this.#draw();
    }
    this.#viewport.reveal(key);
    this.#draw();
    this.#focusCursor();
    return key;
  }

  #focusCursor(): void {
    const { key } = this.#cursor;
    if (key !== undefined) {
      elementOf(key, this.#root)?.focus({ preventScroll: true });
    }
  }

  /** Draws at once: the next Tab must find the buttons of this row. A record that is looked at gives way to the next. */
  #onFocus(event: FocusEvent): void {
    const key = isInPane(event.target) ? undefined : keyOf(event.target);
    if (key === undefined || !this.#cursor.select(key)) {
      return;
    }
    if (key.item !== undefined && this.#pane.shown?.kind === 'record') {
      this.#pane.show({ kind: 'record', run: key.run, item: key.item });
    }
    this.#draw();
  }

  #onClick(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : undefined;
    const key = keyOf(event.target);
    const control = target?.closest<HTMLElement>('[data-action]');
    const isCtrl = event.ctrlKey || event.metaKey;
    if (control?.dataset.action !== undefined && !(control instanceof HTMLInputElement) && !isSelect(control)) {
      this.#act(control, key);
      if (control.dataset.action === 'toggle-search') this.#focusSearch(key?.run);
    } else if (isInPane(target)) {
      return;
    } else if (key?.item !== undefined && (isCtrl || event.shiftKey)) {
      if (event.shiftKey) this.#selection.extendTo(key, this.#model);
      else this.#selection.toggle(key);
      this.#schedule();
    } else if (key !== undefined && !(target instanceof HTMLInputElement) && !isSelect(target)) {
      this.#selection.startAt(key);
      this.#actions.click(key);
      this.#schedule();
    }
  }

  /** A field of the row of filters: its text with every letter, a choice once it is made. */
  #onField(event: Event, type: 'input' | 'change'): void {
    const field = event.target;
    const isText = field instanceof HTMLInputElement;
    if (!isText && !(field instanceof HTMLSelectElement)) return;
    if (isText !== (type === 'input') || field.dataset.action === undefined) return;
    const key = keyOf(field);
    this.#act(field, key);
    const rows = key && this.#model.run(key.run);
    if (!rows) return;
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => {
      this.#announcer.say([queueTexts.shownOf(rows.shown.length, rows.size)]);
    }, announceAfterMs);
  }

  #act(control: HTMLElement, key: RowKey | undefined): void {
    const { action = '' } = control.dataset;
    this.#actions.act(action, key, factsOf(control));
    if (key !== undefined && rearranging.has(action)) this.#viewport.showTop(key.run);
  }

  #focusSearch(run: string | undefined): void {
    this.#draw();
    if (run === undefined) return;
    const section = this.#root.querySelector(`[data-run="${CSS.escape(run)}"]`);
    section?.querySelector<HTMLInputElement>('.search')?.focus();
  }

  #onKey(event: KeyboardEvent): void {
    const { target } = event;
    if (target instanceof HTMLInputElement || isSelect(target)) {
      // What is typed is meant for the field, and not for the editor's keys.
      event.stopPropagation();
      if (event.key === 'Escape') this.#leaveSearch(keyOf(target)?.run);
      return;
    }
    const key = isInPane(target) ? undefined : keyOf(target);
    if (key === undefined) {
      if (event.key === 'Escape' && this.#actions.closePane()) {
        this.#draw();
        this.#focusCursor();
        event.preventDefault();
      }
      return;
    }
    const onButton = target instanceof HTMLButtonElement;
    if (onButton && (event.key === 'Enter' || event.key === ' ')) {
      return;
    }
    const { rowsInPage } = this.#viewport;
    const pressed = { key: event.key, ctrl: event.ctrlKey || event.metaKey, alt: event.altKey, shift: event.shiftKey };
    const done = press(pressed, key, {
      model: this.#model,
      actions: this.#actions,
      selection: this.#selection,
      rowsInPage,
      goTo: (index: number) => this.#goTo(index),
      changed: () => this.#schedule(),
    });
    if (!done) return;
    event.preventDefault();
    if (pressed.ctrl && event.key === 'f') this.#focusSearch(key.run);
  }

  #leaveSearch(run: string | undefined): void {
    if (run === undefined) return;
    if (this.#model.isSearched(run)) this.#actions.act('toggle-search', { run });
    this.#draw();
    this.#focusCursor();
  }

  /** Copies what the focused row says, as lists in the editor do. */
  #onCopy(event: ClipboardEvent): void {
    const { key } = this.#cursor;
    const rows = key && this.#model.run(key.run);
    const isInList = document.activeElement?.closest('.queue') !== null;
    const isText = document.activeElement instanceof HTMLInputElement || document.getSelection()?.toString() !== '';
    if (key === undefined || rows === undefined || !isInList || isText) {
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

function isSelect(element: EventTarget | null | undefined): boolean {
  return element instanceof HTMLSelectElement;
}

function isInPane(target: EventTarget | null | undefined): boolean {
  return target instanceof Element && target.closest('.pane') !== null;
}
