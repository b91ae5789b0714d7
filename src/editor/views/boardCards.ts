import { visible, visibleLines } from '../../base/visible.ts';
import type { BoardCard, CardMark } from '../../boardProtocol.ts';
import type { ItemSnapshot } from '../../model/run.ts';
import type { Card } from '../../runs/board/cards.ts';
import type { ShelfCandidate } from '../../runs/shelf/listCandidates.ts';
import { candidateNumber } from '../../wording/choices.ts';

/** Of a sentence, and of a note: what is longer is read in full elsewhere. */
const longestMessage = 1_000;

/** What a page calls things by that it must not know: short names in place of keys. */
export class PageIds {
  readonly #ids = new Map<string, string>();
  readonly #keys = new Map<string, string>();

  idOf(key: string): string {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = `c${this.#ids.size + 1}`;
    this.#ids.set(key, id);
    this.#keys.set(id, key);
    return id;
  }

  /** Undefined for what was never given out. */
  keyOf(id: string): string | undefined {
    return this.#keys.get(id);
  }
}

/**
 * A card as a page shows it.
 *
 * @param keyAt key of the card whose candidate lies at a path
 */
export function boardCard(
  { key, number, model = '', candidate, item }: Card<ShelfCandidate, ItemSnapshot>,
  ids: PageIds,
  keyAt: (path: string) => string | undefined,
): BoardCard {
  const isMade = item !== undefined;
  const leader = candidate?.similarTo && keyAt(candidate.similarTo.key);
  const { similarTo } = candidate ?? {};
  return {
    id: ids.idOf(key),
    number: number ?? null,
    name: visible(candidateNumber({ path: candidate?.path ?? '', ...(number === undefined ? {} : { number }) })),
    model: visible(model),
    state: isMade ? item.state : 'written',
    // What nobody sees on a bar is no news.
    progress: isMade ? Math.round(share(item.progress) * 100) / 100 : 1,
    attempts: item?.attempts ?? 0,
    dueAt: item?.dueAt ?? null,
    message: visible(item?.failure?.message ?? '').slice(0, longestMessage),
    tokens: candidate?.made?.tokens.output ?? null,
    cost: candidate?.made?.cost ?? null,
    marks: marksOf(candidate, item),
    isPicked: candidate?.isPicked ?? false,
    isArchived: candidate?.isArchived ?? false,
    rating: candidate?.rating ?? 0,
    note: visibleLines(candidate?.note ?? '').slice(0, longestMessage),
    alike:
      similarTo && leader !== undefined && leader !== key
        ? { id: ids.idOf(leader), kind: similarTo.kind, share: share(similarTo.likeness) }
        : null,
  };
}

function marksOf(candidate: ShelfCandidate | undefined, item: ItemSnapshot | undefined): readonly CardMark[] {
  const marks: CardMark[] = [];
  if (item?.cut === true || candidate?.made?.finish === 'length') marks.push('cut');
  if (item?.failure?.reason === 'invalid-output') marks.push('invalid');
  if (candidate?.isEdited === true) marks.push('edited');
  if (candidate?.made?.repaired === true) marks.push('repaired');
  return marks;
}

/** A manifest may say anything. */
function share(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}
