import { visibleText } from '../../base/visible.ts';
import type { BoardText } from '../../boardProtocol.ts';

/** Characters of a text that a page shows: the rest is read in the file. */
export const mostShown = 256 * 1024;

/** What a page has of the texts that it shows, so that it is sent only what is new. */
export class SentTexts {
  readonly #sent = new Map<string, { readonly text: string; readonly hasMore: boolean }>();

  /** What the page lacks of a text; undefined when it has all of it. */
  update(id: string, text: string): BoardText | undefined {
    const hasMore = text.length > mostShown;
    const shown = visibleText(hasMore ? text.slice(0, mostShown).replace(/[\uD800-\uDBFF]$/, '') : text);
    const before = this.#sent.get(id);
    if (before?.text === shown && before.hasMore === hasMore) return undefined;
    this.#sent.set(id, { text: shown, hasMore });
    // A text that grows is sent by its growth; what has become another one is sent from its beginning.
    const from = before !== undefined && shown.startsWith(before.text) ? before.text.length : 0;
    return { id, from, text: shown.slice(from), hasMore };
  }

  has(id: string): boolean {
    return this.#sent.has(id);
  }

  /** The page has forgotten everything. */
  clear(): void {
    this.#sent.clear();
  }

  /** The page keeps only these. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#sent.keys()) if (!ids.has(id)) this.#sent.delete(id);
  }
}
