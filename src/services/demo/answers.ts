import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import type { ChatMessage } from '../../model/message.ts';
import { mixed } from './article.ts';
import { chaptersOf } from './chapters.ts';
import { glossaryEntry } from './glossary.ts';
import { briefOf, factsIn, fieldsIn, materialOf, subjectOfBrief, textOfBlock, type Material } from './material.ts';
import { closings, details, fill, headings, middles, openings, pick, type Random } from './phrases.ts';
import { referencesIn } from './references.ts';

/** Fields of answers, by the names that schemas usually give them. */
type Answer = (material: Material, random: Random) => JsonObject | undefined;

/** What schemas ask for that are about something given, each with the names that it is known by. */
const answers: readonly { readonly names: readonly string[]; readonly answer: Answer }[] = [
  { names: ['ok', 'problems'], answer: checked },
  { names: ['meaning', 'examples'], answer: explained },
  { names: ['front', 'back'], answer: card },
  { names: ['title', 'description', 'sections'], answer: page },
  { names: ['title'], answer: titled },
];

/**
 * What a prompt with something given in it is answered with, by the fields of the schema: those that are not known here
 * are missing. None of it needs to match the schema.
 */
export function knownAnswers(schema: JsonObject, messages: readonly ChatMessage[], random: Random): JsonObject {
  const material = materialOf(messages);
  if (material.blocks.length === 0 || !isJsonObject(schema.properties)) return {};
  const { properties } = schema;
  const text = textOfBlock(material, 'text');
  for (const [name, property] of Object.entries(properties)) {
    if (text === undefined || !isJsonObject(property) || !isJsonObject(property.items)) continue;
    const fields = isJsonObject(property.items.properties) ? Object.keys(property.items.properties) : [];
    if (!fields.includes('title')) continue;
    if (fields.includes('doi')) return { [name]: listOf(referencesIn(text, random), fields) };
    if (fields.includes('text')) return { [name]: listOf(chaptersOf(text), fields) };
  }
  const found = answers.find(({ names }) => names.every((name) => Object.hasOwn(properties, name)));
  return found?.answer(material, random) ?? {};
}

/** Elements with the fields that are asked for. */
function listOf(elements: readonly object[], fields: readonly string[]): readonly JsonObject[] {
  return elements.map((element) =>
    Object.fromEntries(Object.entries(element).filter(([name]) => fields.includes(name))),
  );
}

/** The numbers of a text that its brief does not have. */
function checked(material: Material): JsonObject | undefined {
  const text = textOfBlock(material, 'text');
  if (text === undefined) return undefined;
  const known = new Set(
    material.blocks.flatMap((block) => (block.name === 'text' ? [] : (block.text.match(/\d+/g) ?? []))),
  );
  const unknown = [...new Set(text.match(/\d+/g))].filter((number) => !known.has(number));
  const problems = unknown.map((number) => `The brief does not have the number ${number}.`);
  return { ok: problems.length === 0, problems };
}

function explained(material: Material, random: Random): JsonObject | undefined {
  const word = textOfBlock(material, 'word');
  if (word === undefined) return undefined;
  const entry = glossaryEntry(word);
  if (entry) {
    const { partOfSpeech, meaning, sentence, translation } = entry;
    return { partOfSpeech, meaning, examples: [{ sentence, translation }] };
  }
  const detail = pick(random, details);
  return {
    partOfSpeech: 'other',
    meaning: `a word that people use when they talk about ${detail}`,
    examples: [{ sentence: `${word}.`, translation: `“${word}”, as one says of ${detail}.` }],
  };
}

function card(material: Material): JsonObject | undefined {
  const word = textOfBlock(material, 'word');
  if (word === undefined) return undefined;
  const language = material.blocks.find(({ name }) => name === 'word')?.attributes.language;
  const [example = ''] = (textOfBlock(material, 'examples') ?? '').split('\n');
  const [, partOfSpeech] = /^part of speech: *(\w+)/im.exec(material.wish) ?? [];
  return {
    front: word,
    back: textOfBlock(material, 'meaning') ?? glossaryEntry(word)?.meaning ?? `what “${word}” means`,
    hint: [language, partOfSpeech].filter((each) => each !== undefined).join(', '),
    example: example.trim(),
  };
}

const titles = [
  '{Subject}, and who it is for',
  'All that is new about {subject}',
  'A good word for {subject}',
  '{Subject}: easier than it sounds',
  'Why people will come back to {subject}',
  'Your first visit to {subject}',
  'What to know about {subject}',
] as const;

function titled(material: Material, random: Random): JsonObject | undefined {
  const text = textOfBlock(material, 'text');
  if (text === undefined) return undefined;
  const brief = briefOf(material);
  const subject = (brief === undefined ? undefined : subjectOfBrief(brief)) ?? 'the good thing';
  const [first = '', second = ''] = text.split(/(?<=[.!?])\s+/);
  return { title: fill(pick(random, titles), subject, ''), summary: `${first} ${second}`.trim().slice(0, 240) };
}

const pageTitles = [
  '{Subject}',
  '{Subject}: what to know',
  '{Subject}, and why people keep it',
  '{Subject}: a closer look',
] as const;
const titleLength = { least: 15, most: 65 };
const descriptionLength = { least: 70, most: 155 };

/** A page about what its block names, from the facts that it lists. */
function page(material: Material, random: Random): JsonObject | undefined {
  const given = textOfBlock(material, 'page');
  const fields = fieldsIn(given ?? '');
  const name = fields.get('name');
  if (given === undefined || name === undefined) return undefined;
  const facts = factsIn(given);
  const sentence = (): string => fill(pick(random, middles), name, pick(random, details));
  const [first, second, ...others] = mixed(headings, random);
  const half = Math.ceil(facts.length / 2);
  const sections = [facts.slice(0, half), facts.slice(half)].map((own, place) => ({
    heading: (place === 0 ? first : second) ?? others[0] ?? name,
    text: [...own, sentence()].join(' '),
  }));
  const price = fields.get('price');
  const last = sections.at(-1);
  if (price !== undefined && last) last.text += ` It costs ${price}.`;
  return {
    title: titleOf(name, random),
    description: descriptionOf(name, facts),
    heading: name,
    introduction: `${pick(random, openings)} ${sentence()} ${pick(random, closings)}`,
    sections,
    keywords: (fields.get('keywords') ?? name).split(',').map((keyword) => keyword.trim()),
  };
}

function titleOf(name: string, random: Random): string {
  const filled = mixed(pageTitles, random).map((each) => fill(each, name, ''));
  return filled.find(({ length }) => length >= titleLength.least && length <= titleLength.most) ?? name;
}

/** As many of the facts as there is room for. */
function descriptionOf(name: string, facts: readonly string[]): string {
  let description = `${name}.`;
  for (const more of [...facts, ...closings]) {
    if (description.length >= descriptionLength.least) break;
    if (description.length + 1 + more.length <= descriptionLength.most) description += ` ${more}`;
  }
  return description;
}
