import MarkdownIt, { type Env, type Token } from 'markdown-it';
import { grouped } from '../../base/sentence.ts';
import { inSlices } from '../../base/slices.ts';
import { cleanMarkup, escapeMarkup, oneLine } from '../cleanText.ts';
import { recordName, type Notes } from '../notes.ts';
import type { Chapter } from './chapters.ts';
import { footnotes, footnotesIn } from './footnotes.ts';
import { isOnTheWeb, type Pictures } from './images.ts';

/** Longer texts are shown as they are written: reading tangled ones as Markdown could take minutes. */
const mostCharacters = 1_000_000;

/** Levels of headings. */
const deepest = 6;

const markdown = new MarkdownIt({ html: false, xhtmlOut: true, linkify: false, typographer: false }).use(footnotes);

/** A chapter that has been read. */
export interface ReadChapter {
  readonly key: string;
  /** Its own, else that at the start of its text, which is not in `body` then. */
  readonly heading?: string;
  readonly body: readonly Token[];
  /** In the order in which they are referred to; those that nothing refers to come last. */
  readonly notes: readonly { readonly label: string; readonly tokens: readonly Token[] }[];
}

/** Others get their turn in between. */
export function readChapters(chapters: readonly Chapter[], notes: Notes): Promise<readonly ReadChapter[]> {
  for (const { key, text } of chapters) {
    if (text.length <= mostCharacters) continue;
    notes.add(
      `${recordName(key)} has a text of more than ${grouped(mostCharacters)} characters: it is shown as it is written.`,
    );
  }
  return inSlices(chapters, readChapter);
}

function readChapter({ key, heading, text }: Chapter): ReadChapter {
  if (text.length > mostCharacters) {
    return { key, body: plainTokens(text), notes: [], ...(heading === undefined ? {} : { heading }) };
  }
  const env: Env = {};
  const body = markdown.parse(text, env);
  const first = firstHeading(body);
  if (first !== undefined && (heading === undefined || sameHeading(first, heading))) body.splice(0, 3);
  const name = heading ?? first;
  return { key, body, notes: notesOf(body, env), ...(name === undefined ? {} : { heading: name }) };
}

function plainTokens(text: string): readonly Token[] {
  const tokens = markdown.parse('```\n```', {});
  const [block] = tokens;
  if (block) block.content = text;
  return tokens;
}

/** The text of a heading that everything else is below of. */
function firstHeading([open, inline]: readonly Token[]): string | undefined {
  if (open?.type !== 'heading_open' || inline?.type !== 'inline') return undefined;
  const text = oneLine(plainText(inline.children ?? []));
  return text === '' ? undefined : text;
}

function sameHeading(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map(({ type, content, children }) =>
      type === 'image' ? plainText(children ?? []) : type === 'softbreak' ? ' ' : content,
    )
    .join('');
}

function inlinesOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  return tokens.flatMap(({ type, children }) => (type === 'inline' && children ? [children] : []));
}

function notesOf(body: readonly Token[], env: Env): ReadChapter['notes'] {
  const texts = footnotesIn(env);
  const found = new Map<string, readonly Token[]>();
  const find = (tokens: readonly Token[]): void => {
    for (const children of inlinesOf(tokens)) {
      for (const { type, content } of children) {
        if (type !== 'footnote_ref' || found.has(content)) continue;
        found.set(content, []);
        found.set(content, markdown.parse(texts.get(content) ?? '', env));
      }
    }
  };
  find(body);
  // Notes may refer to notes; what is found while this goes on comes last, and is looked at as well.
  for (const label of found.keys()) find(found.get(label) ?? []);
  for (const [label, text] of texts) if (!found.has(label)) found.set(label, markdown.parse(text, env));
  for (const label of found.keys()) find(found.get(label) ?? []);
  return [...found].map(([label, tokens]) => ({ label, tokens }));
}

/** The sources of the images that a chapter shows. */
export function imagesIn({ body, notes }: ReadChapter): readonly string[] {
  return [body, ...notes.map(({ tokens }) => tokens)]
    .flatMap(inlinesOf)
    .flatMap((children) => children.flatMap((token) => (token.type === 'image' ? [sourceOf(token)] : [])));
}

function sourceOf(token: Token): string {
  return String(token.attrGet('src') ?? '');
}

export interface Rendering {
  /** Of the chapter in its document: ids begin with it. */
  readonly place: number;
  /** The highest heading that the text may have, 1 to 6. */
  readonly highestHeading: number;
  /** In a book, notes are shown where they are referred to. */
  readonly isBook: boolean;
  /** The address of an image; undefined for one that is not shown. */
  readonly address: (source: string) => string | undefined;
}

/** The images of some chapters by source, read one after the other. */
export async function addressesOf(
  chapters: readonly ReadChapter[],
  pictures: Pictures,
  address: (picture: { readonly name: string; readonly type: string; readonly bytes: Uint8Array }) => string,
): Promise<(source: string) => string | undefined> {
  const addresses = new Map<string, string>();
  for (const chapter of chapters) {
    for (const source of imagesIn(chapter)) {
      if (addresses.has(source) || isOnTheWeb(source)) continue;
      const picture = await pictures.picture(source, chapter.key);
      if (picture) addresses.set(source, address(picture));
    }
  }
  return (source) => addresses.get(source);
}

/** Well-formed XHTML without anything that runs, loads something from elsewhere or leads to another program. */
export function chapterHtml(chapter: ReadChapter, rendering: Rendering): string {
  return new ChapterRenderer(chapter, rendering).html();
}

class ChapterRenderer {
  readonly #chapter: ReadChapter;
  readonly #rendering: Rendering;
  readonly #numbers: ReadonlyMap<string, number>;
  /** Notes that something refers to. */
  readonly #referred = new Set<number>();
  readonly #shift: number;

  constructor(chapter: ReadChapter, rendering: Rendering) {
    this.#chapter = chapter;
    this.#rendering = rendering;
    this.#numbers = new Map(chapter.notes.map(({ label }, place) => [label, place + 1]));
    const levels = chapter.body.filter(({ type }) => type === 'heading_open').map(({ tag }) => Number(tag.slice(1)));
    const highest = levels.reduce((least, level) => Math.min(least, level), deepest);
    this.#shift = Math.max(0, rendering.highestHeading - highest);
  }

  html(): string {
    const body = this.#render(this.#chapter.body);
    const notes = this.#chapter.notes.map(({ tokens }) => this.#render(tokens));
    return cleanMarkup(body + (notes.length === 0 ? '' : this.#notes(notes)));
  }

  #render(tokens: readonly Token[]): string {
    for (const token of tokens) {
      if (token.type === 'heading_open' || token.type === 'heading_close') this.#lower(token);
      if (token.type === 'inline' && token.children) token.children = this.#inline(token.children);
    }
    return markdown.renderer.render([...tokens], markdown.options, {});
  }

  #lower(heading: Token): void {
    heading.tag = `h${Math.min(deepest, Number(heading.tag.slice(1)) + this.#shift)}`;
  }

  #inline(tokens: readonly Token[]): Token[] {
    const shown: Token[] = [];
    /** Whether each link that is open is kept. */
    const links: boolean[] = [];
    for (const token of tokens) {
      if (token.type === 'link_open') {
        const isKept = !links.includes(true) && isHarmless(String(token.attrGet('href') ?? ''));
        links.push(isKept);
        if (isKept) shown.push(token);
      } else if (token.type === 'link_close') {
        if (links.pop() === true) shown.push(token);
      } else if (token.type === 'image') {
        shown.push(this.#image(token, links.includes(true)));
      } else if (token.type === 'footnote_ref') {
        shown.push(markupToken(this.#reference(token.content)));
      } else shown.push(token);
    }
    return shown;
  }

  #image(token: Token, isInLink: boolean): Token {
    const source = sourceOf(token);
    const address = this.#rendering.address(source);
    const alt = plainText(token.children ?? []);
    if (address !== undefined) return markupToken(`<img src="${escapeMarkup(address)}" alt="${escapeMarkup(alt)}" />`);
    const words = escapeMarkup(alt === '' ? oneLine(source) : alt);
    if (isInLink || !isOnTheWeb(source) || !isHarmless(source)) return markupToken(words);
    return markupToken(`<a href="${escapeMarkup(source)}">${words}</a>`);
  }

  #id(what: 'note' | 'to-note', number: number): string {
    return `${what}-${this.#rendering.place}-${number}`;
  }

  #reference(label: string): string {
    const number = this.#numbers.get(label) ?? 0;
    const id = this.#referred.has(number) ? '' : ` id="${this.#id('to-note', number)}"`;
    this.#referred.add(number);
    const type = this.#rendering.isBook ? ' epub:type="noteref"' : '';
    return `<sup><a${id} href="#${this.#id('note', number)}"${type} role="doc-noteref">${number}</a></sup>`;
  }

  #notes(texts: readonly string[]): string {
    const type = this.#rendering.isBook ? ' epub:type="footnote"' : '';
    const items = texts.map((text, place) => {
      const number = place + 1;
      const back = this.#referred.has(number)
        ? `<a href="#${this.#id('to-note', number)}" role="doc-backlink">${number}</a>`
        : String(number);
      return `<aside id="${this.#id('note', number)}"${type} role="doc-footnote">\n<p class="number">${back}</p>\n${text}</aside>\n`;
    });
    return `<div class="notes">\n${items.join('')}</div>\n`;
  }
}

/** Leads to a page or a mailbox; everything else may start a program or goes nowhere. */
function isHarmless(address: string): boolean {
  return /^(?:https?:\/\/|mailto:)/i.test(address) && address.length <= 2_000 && URL.canParse(address);
}

/** Passes through the renderer as it is. */
function markupToken(html: string): Token {
  const [paragraph] = markdown.parseInline('x', {});
  const token = paragraph?.children?.[0];
  if (!token) throw new Error('A text has no token.');
  token.type = 'html_inline';
  token.content = html;
  return token;
}
