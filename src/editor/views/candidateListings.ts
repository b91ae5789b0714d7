import type * as vscode from 'vscode';
import type { Outcome } from '../../base/outcome.ts';
import type { CandidateShelves, PromptListing } from '../candidateShelves.ts';

/** How many times longer a listing holds than it took: it may be a small share of the time only. */
const rest = 10;

/** A listing, and when it was begun, epoch ms. */
export interface KnownListing extends PromptListing {
  readonly at: number;
}

interface Entry {
  known?: KnownListing;
  reading?: Promise<Outcome<KnownListing, string>>;
  isStale: boolean;
  /** The person waits for it. */
  isUrgent: boolean;
  tookMs: number;
  timer?: NodeJS.Timeout;
}

/** What a view knows of the candidates of prompt files: read when it is asked for, and again a while after it has changed. */
export class CandidateListings implements vscode.Disposable {
  readonly #shelves: Pick<CandidateShelves, 'list'>;
  readonly #due: (prompt: vscode.Uri) => void;
  readonly #entries = new Map<string, Entry>();

  /** @param due is called when a listing that was still given out can be read anew */
  constructor(shelves: Pick<CandidateShelves, 'list'>, due: (prompt: vscode.Uri) => void) {
    this.#shelves = shelves;
    this.#due = due;
  }

  dispose(): void {
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
  }

  /** The last one that was read, which may be older than what there is. */
  known(prompt: vscode.Uri): KnownListing | undefined {
    return this.#entries.get(prompt.toString())?.known;
  }

  /** As it is, or was a short while ago. A failure is one sentence. */
  async of(prompt: vscode.Uri): Promise<Outcome<KnownListing, string>> {
    const entry = this.#entry(prompt);
    if (entry.reading) return entry.reading;
    const { known } = entry;
    const isFresh = !entry.isStale || (!entry.isUrgent && this.#isTooSoon(prompt, entry));
    if (known && isFresh) return { ok: true, value: known };
    entry.isStale = false;
    entry.isUrgent = false;
    entry.reading = this.#read(prompt, entry);
    try {
      return await entry.reading;
    } finally {
      delete entry.reading;
    }
  }

  /** It has changed; `urgently` by the person, who waits to see that. */
  forget(prompt: vscode.Uri, how: 'urgently' | 'somehow' = 'somehow'): void {
    const entry = this.#entries.get(prompt.toString());
    if (!entry) return;
    entry.isStale = true;
    if (how === 'urgently') entry.isUrgent = true;
  }

  forgetAll(): void {
    this.dispose();
    this.#entries.clear();
  }

  async #read(prompt: vscode.Uri, entry: Entry): Promise<Outcome<KnownListing, string>> {
    const at = Date.now();
    const listing = await this.#shelves.list(prompt, 'apart');
    entry.tookMs = Date.now() - at;
    if (!listing.ok) {
      delete entry.known;
      return listing;
    }
    entry.known = { ...listing.value, at };
    return { ok: true, value: entry.known };
  }

  #isTooSoon(prompt: vscode.Uri, entry: Entry): boolean {
    const { known, tookMs } = entry;
    const left = (known?.at ?? 0) + tookMs * (rest + 1) - Date.now();
    if (left <= 0) return false;
    entry.timer ??= setTimeout(() => {
      delete entry.timer;
      this.#due(prompt);
    }, left);
    return true;
  }

  #entry(prompt: vscode.Uri): Entry {
    const key = prompt.toString();
    const entry = this.#entries.get(key) ?? { isStale: false, isUrgent: false, tookMs: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}
