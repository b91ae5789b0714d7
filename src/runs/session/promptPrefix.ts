import { contentHash } from '../../base/hash.ts';
import type { ChatMessage } from '../../model/message.ts';
import { estimateInputTokens } from '../../services/tokens.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';

/** Tokens from which on services cache how a prompt begins: OpenAI's bound, and about everybody's. */
const fewestTokens = 1024;

/** Names how prompts begin, hashing each only once: candidates of a prompt and row share its messages by reference. */
export class PromptPrefixes {
  readonly #named = new WeakMap<readonly ChatMessage[], string>();

  /** What the prompt of an item has in common with those of others, if that is long enough for a cache. */
  of({ messages, serviceKey, model, siblings }: PlannedItem): string | undefined {
    const shared = siblings > 1 ? messages : messages.slice(0, -1);
    if (estimateInputTokens(shared) < fewestTokens) return undefined;
    const known = this.#named.get(messages);
    const hash = known ?? contentHash(JSON.stringify(shared));
    if (known === undefined) this.#named.set(messages, hash);
    return `${serviceKey} ${model} ${hash}`;
  }
}
