import { success, failed, type Outcome } from '../base/outcome.ts';
import { limits } from './limits.ts';

/** Why a value cannot be read, as the end of a sentence; `at` is its 0-based place in the value's text. */
export interface JsonFailure {
  readonly reason: string;
  readonly at: number;
}

/** Whether there may be a number that JavaScript's cannot hold. */
const longNumber = /\d{16}|\de\+?\d{3}/i;

/** A reviver's third argument: how a plain value is written. Older engines have none. */
interface Written {
  readonly source?: string;
}

/** Identifiers of twenty digits stay what they are: as texts, where a number would be another one. */
function asWritten(_key: string, value: unknown, written?: Written): unknown {
  if (typeof value !== 'number' || written?.source === undefined) return value;
  const isWhole = /^-?\d+$/.test(written.source);
  return (isWhole ? value === 0 || String(value) === written.source : Number.isFinite(value)) ? value : written.source;
}

const token = /(\s*)(?:"(?:[^"\\]|\\[^])*"|-?\d[\d.eE+-]*|true|false|null|([{}[\]:,]))?/y;

/** The first place where a value belongs and something else stands: the engine tells it of long texts only. */
function misplaced(text: string): number {
  /** Of the lists and objects around it. */
  const around: string[] = [];
  let isNext = true;
  let mayEnd = false;
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const [found = '', blanks = '', mark] = token.exec(text) ?? [];
    const begin = at + blanks.length;
    const isNothing = found.length === blanks.length;
    const isValue = !isNothing && (mark === undefined || mark === '{' || mark === '[');
    if (isNothing || (isNext && !isValue && !(mayEnd && mark === ']'))) return begin;
    if (mark === '{' || mark === '[') around.push(mark);
    else if (mark === '}' || mark === ']') around.pop();
    isNext = mark === '[' || mark === ':' || (mark === ',' && around.at(-1) === '[');
    mayEnd = mark === '[';
  }
  return text.length;
}

/** What is wrong with a JSON text, from the words of the engine, which differ between versions. */
export function parseJson(text: string): Outcome<unknown, JsonFailure> {
  try {
    return success(JSON.parse(text, longNumber.test(text) ? asWritten : undefined) as unknown);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const place = /at position (\d+)/.exec(message)?.[1];
    const isCut = place === undefined && /end of JSON|Unterminated/i.test(message);
    const at = place === undefined ? (isCut ? text.length : misplaced(text)) : Number(place);
    if (isCut || at >= text.length) return failed({ reason: 'it ends too early', at: text.length });
    return failed({ reason: `there is ${named(text, at)} where something else belongs`, at });
  }
}

/** A character as a sentence shows it. */
export function named(text: string, at: number): string {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0xfffd);
  if (character === '\n' || character === '\r') return 'a line break';
  return character === '"' ? `a '"'` : `"${character}"`;
}

export function countLines(text: string, from = 0, to = text.length): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** Told instead of keeping more of a text than one row may have. */
export class TooLong extends Error {}

/** Told of a text that ends where it may not. */
export class EndsEarly extends Error {}

/** Told of a character that does not belong where it stands. */
export class Unexpected extends Error {}

const blank = /[ \t\r\n]*/y;
const mark = /["{}[\]]/g;
const quoteOrEscape = /["\\]/g;
const endOfBare = /[,\]}\s]/g;

/** Walks through a JSON text that comes in pieces, and keeps no more of it than the value that it is at. */
export class JsonCursor {
  readonly #chunks: AsyncIterator<string>;
  #text = '';
  #at = 0;
  #isWhole = false;
  /** 1-based, at `#at`. */
  #line = 1;

  constructor(chunks: AsyncIterator<string>) {
    this.#chunks = chunks;
  }

  get line(): number {
    return this.#line;
  }

  /** The character that is next behind blanks; empty at the end. */
  async next(): Promise<string> {
    for (;;) {
      blank.lastIndex = this.#at;
      blank.exec(this.#text);
      this.#moveTo(blank.lastIndex);
      if (this.#at < this.#text.length) return this.#text.charAt(this.#at);
      if (!(await this.#more())) return '';
    }
  }

  /** Goes past the character that `next` has found. */
  skip(): void {
    this.#moveTo(this.#at + 1);
  }

  /** What stands here, for a sentence. */
  here(): string {
    return named(this.#text, this.#at);
  }

  /**
   * The text of the value that begins here, by its brackets and quotes only.
   *
   * @throws TooLong, EndsEarly, Unexpected
   */
  async value(): Promise<string> {
    const first = this.#text.charAt(this.#at);
    if (/[,:\]}]/.test(first)) throw new Unexpected();
    if (first !== '"' && first !== '{' && first !== '[') return this.#take(await this.#find(endOfBare, 0, true));
    let depth = 0;
    let from = 0;
    do {
      const at = await this.#find(mark, from);
      from = at + 1;
      switch (this.#text.charAt(this.#at + at)) {
        case '"':
          from = await this.#endOfString(from);
          break;
        case '{':
        case '[':
          depth += 1;
          break;
        default:
          depth -= 1;
      }
    } while (depth > 0);
    return this.#take(from);
  }

  /** @param from behind the opening quote, from `#at` on */
  async #endOfString(from: number): Promise<number> {
    for (;;) {
      const at = await this.#find(quoteOrEscape, from);
      if (this.#text.charAt(this.#at + at) === '"') return at + 1;
      from = at + 2;
    }
  }

  /** Where a pattern of one character is found, from `#at` on. */
  async #find(pattern: RegExp, from: number, mayEnd = false): Promise<number> {
    for (let searched = from; ;) {
      pattern.lastIndex = this.#at + searched;
      const found = pattern.exec(this.#text);
      const length = (found?.index ?? this.#text.length) - this.#at;
      if (length > limits.rowLength) throw new TooLong();
      if (found) return length;
      // An escaped character may not have come yet.
      searched = Math.max(searched, length);
      if (await this.#more()) continue;
      if (mayEnd) return length;
      throw new EndsEarly();
    }
  }

  #take(length: number): string {
    const text = this.#text.slice(this.#at, this.#at + length);
    this.#moveTo(this.#at + length);
    return text;
  }

  #moveTo(at: number): void {
    this.#line += countLines(this.#text, this.#at, at);
    this.#at = at;
  }

  async #more(): Promise<boolean> {
    if (this.#isWhole) return false;
    const next = await this.#chunks.next();
    if (next.done === true) {
      this.#isWhole = true;
      return false;
    }
    this.#text = this.#text.slice(this.#at) + next.value;
    this.#at = 0;
    return true;
  }
}
