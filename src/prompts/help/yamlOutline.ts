import { entry } from './key.ts';
import { FlowReader } from './yamlFlow.ts';

/** A block whose keys are looked at. */
export interface YamlBlock {
  /** Its keys from the top level; `entry` for a place in a list. */
  readonly path: readonly string[];
  /** Columns before its keys, once there is one; absent within braces. */
  indent?: number;
}

export interface YamlKey {
  readonly name: string;
  readonly block: YamlBlock;
  /** UTF-16 units of the text. */
  readonly from: number;
  readonly to: number;
}

/** What is being written at a place. */
export interface YamlPlace {
  /** `entry`: the beginning of a place in a list, which may become a key or a value; `text`: within a text of lines. */
  readonly kind: 'key' | 'value' | 'entry' | 'text';
  /** The block of a key; else that whose path is the value's. */
  readonly block: YamlBlock;
  readonly isFlow: boolean;
  /** What is there already: `to` is where the person is, `end` where the word ends. */
  readonly from: number;
  readonly to: number;
  readonly end: number;
  /** Around the value. */
  readonly quote: '' | '"' | "'";
  /** Whether white space has to come first: right behind a colon or a dash. */
  readonly needsSpace: boolean;
}

export interface YamlOutline {
  readonly keys: readonly YamlKey[];
  readonly place?: YamlPlace;
}

/** A key or a place in a list that what is indented below it belongs to. */
interface Frame {
  readonly indent: number;
  readonly isEntry: boolean;
  readonly block: YamlBlock;
}

/**
 * What half-written YAML says by its indentation, braces and colons: a parser would refuse most of what is there while a
 * person types. Whatever it is, something comes out, in time that grows with its length.
 *
 * @param from,to the part of the text that is YAML
 * @param cursor where the person is
 */
export function outlineOf(text: string, from: number, to: number, cursor: number): YamlOutline {
  return new OutlineReader(text.slice(0, to), cursor).read(from);
}

class OutlineReader {
  readonly #text: string;
  readonly #cursor: number;
  readonly #keys: YamlKey[] = [];
  readonly #root: YamlBlock = { path: [] };
  readonly #frames: Frame[] = [];
  /** Columns of the key whose text goes on over lines. */
  #textIndent: number | undefined;
  #place: YamlPlace | undefined;

  constructor(text: string, cursor: number) {
    this.#text = text;
    this.#cursor = cursor;
  }

  read(from: number): YamlOutline {
    let start = from;
    while (start <= this.#text.length) {
      const end = this.#lineEnd(start);
      start = this.#behindLine(this.#readLine(start, end));
    }
    const place = this.#place;
    const isAligned =
      place?.block.indent === undefined ||
      place.kind !== 'key' ||
      place.isFlow ||
      place.block.indent === this.#columnOf(place.from);
    return { keys: this.#keys, ...(place && isAligned ? { place } : {}) };
  }

  #lineEnd(start: number): number {
    const next = /\r|\n/g;
    next.lastIndex = start;
    return next.exec(this.#text)?.index ?? this.#text.length;
  }

  #behindLine(end: number): number {
    return end + (this.#text.startsWith('\r\n', end) ? 2 : 1);
  }

  #columnOf(offset: number): number {
    const before = this.#text.slice(0, offset);
    return offset - Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) - 1;
  }

  #isHere(from: number, to: number): boolean {
    return from <= this.#cursor && this.#cursor <= to;
  }

  /** @returns the end of the line up to which everything is read */
  #readLine(start: number, end: number): number {
    let at = start;
    while (at < end && /[ \t]/.test(this.#text[at] ?? '')) at += 1;
    const indent = at - start;
    if (at === end) {
      if (this.#isHere(start, end)) this.#readBlank(this.#cursor - start);
      return end;
    }
    if (this.#textIndent !== undefined) {
      if (indent > this.#textIndent) {
        if (this.#isHere(start, end)) this.#placeIs('text', this.#top(Infinity), { from: this.#cursor, end });
        return end;
      }
      this.#textIndent = undefined;
    }
    if (this.#text[at] === '#') return end;
    return this.#readContent(start, at, end);
  }

  #readBlank(column: number): void {
    if (this.#textIndent !== undefined && column > this.#textIndent) {
      this.#placeIs('text', this.#top(Infinity), { from: this.#cursor, end: this.#cursor });
      return;
    }
    this.#placeIs('key', this.#top(column), { from: this.#cursor, end: this.#cursor });
  }

  #readContent(start: number, first: number, end: number): number {
    let at = first;
    let isEntry = false;
    while (this.#text[at] === '-' && (at + 1 === end || /[ \t]/.test(this.#text[at + 1] ?? ''))) {
      const column = at - start;
      this.#pop((frame) => frame.indent > column || (frame.indent === column && frame.isEntry));
      this.#push(column, true, entry);
      isEntry = true;
      at += 1;
      while (at < end && /[ \t]/.test(this.#text[at] ?? '')) at += 1;
    }
    const colon = this.#colonIn(at, end);
    if (colon === undefined) {
      this.#readValue(at, end, isEntry ? 'entry' : 'key', isEntry ? this.#top(Infinity) : this.#top(at - start));
      return this.#endOfFlow(at, end, isEntry ? this.#top(Infinity) : undefined, first - start);
    }
    return this.#readPair(start, at, colon, end);
  }

  #readPair(start: number, from: number, colon: number, end: number): number {
    const column = from - start;
    this.#pop(({ indent }) => indent >= column);
    const block = this.#top(Infinity);
    block.indent ??= column;
    const written = this.#text.slice(from, colon).trimEnd();
    const to = from + written.length;
    const name = unquoted(written);
    this.#keys.push({ name, block, from, to });
    if (this.#isHere(from, to)) this.#placeIs('key', block, { from, end: to });
    this.#push(column, false, name);
    let at = colon + 1;
    while (at < end && /[ \t]/.test(this.#text[at] ?? '')) at += 1;
    const value = this.#top(Infinity);
    if (/^[|>][-+\d]*\s*(?:#.*)?$/.test(this.#text.slice(at, end))) {
      this.#textIndent = column;
      return end;
    }
    if (at === end && this.#isHere(colon + 1, end)) {
      const needsSpace = this.#cursor === colon + 1;
      this.#placeIs('value', value, { from: this.#cursor, end: this.#cursor, needsSpace });
    }
    if (at < end) this.#readValue(at, end, 'value', value);
    return this.#endOfFlow(at, end, value, column);
  }

  /** A text in one line, as far as the person is in it. */
  #readValue(from: number, end: number, kind: 'value' | 'entry' | 'key', block: YamlBlock): void {
    const first = this.#text[from];
    if (!this.#isHere(from, end) || /^[[{#&*!|>%@`]$/.test(first ?? '')) return;
    const quote = first === '"' || first === "'" ? first : '';
    if (quote !== '') {
      const close = this.#text.indexOf(quote, from + 1);
      const last = close === -1 || close > end ? end : close;
      if (this.#isHere(from + 1, last)) this.#placeIs(kind, block, { from: from + 1, end: last, quote });
      return;
    }
    const comment = /[ \t]#/.exec(this.#text.slice(from, end));
    const last = from + this.#text.slice(from, comment ? from + comment.index : end).trimEnd().length;
    const isBehind = this.#cursor > last;
    // Behind a word comes no other one.
    if (isBehind && last > from) return;
    const needsSpace = kind === 'entry' && this.#text[from - 1] === '-';
    this.#placeIs(kind, block, { from, end: last, needsSpace });
  }

  /** @returns where the line ends in which braces that begin here are closed */
  #endOfFlow(from: number, end: number, block: YamlBlock | undefined, column: number): number {
    const first = this.#text[from];
    if (from >= end || !block || (first !== '{' && first !== '[')) return end;
    const { keys, place, end: last } = new FlowReader(this.#text, this.#cursor).read(from, block.path, column);
    this.#keys.push(...keys);
    this.#place ??= place;
    return this.#lineEnd(last);
  }

  /** The colon behind a key; undefined where there is none. */
  #colonIn(from: number, end: number): number | undefined {
    const first = this.#text[from];
    if (first === '{' || first === '[' || first === '#') return undefined;
    let at = from;
    if (first === '"' || first === "'") {
      const close = this.#text.indexOf(first, from + 1);
      if (close === -1 || close >= end) return undefined;
      at = close + 1;
      while (at < end && /[ \t]/.test(this.#text[at] ?? '')) at += 1;
      return this.#text[at] === ':' && at < end ? at : undefined;
    }
    for (; at < end; at += 1) {
      const character = this.#text[at];
      if (character === ':' && (at + 1 === end || /[ \t]/.test(this.#text[at + 1] ?? ''))) {
        return at === from ? undefined : at;
      }
      if (character === '#' && /[ \t]/.test(this.#text[at - 1] ?? '')) return undefined;
    }
    return undefined;
  }

  #pop(isDone: (frame: Frame) => boolean): void {
    for (let last = this.#frames.at(-1); last && isDone(last); last = this.#frames.at(-1)) this.#frames.pop();
  }

  #push(indent: number, isEntry: boolean, name: string): void {
    this.#frames.push({ indent, isEntry, block: { path: [...this.#top(Infinity).path, name] } });
  }

  /** The innermost block that something in a column belongs to. */
  #top(column: number): YamlBlock {
    return this.#frames.findLast(({ indent }) => indent < column)?.block ?? this.#root;
  }

  #placeIs(
    kind: YamlPlace['kind'],
    block: YamlBlock,
    { from, end, quote = '', needsSpace = false }: Pick<YamlPlace, 'from' | 'end'> & Partial<YamlPlace>,
  ): void {
    this.#place ??= { kind, block, isFlow: false, from, to: this.#cursor, end, quote, needsSpace };
  }
}

/** A key without the quotes around it. */
export function unquoted(written: string): string {
  return /^(["']).*\1$/s.test(written) && written.length > 1 ? written.slice(1, -1) : written;
}
