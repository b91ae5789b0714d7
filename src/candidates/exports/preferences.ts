import type { ChatMessage } from '../../model/message.ts';
import type { Rating } from '../shelf.ts';

/** A candidate that others may be preferred to. */
export interface Judged {
  /** What it was asked for with. */
  readonly messages: readonly Pick<ChatMessage, 'role' | 'content'>[];
  readonly text: string;
  readonly isPicked: boolean;
  readonly rating?: Rating;
}

/** A pair as programs for preference tuning read it. */
export interface PreferencePair {
  readonly prompt: readonly { readonly role: string; readonly content: string }[];
  readonly chosen: readonly { readonly role: 'assistant'; readonly content: string }[];
  readonly rejected: readonly { readonly role: 'assistant'; readonly content: string }[];
}

/**
 * Pairs of answers to the same messages of which a person prefers one: what was picked to what was not, else what was
 * rated higher. Two that say the same are no pair.
 *
 * @param most pairs: a thousand rated candidates would make half a million
 */
export function* preferencePairs(candidates: readonly Judged[], most: number): Iterable<PreferencePair> {
  let left = most;
  for (const group of Map.groupBy(candidates, ({ messages }) => JSON.stringify(asked(messages))).values()) {
    for (const [place, one] of group.entries()) {
      for (const other of group.slice(place + 1)) {
        const chosen = preferred(one, other);
        if (!chosen || one.text.trim() === other.text.trim()) continue;
        if (left-- <= 0) return;
        const rejected = chosen === one ? other : one;
        yield { prompt: asked(one.messages), chosen: answer(chosen.text), rejected: answer(rejected.text) };
      }
    }
  }
}

function asked(messages: Judged['messages']): PreferencePair['prompt'] {
  return messages.map(({ role, content }) => ({ role, content }));
}

function answer(text: string): PreferencePair['chosen'] {
  return [{ role: 'assistant', content: text.trimEnd() }];
}

function preferred(one: Judged, other: Judged): Judged | undefined {
  if (one.isPicked !== other.isPicked) return one.isPicked ? one : other;
  if (one.rating === undefined || other.rating === undefined || one.rating === other.rating) return undefined;
  return one.rating > other.rating ? one : other;
}
