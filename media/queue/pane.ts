import type { RunSample, ServiceSnapshot } from '../../src/model/activity.ts';
import type { HostMessage, PanelMessage, QueueItem, QueueWay } from '../../src/protocol.ts';

/** What is shown beside the list, when somebody asks for it. */
export type Shown =
  | { readonly kind: 'record'; readonly run: string; readonly item: string }
  | { readonly kind: 'services' }
  | { readonly kind: 'charts'; readonly run: string };

export interface StepTexts {
  readonly input: string;
  readonly output?: string;
}

/** A way is asked for again this long after something on it has changed, ms. */
const againMs = 300;

/** The pane beside the list: what it shows, and what it has been told of that. */
export class Pane {
  readonly #post: (message: PanelMessage) => void;
  #shown: Shown | undefined;
  #way: QueueWay | undefined;
  #isAnswered = false;
  readonly #open = new Set<string>();
  readonly #texts = new Map<string, StepTexts>();
  #services: readonly ServiceSnapshot[] | undefined;
  #samples: readonly RunSample[] | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(post: (message: PanelMessage) => void, shown?: Shown) {
    this.#post = post;
    this.#shown = shown;
  }

  get shown(): Shown | undefined {
    return this.#shown;
  }

  /** Undefined until the host has answered. */
  get way(): QueueWay | undefined {
    return this.#way;
  }

  /** Whether the host has said that there is no such record any more. */
  get isGone(): boolean {
    return this.#isAnswered && this.#way === undefined;
  }

  get services(): readonly ServiceSnapshot[] | undefined {
    return this.#services;
  }

  get samples(): readonly RunSample[] | undefined {
    return this.#samples;
  }

  /** @param key an item's id in a way, a service's name, or `table` for what says the same as the charts */
  isOpen(key: string): boolean {
    return this.#open.has(key);
  }

  texts(item: string): StepTexts | undefined {
    return this.#texts.get(item);
  }

  show(shown: Shown): void {
    const before = this.#shown;
    this.#shown = shown;
    if (before?.kind !== shown.kind) this.#open.clear();
    if (shown.kind === 'record') {
      if (before?.kind === 'record' && before.run === shown.run && before.item === shown.item) return;
      this.#forgetRecord();
      this.#post({ type: 'showRecord', run: shown.run, item: shown.item });
    }
    if (shown.kind === 'charts' && !(before?.kind === 'charts' && before.run === shown.run)) this.#samples = undefined;
  }

  close(): void {
    this.#shown = undefined;
    this.#forgetRecord();
    this.#services = undefined;
    this.#samples = undefined;
  }

  /** The host has just begun to listen: what a remembered pane shows is asked for. */
  askAgain(): void {
    if (this.#shown?.kind === 'record') {
      const { run, item } = this.#shown;
      this.#post({ type: 'showRecord', run, item });
    }
  }

  /** Unfolds a part of what is shown, or folds it again; what a stage was given and made is asked for. */
  toggle(key: string): void {
    if (this.#open.delete(key)) return;
    this.#open.add(key);
    if (this.#shown?.kind === 'record') this.#post({ type: 'showTexts', run: this.#shown.run, item: key });
  }

  /** @returns whether the pane has to be drawn again */
  apply(message: HostMessage): boolean {
    const shown = this.#shown;
    switch (message.type) {
      case 'services':
        this.#services = message.services;
        return shown?.kind === 'services';
      case 'samples':
        if (shown?.kind !== 'charts' || shown.run !== message.run) return false;
        this.#samples = message.samples;
        return true;
      case 'record':
        if (shown?.kind !== 'record' || shown.run !== message.run || shown.item !== message.item) return false;
        this.#way = message.way;
        this.#isAnswered = true;
        return true;
      case 'texts':
        if (shown?.kind !== 'record' || shown.run !== message.run) return false;
        this.#texts.set(message.item, {
          input: message.input,
          ...(message.output === undefined ? {} : { output: message.output }),
        });
        return true;
      case 'snapshot':
      case 'changes':
      case 'previews':
        return false;
    }
  }

  /** Something has happened to items: if to one on the way that is shown, it is asked for again. */
  changed(items: readonly QueueItem[]): void {
    const shown = this.#shown;
    if (shown?.kind !== 'record' || this.#again !== undefined) return;
    const steps = new Map(this.#way?.steps.map((step) => [step.item, step]));
    const isOnWay = items.some((item) => {
      const step = item.run === shown.run ? steps.get(item.id) : undefined;
      return step !== undefined && (step.state !== item.state || step.attempts.length !== item.attempts);
    });
    if (!isOnWay) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.askAgain();
      for (const item of this.#open) this.#post({ type: 'showTexts', run: shown.run, item });
    }, againMs);
  }

  #forgetRecord(): void {
    this.#way = undefined;
    this.#isAnswered = false;
    this.#open.clear();
    this.#texts.clear();
  }
}

/** What was remembered of a pane: anything in it may be wrong. */
export function readShown(remembered: unknown): Shown | undefined {
  if (typeof remembered !== 'object' || remembered === null) return undefined;
  const { kind, run, item } = remembered as Record<string, unknown>;
  if (kind === 'services') return { kind };
  if (typeof run !== 'string') return undefined;
  if (kind === 'charts') return { kind, run };
  return kind === 'record' && typeof item === 'string' ? { kind, run, item } : undefined;
}
