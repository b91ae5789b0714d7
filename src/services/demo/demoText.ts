import type { ChatMessage } from '../../model/message.ts';
import { articleOn } from './article.ts';
import { briefOf, factsIn, materialOf, subjectOfBrief, textOfBlock } from './material.ts';
import { mendedText } from './mendText.ts';
import {
  closings,
  details,
  fill,
  haikuFirst,
  haikuSecond,
  haikuThird,
  headings,
  lines,
  middles,
  openings,
  pick,
  type Random,
} from './phrases.ts';

/** What the text is about: the first name in the prompt that is more than a capital at the start of a sentence. */
export function subjectOf(messages: readonly ChatMessage[]): string {
  const user = messages.findLast((message) => message.role === 'user')?.content ?? '';
  // Over single spaces, so that a long row of them is not walked from each of its places.
  const flat = user.replace(/\s+/g, ' ');
  const name = /(?<=[^\s.!?:] )\p{Lu}[\p{L}'’-]+(?: (?:(?:&|of|and) )?\p{Lu}[\p{L}'’-]+)*/u.exec(flat);
  return name?.[0] ?? 'the good thing';
}

/** Prompts that want a text back as it is but for its mistakes. */
const mending = /\b(?:correct|clean|mend|proofread|restore)/i;

/** A brief that lists fewer is none. */
const fewestFacts = 3;

/** Readable text that differs with `random` and is about the words of the prompt; or the text that it asks to be corrected. */
export function demoText(messages: readonly ChatMessage[], random: Random): string {
  const material = materialOf(messages);
  const given = textOfBlock(material, 'text');
  if (given !== undefined && mending.test(material.wish)) return `${mendedText(given)}\n`;
  const subject = subjectOf(messages);
  const detail = (): string => pick(random, details);
  const prompt = messages.map((message) => message.content).join('\n');

  if (/\bhaiku\b/i.test(prompt)) {
    return `${pick(random, haikuFirst)},\n${pick(random, haikuSecond)},\n${pick(random, haikuThird)}.\n`;
  }
  if (/\b(?:tagline|slogan|headline|one line|title)\b/i.test(prompt)) {
    return `${fill(pick(random, lines), subject, detail())}\n`;
  }
  const brief = briefOf(material) ?? '';
  const facts = factsIn(brief);
  if (facts.length >= fewestFacts) return articleOn(subjectOfBrief(brief) ?? subject, facts, random);
  const paragraph = (): string => {
    const sentences: string[] = [pick(random, openings)];
    const wanted = 2 + Math.floor(random() * 3);
    for (let attempt = 0; sentences.length <= wanted && attempt < 20; attempt++) {
      const sentence = fill(pick(random, middles), subject, detail());
      if (!sentences.includes(sentence)) sentences.push(sentence);
    }
    sentences.push(pick(random, closings));
    return sentences.join(' ');
  };
  const sections = 1 + Math.floor(random() * 3);
  const parts = [
    `# ${fill(pick(random, ['{Subject}', 'Meet {subject}', '{Subject}, every day']), subject, '')}`,
    paragraph(),
  ];
  for (let section = 0; section < sections; section++) parts.push(`## ${pick(random, headings)}`, paragraph());
  return `${parts.join('\n\n')}\n`;
}
