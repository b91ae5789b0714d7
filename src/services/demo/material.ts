import type { ChatMessage } from '../../model/message.ts';

/** A part of a prompt between `<name>` and `</name>`: what the prompt is about, not what it asks for. */
export interface Block {
  readonly name: string;
  /** As they stand in the opening: `path="brief.md"`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What the last message of a person gives, and what it asks for around that. */
export interface Material {
  readonly blocks: readonly Block[];
  /** All messages without the blocks. */
  readonly wish: string;
}

const mostBlocks = 1_000;

/**
 * The blocks of a prompt. The demo service takes these names for what they say: `<text>` to be corrected, checked or put
 * in order, `<brief>` with a heading and a list of facts, `<word language="…">`, `<meaning>` and `<examples>` of a card, `<page>` with lines
 * such as "Name: …" and "- fact". A file that a prompt takes in within its text, `<file path="…">`, is a brief too.
 */
export function materialOf(messages: readonly ChatMessage[]): Material {
  const user = messages.findLast(({ role }) => role === 'user');
  const blocks: Block[] = [];
  const around: string[] = messages.filter((message) => message !== user).map(({ content }) => content);
  const text = user?.content ?? '';
  const unclosed = new Set<string>();
  const opening = /<([a-z][a-z-]{0,40})((?:\s[^<>\n]{0,300})?)>/g;
  let end = 0;
  for (let found = opening.exec(text); found; found = opening.exec(text)) {
    const [whole, name = '', attributes = ''] = found;
    const from = found.index + whole.length;
    const closing = `</${name}>`;
    const to = unclosed.has(name) ? -1 : text.indexOf(closing, from);
    if (to === -1 || blocks.length >= mostBlocks) {
      unclosed.add(name);
      continue;
    }
    around.push(text.slice(end, found.index));
    end = to + closing.length;
    opening.lastIndex = end;
    blocks.push({ name, attributes: attributesOf(attributes), text: text.slice(from, to).trim() });
  }
  around.push(text.slice(end));
  return { blocks, wish: around.join('\n') };
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** The text of the first block of a name; undefined where it is missing or empty. */
export function textOfBlock({ blocks }: Material, name: string): string | undefined {
  const text = blocks.find((block) => block.name === name)?.text;
  return text === '' ? undefined : text;
}

/** What a block or a brief lists: its lines with `- ` in front of them, as sentences. */
export function factsIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, fact] = /^[-*] +(\S.*)$/.exec(line.trim()) ?? [];
    if (fact === undefined) return [];
    const capital = fact.charAt(0).toUpperCase() + fact.slice(1);
    return [/[.!?]$/.test(capital) ? capital : `${capital}.`];
  });
}

/** Lines such as `Name: The Harbour Kettle`, by their names in lower case. */
export function fieldsIn(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line): (readonly [string, string])[] => {
      const [, name, value] = /^([A-Za-z]{1,40}): *(\S.*)$/.exec(line.trim()) ?? [];
      return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value.trim()]];
    }),
  );
}

/** What an article is to be written from. */
export function briefOf(material: Material): string | undefined {
  return textOfBlock(material, 'brief') ?? textOfBlock(material, 'file');
}

/** What a brief is about: its heading, without a word such as "Brief:" in front. */
export function subjectOfBrief(text: string): string | undefined {
  const [, heading] = /^# +(\S.*)$/m.exec(text) ?? [];
  return heading?.replace(/^[^:]{1,20}: */, '').trim();
}
