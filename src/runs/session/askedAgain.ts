import type { ChatMessage } from '../../model/message.ts';

/** Of an answer that can be no JSON. */
export const cutShort =
  'The answer was cut at the output limit before its JSON was whole: raise max_tokens, or ask for less.';

/** What is shown to a model of its own answer, characters. */
const mostShownCharacters = 50_000;

/** Messages that ask once more for an answer which did not match its schema, and say what was wrong with it. */
export function askedAgain(
  messages: readonly ChatMessage[],
  { text, errors }: { readonly text: string; readonly errors: readonly string[] },
): readonly ChatMessage[] {
  const shown = text.length > mostShownCharacters ? `${text.slice(0, mostShownCharacters)}\n…` : text;
  const list = errors.map((error) => `- ${error}`).join('\n');
  return [
    ...messages,
    { role: 'assistant', content: shown },
    {
      role: 'user',
      content: `This does not match the JSON Schema:\n${list}\n\nAnswer again with all of the JSON, corrected, and with nothing else.`,
    },
  ];
}
