import { isActive } from '../../src/model/run.ts';
import { isPlain } from './arrangement.ts';
import type { QueueModel, RowKey } from './model.ts';
import { isInView, rangeToRender, rowHeight, scrollToFollow, scrollToReveal, type RowRange } from './rowGeometry.ts';

interface SectionPlace {
  readonly top: number;
  readonly headerHeight: number;
  /** Absent while no items of the run are shown. */
  readonly itemsTop: number | undefined;
}

interface Measured {
  readonly list: HTMLElement;
  /** What the measures depend on besides the panel's size. */
  readonly structure: string;
  readonly height: number;
  readonly sections: ReadonlyMap<string, SectionPlace>;
}

/**
 * The part of the list that is seen. It measures only when the structure or a size has changed: reading the layout
 * after every batch of changes would cost more than drawing them.
 */
export class ListViewport {
  readonly #root: HTMLElement;
  readonly #model: QueueModel;
  readonly #observer: ResizeObserver;
  #measured: Measured | undefined;
  #ranges: ReadonlyMap<string, RowRange> = new Map();
  #scrollTop: number;
  /** What the document was last told, to tell a person's scrolling from ours. */
  #committed = 0;
  /** Whether the list scrolls along with the work; off as soon as a person scrolls away from it. */
  #following: boolean;

  constructor(root: HTMLElement, model: QueueModel, scrollTop: number, changed: () => void) {
    this.#root = root;
    this.#model = model;
    this.#scrollTop = scrollTop;
    this.#following = scrollTop === 0;
    this.#observer = new ResizeObserver(() => {
      this.#measured = undefined;
      changed();
    });
    this.#observer.observe(root);
    const scrolled = () => {
      if (this.#scrolledByPerson()) {
        changed();
      }
    };
    // Scroll events do not bubble.
    root.addEventListener('scroll', scrolled, { capture: true, passive: true });
  }

  get ranges(): ReadonlyMap<string, RowRange> {
    return this.#ranges;
  }

  get scrollTop(): number {
    return this.#scrollTop;
  }

  get rowsInPage(): number {
    return Math.max(1, Math.floor((this.#measured?.height ?? 0) / rowHeight) - 2);
  }

  get stale(): boolean {
    return this.#measured?.structure !== this.#structure();
  }

  /** Needs a document that shows the model's structure. */
  measure(): void {
    const list = this.#root.querySelector<HTMLElement>('.queue');
    if (list === null) {
      this.#measured = undefined;
      return;
    }
    this.#observer.observe(list);
    if (list !== this.#measured?.list) {
      this.#committed = list.scrollTop;
    }
    const sections = new Map<string, SectionPlace>();
    for (const section of list.querySelectorAll<HTMLElement>('.run')) {
      const header = section.querySelector<HTMLElement>('.run-row');
      if (header !== null && section.dataset.run !== undefined) {
        this.#observer.observe(header);
        sections.set(section.dataset.run, {
          top: section.offsetTop,
          headerHeight: header.offsetHeight + (section.querySelector<HTMLElement>('.stages')?.offsetHeight ?? 0),
          itemsTop: section.querySelector<HTMLElement>('.items')?.offsetTop,
        });
      }
    }
    this.#measured = { list, structure: this.#structure(), height: list.clientHeight, sections };
  }

  /** Keeps the running items in view. */
  follow(): void {
    const work = this.#placeOfWork();
    if (this.#measured !== undefined && this.#following && work !== undefined) {
      this.#scrollTop = scrollToFollow(work, { scrollTop: this.#scrollTop, height: this.#measured.height });
    }
  }

  /** Least scrolling that shows a row. */
  reveal(key: RowKey): void {
    const section = this.#measured?.sections.get(key.run);
    if (this.#measured === undefined || section === undefined) {
      return;
    }
    const viewport = { scrollTop: this.#scrollTop, height: this.#measured.height };
    if (key.item === undefined || section.itemsTop === undefined) {
      this.#scrollTop = scrollToReveal(section.top, 0, viewport);
    } else {
      const place = this.#model.run(key.run)?.placeOf(key.item) ?? 0;
      this.#scrollTop = scrollToReveal(section.itemsTop + place * rowHeight, section.headerHeight, viewport);
    }
  }

  /** Other rows of a run are shown: a person looks at them from the first one on. */
  showTop(run: string): void {
    const top = this.#measured?.sections.get(run)?.top;
    if (top !== undefined && this.#scrollTop > top) this.#scrollTop = top;
  }

  updateRanges(): void {
    const ranges = new Map<string, RowRange>();
    for (const [run, { itemsTop }] of this.#measured?.sections ?? []) {
      const rows = this.#model.run(run);
      if (this.#measured !== undefined && rows !== undefined && itemsTop !== undefined) {
        const viewport = { scrollTop: this.#scrollTop, height: this.#measured.height };
        ranges.set(run, rangeToRender(itemsTop, rows.shown.length, viewport));
      }
    }
    this.#ranges = ranges;
  }

  /** Scrolls the document to where the rows have just been drawn. False if it could not go there. */
  commit(): boolean {
    const list = this.#measured?.list;
    if (list === undefined || this.#scrollTop === this.#committed) {
      return true;
    }
    list.scrollTop = this.#scrollTop;
    this.#committed = list.scrollTop;
    const reached = Math.abs(this.#committed - this.#scrollTop) < 1;
    this.#scrollTop = this.#committed;
    return reached;
  }

  #scrolledByPerson(): boolean {
    if (this.#measured === undefined) {
      return false;
    }
    const scrollTop = this.#measured.list.scrollTop;
    if (Math.abs(scrollTop - this.#committed) < 1) {
      return false;
    }
    this.#scrollTop = this.#committed = scrollTop;
    const work = this.#placeOfWork();
    if (work !== undefined) {
      this.#following = isInView(work, { scrollTop, height: this.#measured.height });
    }
    return true;
  }

  /** Top of the row in the middle of what runs in the newest run, if all of its items are shown. */
  #placeOfWork(): number | undefined {
    const rows = this.#model.runs.find(({ run }) => isActive(run.state) && this.#model.isExpanded(run.id));
    if (rows === undefined || !isPlain(rows.arrangement)) {
      return undefined;
    }
    const place = rows.middleOfRunning();
    const itemsTop = this.#measured?.sections.get(rows.run.id)?.itemsTop;
    return place === undefined || itemsTop === undefined ? undefined : itemsTop + place * rowHeight;
  }

  #structure(): string {
    return this.#model.runs
      .map((rows) => {
        const { id } = rows.run;
        if (!this.#model.isExpanded(id)) return `${id}:-`;
        const { stage } = rows.arrangement;
        return `${id}:${rows.shown.length} ${rows.stages.length} ${this.#model.isSearched(id)} ${stage ?? ''}`;
      })
      .join('\n');
  }
}
