import { closings, details, fill, middles, openings, pick, type Random } from './phrases.ts';

/** Sentences of facts that stand together. */
const factsTogether = 2;
const fewestTold = 4;

/** An article without a heading that tells most of the facts that it is given, each once and in their order. */
export function articleOn(subject: string, facts: readonly string[], random: Random): string {
  const told = facts.filter((_, place) => facts.length - place <= fewestTold - 2 || place < 2 || random() < 0.8);
  const middle = mixed(middles, random).map((each) => fill(each, subject, pick(random, details)));
  const paragraphs: string[] = [`${pick(random, openings)} ${told[0] ?? ''}`.trim()];
  for (let from = 1; from < told.length; from += factsTogether) {
    const sentences = told.slice(from, from + factsTogether);
    paragraphs.push([...(paragraphs.length % 2 === 1 ? middle.splice(0, 1) : []), ...sentences].join(' '));
  }
  paragraphs.push(`${middle[0] ?? ''} ${pick(random, closings)}`.trim());
  return `${paragraphs.join('\n\n')}\n`;
}

/** In an order that differs with `random`. */
export function mixed<Value>(values: readonly Value[], random: Random): Value[] {
  const left = [...values];
  const taken: Value[] = [];
  while (left.length > 0) taken.push(...left.splice(Math.floor(random() * left.length), 1));
  return taken;
}
