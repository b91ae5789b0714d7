import type { TokenUsage } from '../model/attempt.ts';
import type { ReadChoice } from './reading/answerReader.ts';
import type { Usage } from './reading/chunk.ts';
import type { GenerationRequest } from './service.ts';
import { estimateInputTokens, estimateTokens } from './tokens.ts';

/** What a call used: what the service counted, or an estimate where it did not, or cannot have. */
export function usageOf(
  { usage }: { readonly usage: Usage },
  request: GenerationRequest,
  choices: readonly ReadChoice[],
): TokenUsage {
  const written = choices.map(({ text }) => text).join('');
  const thought = choices.map(({ reasoning }) => reasoning).join('');
  const estimated = estimateTokens(written) + estimateTokens(thought);
  const reasoning = usage.reasoning ?? (thought === '' ? undefined : estimateTokens(thought));
  return {
    input: usage.input === undefined || usage.input === 0 ? estimateInputTokens(request.messages) : usage.input,
    output: usage.output === undefined || usage.output === 0 ? estimated : usage.output,
    ...(usage.cached === undefined ? {} : { cached: usage.cached }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}
