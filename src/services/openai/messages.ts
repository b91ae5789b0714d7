import { filesOf, type SentFile } from '../attachments.ts';
import type { RequestBody } from '../refusedParameter.ts';
import type { GenerationRequest } from '../service.ts';

type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } }
  | { readonly type: 'file'; readonly file: { readonly filename: string; readonly file_data: string } };

interface SentMessage {
  readonly role: string;
  readonly content: string | readonly Part[];
}

/** Messages as chat completions have them. */
export function messagesOf(request: GenerationRequest): readonly SentMessage[] {
  return request.messages.map((message) => {
    const { role, content } = message;
    const files = filesOf(message, request);
    if (files.length === 0) return { role, content };
    const text: readonly Part[] = content.trim() === '' ? [] : [{ type: 'text', text: content }];
    return { role, content: [...text, ...files.map(partOf)] };
  });
}

function partOf({ name, mediaType, isPdf, base64 }: SentFile): Part {
  const url = `data:${mediaType};base64,${base64}`;
  return isPdf ? { type: 'file', file: { filename: name, file_data: url } } : { type: 'image_url', image_url: { url } };
}

/** A body whose last message says something more. */
export function withWords(body: RequestBody, words: string): RequestBody {
  const messages = body.messages as readonly SentMessage[];
  const last = messages.at(-1);
  if (last?.role === 'assistant' || !last)
    return { ...body, messages: [...messages, { role: 'user', content: words }] };
  const { content } = last;
  const more =
    typeof content === 'string' ? `${content}\n\n${words}` : [...content, { type: 'text' as const, text: words }];
  return { ...body, messages: [...messages.slice(0, -1), { ...last, content: more }] };
}
