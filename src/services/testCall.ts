import type { AttemptOutcome } from '../model/attempt.ts';
import type { Generation, Service } from './service.ts';

/** The smallest call that shows whether a service works: one word, a few tokens. */
export function testCall(service: Service, model: string, signal: AbortSignal): Promise<AttemptOutcome<Generation>> {
  const messages = [{ role: 'user', content: 'Reply with the word OK.' }] as const;
  const request = { model, messages, parameters: { maxTokens: 256 }, index: 1 };
  return service.generate(request, { signal, onProgress: () => undefined });
}
