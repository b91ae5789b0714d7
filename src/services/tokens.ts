import type { GenerationRequest } from './service.ts';
import type { ChatMessage } from '../model/message.ts';

/** English text averages about four characters a token; an estimate is settled with the real usage after the call. */
const charactersPerToken = 4;
/** OpenAI's chat format adds a few tokens to every message, and begins the answer. */
export const tokensPerMessage = 4;
export const tokensPerRequest = 3;
/** What a call is expected to put out when the prompt sets no limit. */
export const defaultExpectedOutputTokens = 1024;

export function estimateTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}

export function estimateInputTokens(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content, attachments = [] }) => {
    const ofFiles = attachments.reduce((all, { tokens }) => all + tokens, 0);
    return sum + tokensPerMessage + estimateTokens(content) + ofFiles;
  }, 0);
}

/** The most that an attempt is expected to cost, in tokens. */
export function tokenReservation(request: Pick<GenerationRequest, 'messages' | 'parameters'>): number {
  return estimateInputTokens(request.messages) + (request.parameters.maxTokens ?? defaultExpectedOutputTokens);
}
