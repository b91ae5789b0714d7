import { verbalizedMessages } from '../../services/verbalized/instruction.ts';
import type { PlannedItem } from './plannedCandidate.ts';

type Item = Pick<PlannedItem, 'messages' | 'siblings' | 'verbalized' | 'schema' | 'serviceKey' | 'model'>;

/** What is sent for an item, where it is the first of those that share a request. */
export function sentMessages({ messages, siblings, verbalized, schema }: Item): PlannedItem['messages'] {
  const together = Math.min(verbalized ?? 1, siblings);
  return together > 1 ? verbalizedMessages(messages, together, schema !== undefined) : messages;
}

/** Tells items that make a request from those that share one of an item before. */
export class SharedCalls {
  readonly #seen = new Map<PlannedItem['messages'], Map<string, number>>();

  /** Asked once for each item, in their order. */
  startsCall({ messages, verbalized, serviceKey, model }: Item): boolean {
    if (verbalized === undefined) return true;
    const kind = `${serviceKey}\0${model}`;
    const byKind = this.#seen.get(messages) ?? new Map<string, number>();
    this.#seen.set(messages, byKind);
    const before = byKind.get(kind) ?? 0;
    byKind.set(kind, before + 1);
    return before % verbalized === 0;
  }
}
