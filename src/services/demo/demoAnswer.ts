import type { GenerationRequest } from '../service.ts';
import { askedTexts } from '../verbalized/instruction.ts';
import { demoJson } from './demoJson.ts';
import { demoText } from './demoText.ts';

/** What the demo service says to a request: the words that it has are loaded by the first call. */
export function demoAnswer({ messages, schema }: GenerationRequest, random: () => number): string {
  return schema ? demoJson(schema, messages, random) : demoTexts(messages, random);
}

/** One text, or several in tags where the prompt asks for that. */
function demoTexts(messages: GenerationRequest['messages'], random: () => number): string {
  const asked = askedTexts(messages);
  if (!asked) return demoText(messages, random);
  const texts = new Set<string>();
  for (let attempt = 0; texts.size < asked.count && attempt < 20 * asked.count; attempt++) {
    texts.add(demoText(asked.messages, random).trimEnd());
  }
  return [...texts]
    .map((text) => {
      const probability = (0.02 + 0.2 * random()).toFixed(2);
      return `<response>\n<text>${text}</text>\n<probability>${probability}</probability>\n</response>\n`;
    })
    .join('');
}
