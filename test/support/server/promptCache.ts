import { hash } from 'node:crypto';
import type { ChatRequest } from './request.ts';

/** As OpenAI tells: shorter prompts are not cached. */
const leastTokens = 1_024;
const charactersPerToken = 4;
/** Only this much of a prompt tells whether it begins like another one. */
const prefixLength = leastTokens * charactersPerToken;

/** Knows how prompts begin that were answered before. */
export class PromptCache {
  readonly #known = new Set<string>();

  cachedTokens(call: ChatRequest): number {
    const prefix = prefixOf(call);
    return prefix !== undefined && this.#known.has(prefix) ? leastTokens : 0;
  }

  learn(call: ChatRequest): void {
    const prefix = prefixOf(call);
    if (prefix !== undefined) {
      this.#known.add(prefix);
    }
  }
}

function prefixOf({ model, messages }: ChatRequest): string | undefined {
  const text = messages.map((message) => message.text).join('\n');
  return text.length < prefixLength ? undefined : hash('sha1', `${model}|${text.slice(0, prefixLength)}`);
}
