import { beginningOf, withoutCutWord } from '../../base/redact.ts';
import { wellFormed } from '../../base/wellFormed.ts';
import { isWebPage } from '../errorBody.ts';
import type { AnswerFormat, Chunk, FinishReason, Usage } from './chunk.ts';
import { Pieces } from './pieces.ts';
import { ServerEventReader, type ServerEvent } from './serverEvents.ts';
import { splitThinking } from './thinking.ts';

export interface ReadChoice {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  /** Undefined: nothing said that the text has ended. */
  readonly finish: FinishReason | undefined;
}

/** What an answer came to. A text counts only when it `ended`. */
export type Answer =
  | { readonly kind: 'ended'; readonly choices: readonly ReadChoice[] }
  /** It stopped before its end was told. */
  | { readonly kind: 'cut' }
  /** An error in place of an answer, or in the middle of one, as the service gives it. */
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'page'; readonly page: string }
  | { readonly kind: 'unreadable'; readonly sample: string }
  | { readonly kind: 'too-long' };

export interface ReaderOptions {
  /** Texts that were asked for. */
  readonly count: number;
  /** Of text and reasoning together, UTF-8. */
  readonly maxBytes: number;
  /** Called as text or reasoning arrives. */
  readonly onContent?: (kind: 'text' | 'reasoning') => void;
}

const longestPage = 64 * 1024;
/** Of a refusal, all that counts is that there is one. */
const longestRefusal = 300;

/** Much more than anybody is shown: secrets are taken out of it first. */
function sampleOf(text: string): string {
  return beginningOf(text, longestPage);
}

/**
 * Reads the body of an answer, a stream of events or JSON, in any pieces, and says what it came to. Pure and total: no
 * bytes make it throw, wait, or hold more than `maxBytes` and one event.
 */
export class AnswerReader {
  readonly #format: AnswerFormat;
  readonly #options: ReaderOptions;
  /** Node's own removal of a byte order mark takes one from the middle where the first piece ends within a character. */
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #hasBegun = false;
  readonly #events: ServerEventReader;
  readonly #texts: readonly Pieces[];
  readonly #reasonings: readonly Pieces[];
  readonly #refusals: string[];
  readonly #finishes: (FinishReason | undefined)[];
  #form: 'unknown' | 'events' | 'document' = 'unknown';
  readonly #document = new Pieces();
  /** The document begins as a page for people does. */
  #mayBePage = false;
  #bytes = 0;
  #isDone = false;
  /** What is read may have been broken off. */
  #isEnding = false;
  /** The connection did not bring the body to its end. */
  #isBrokenOff = false;
  /** Choices that nobody asked for. */
  #strangers = 0;
  #verdict: Exclude<Answer, { kind: 'ended' | 'cut' }> | undefined;
  /** The error that came when every text had ended, as the service gives it: it takes nothing of them back. */
  lateError: unknown;
  /** What the service counted, as far as it is a count; the last word counts. */
  usage: Usage = {};
  /** The model that answered, as the service names it. */
  model: string | undefined;
  /** Characters of text so far, its thinking included when it comes inside of it. */
  textLength = 0;
  /** Characters of text and reasoning so far. */
  contentLength = 0;

  constructor(format: AnswerFormat, options: ReaderOptions) {
    this.#format = format;
    this.#options = options;
    this.#events = new ServerEventReader((event) => this.#event(event));
    this.#texts = Array.from({ length: options.count }, () => new Pieces());
    this.#reasonings = Array.from({ length: options.count }, () => new Pieces());
    this.#refusals = Array<string>(options.count).fill('');
    this.#finishes = Array<FinishReason | undefined>(options.count).fill(undefined);
  }

  /** Whether nothing that could follow counts. */
  get isOver(): boolean {
    return this.#isDone || this.#verdict !== undefined;
  }

  /** Whether every text that was asked for has ended; its usage may still follow. */
  get isFinished(): boolean {
    return this.#verdict === undefined && (this.#isDone || this.#finishes.every((finish) => finish !== undefined));
  }

  /** The first characters of a text, without its thinking, as far as it has come. @param place 0-based */
  soFar(place: number, most: number): string {
    return splitThinking(this.#texts[place]?.beginning(most) ?? '').text;
  }

  push(bytes: Uint8Array): void {
    if (!this.isOver) this.#text(this.#decoder.decode(bytes, { stream: true }));
  }

  /** @param isWhole whether the connection brought the body to its end */
  end(isWhole = true): Answer {
    if (!this.isOver) this.#text(this.#decoder.decode());
    if (!this.isOver && this.#form === 'events') this.#endOfEvents(isWhole);
    if (!this.isOver && this.#form === 'document') this.#readDocument(isWhole);
    if (this.#verdict) return this.#verdict;
    if (this.#strangers > 0 && this.contentLength === 0) {
      return { kind: 'unreadable', sample: 'it numbers a text beyond those asked for' };
    }
    return this.#hasEnded(isWhole) ? { kind: 'ended', choices: this.#choices() } : { kind: 'cut' };
  }

  #hasEnded(isWhole: boolean): boolean {
    if (this.#isDone) return true;
    // A service may give fewer than asked for; of a body that broke off nobody knows.
    if (!isWhole) return this.isFinished;
    const hasContent = (place: number): boolean =>
      [this.#texts, this.#reasonings].some((all) => all[place]?.length !== 0);
    return (
      this.#finishes.some((finish) => finish !== undefined) &&
      this.#finishes.every((finish, place) => finish !== undefined || !hasContent(place))
    );
  }

  #choices(): ReadChoice[] {
    return this.#texts.map((pieces, place) => {
      const { text, reasoning } = splitThinking(pieces.joined());
      return {
        text: wellFormed(text),
        reasoning: wellFormed(
          [this.#reasonings[place]?.joined() ?? '', reasoning].filter((part) => part !== '').join('\n'),
        ),
        refusal: wellFormed(this.#refusals[place] ?? ''),
        finish: this.#finishes[place],
      };
    });
  }

  #text(decoded: string): void {
    const text = this.#hasBegun ? decoded : decoded.replace(/^\uFEFF/, '');
    this.#hasBegun ||= decoded !== '';
    if (text === '') return;
    if (this.#form === 'unknown') {
      const first = /\S/.exec(text)?.[0];
      if (first === undefined) return;
      this.#form = /[[{<"]/.test(first) ? 'document' : 'events';
    }
    if (this.#form === 'events') {
      this.#events.push(text);
      if (this.#events.held > this.#options.maxBytes) this.#verdict ??= { kind: 'too-long' };
      return;
    }
    if (this.#document.length === 0) this.#mayBePage = isWebPage(text);
    this.#document.add(text);
    if (this.#document.length > this.#options.maxBytes) {
      this.#verdict ??= { kind: 'too-long' };
    } else if (this.#document.length > longestPage && this.#mayBePage) {
      this.#verdict ??= { kind: 'page', page: this.#document.joined() };
    }
    // Blanks keep a connection alive, and nothing more.
    if (/\S/.test(text)) this.#options.onContent?.('reasoning');
  }

  #endOfEvents(isWhole: boolean): void {
    this.#isEnding = true;
    this.#isBrokenOff = !isWhole;
    this.#events.end();
    const { stray } = this.#events;
    const isEmpty = this.contentLength === 0 && this.#finishes.every((finish) => finish === undefined);
    if (this.isOver || !isWhole || !isEmpty) return;
    if (stray !== '') this.#verdict = { kind: 'unreadable', sample: sampleOf(stray) };
  }

  #readDocument(isWhole: boolean): void {
    const text = this.#document.taken().trim();
    if (isWebPage(text)) {
      this.#verdict = { kind: 'page', page: sampleOf(text) };
      return;
    }
    const value = parseLeniently(text);
    if (value !== undefined) {
      this.#value(value);
      if (this.#verdict) return;
      const isAnswer = this.#format.isAnswer(value);
      if (!isAnswer && this.contentLength === 0 && this.#strangers === 0 && !this.isFinished) {
        this.#verdict = { kind: 'unreadable', sample: sampleOf(text) };
      }
      // An answer that is whole JSON is whole, whether or not it says how its text ended.
      if (isAnswer) this.#isDone = true;
      return;
    }
    this.#readLines(text, isWhole);
  }

  /** One JSON a line, of which the last may have been broken off. */
  #readLines(text: string, isWhole: boolean): void {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    for (const [place, line] of lines.entries()) {
      if (this.isOver) return;
      const value = parseLeniently(line);
      if (value === undefined) {
        const isBrokenOff = place === lines.length - 1 && (place > 0 || !isWhole);
        if (!isBrokenOff) this.#verdict = { kind: 'unreadable', sample: sampleOf(text) };
        return;
      }
      this.#value(value);
    }
  }

  #event({ name, data }: ServerEvent): void {
    const trimmed = data.trim();
    if (this.isOver || trimmed === '') return;
    if (/^"?\[DONE\]"?/.test(trimmed)) {
      this.#isDone = true;
      return;
    }
    const isError = /^error$/i.test(name);
    const value = parseLeniently(trimmed);
    if (isError) {
      this.#fail(value ?? (this.#isBrokenOff ? withoutCutWord(trimmed) : trimmed), this.#hasTexts);
      return;
    }
    if (value !== undefined) {
      this.#value(value);
      return;
    }
    // Events that no blank line parts.
    const lines = trimmed.split('\n');
    const values = lines.map((line) => (line.trim() === '[DONE]' ? done : parseLeniently(line)));
    if (lines.length > 1 && values.every((each) => each !== undefined)) {
      const end = values.indexOf(done);
      for (const each of end < 0 ? values : values.slice(0, end)) this.#value(each);
      if (end >= 0) this.#isDone = true;
      return;
    }
    if (!this.#isEnding) this.#verdict = { kind: 'unreadable', sample: sampleOf(trimmed) };
  }

  /** A chunk, or a list of them. */
  #value(value: unknown, depth = 0): void {
    if (this.isOver || depth > 2) return;
    if (Array.isArray(value)) {
      for (const element of value) this.#value(element, depth + 1);
      return;
    }
    const chunk = this.#format.read(value);
    if (chunk) this.#chunk(chunk);
  }

  /** @param isLate whether every text had ended before it came */
  #fail(error: unknown, isLate: boolean): void {
    if (isLate) {
      this.lateError = error;
      this.#isDone = true;
    } else this.#verdict ??= { kind: 'error', error };
  }

  /** Whether every text that was asked for is there, to an end that is none of an error's. */
  get #hasTexts(): boolean {
    return this.#finishes.every(
      (finish, place) =>
        (finish === 'stop' || finish === 'length' || finish === 'other') && this.#texts[place]?.length !== 0,
    );
  }

  #chunk({ choices, usage, model, error, isEnd = false }: Chunk): void {
    const isLate = error !== undefined && this.#hasTexts;
    this.usage = { ...this.usage, ...usage };
    this.model = model ?? this.model;
    for (const { index, finish, isWhole, ...part } of choices) {
      if (!Number.isInteger(index) || index < 0 || index >= this.#options.count) {
        this.#strangers++;
        continue;
      }
      this.#add(this.#reasonings[index], part.reasoning, isWhole, 'reasoning');
      this.#add(this.#texts[index], part.text, isWhole, 'text');
      this.#refusals[index] = ((this.#refusals[index] ?? '') + part.refusal).slice(0, longestRefusal);
      this.#finishes[index] = finish ?? this.#finishes[index];
    }
    if (error !== undefined) this.#fail(error, isLate);
    if (isEnd) this.#isDone = true;
  }

  #add(pieces: Pieces | undefined, given: string, isWhole: boolean, kind: 'text' | 'reasoning'): void {
    if (pieces === undefined || given === '') return;
    // Some repeat all of a text when it has ended. What is shorter repeats nothing, and is not worth joining for.
    const before = isWhole && given.length >= pieces.length ? pieces.joined() : '';
    const added = given.startsWith(before) ? given.slice(before.length) : given;
    if (added === '') return;
    pieces.add(added);
    this.contentLength += added.length;
    if (kind === 'text') this.textLength += added.length;
    this.#bytes += Buffer.byteLength(added);
    if (this.#bytes > this.#options.maxBytes) this.#verdict ??= { kind: 'too-long' };
    this.#options.onContent?.(kind);
  }
}

const done = Symbol('[DONE]');

/**
 * A string of JSON, or a number that JSON does not have. A string that does not end goes to the end of the text: looking
 * for its end again from each quotation mark in it would take time with the square of its length.
 */
const stringOrNoNumber = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|-?\b(?:NaN|Infinity)\b/gs;

/** JSON, also with the NaN and Infinity that some libraries write into it; undefined for anything else. */
function parseLeniently(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    if (!/NaN|Infinity/.test(text)) return undefined;
  }
  try {
    return JSON.parse(text.replace(stringOrNoNumber, (part) => (part.startsWith('"') ? part : 'null'))) as unknown;
  } catch {
    return undefined;
  }
}
