import { entry } from './key.ts';
import { unquoted, type YamlBlock, type YamlKey, type YamlPlace } from './yamlOutline.ts';

/** Braces or brackets that are open. */
interface Level {
  readonly isMap: boolean;
  readonly block: YamlBlock;
  /** Of a map, whose value comes next. */
  key: string | undefined;
  /** Whether braces stood in the place of the value, which end it. */
  isDone: boolean;
}

export interface FlowOutline {
  readonly keys: readonly YamlKey[];
  readonly place: YamlPlace | undefined;
  /** Behind the last brace, or where the text gives no sign of one any more. */
  readonly end: number;
}

/** More of them within each other are of nobody's hand. */
const mostLevels = 100;

/** Reads `{ count: 5, models: [a, b] }`, as far as it is written. */
export class FlowReader {
  readonly #text: string;
  readonly #cursor: number;
  readonly #keys: YamlKey[] = [];
  readonly #levels: Level[] = [];
  #place: YamlPlace | undefined;
  /** Where the word at hand begins. */
  #word: number | undefined;
  /** Of the word at hand, while it is open. */
  #quote: '' | '"' | "'" = '';

  constructor(text: string, cursor: number) {
    this.#text = text;
    this.#cursor = cursor;
  }

  /**
   * @param path of the value that begins here
   * @param column of the key or dash that it belongs to
   */
  read(from: number, path: readonly string[], column = 0): FlowOutline {
    let at = from;
    for (; at < this.#text.length; at += 1) {
      if (at === this.#cursor) this.#look();
      const character = this.#text[at] ?? '';
      if (this.#quote !== '') {
        if (character === '\\' && this.#quote === '"') {
          at += 1;
          if (at === this.#cursor) this.#look();
        } else if (character === this.#quote) this.#quote = '';
        continue;
      }
      if ((character === '\n' || character === '\r') && this.#isLeft(at + 1, column)) break;
      if (character === '#' && /\s/.test(this.#text[at - 1] ?? '')) {
        at = this.#behindComment(at) - 1;
        continue;
      }
      this.#read(character, at, path);
      if (this.#levels.length === 0 || this.#levels.length > mostLevels) return this.#done(at + 1);
    }
    if (at === this.#cursor && at === this.#text.length) this.#look();
    return this.#done(at);
  }

  #done(end: number): FlowOutline {
    return { keys: this.#keys, place: this.#place, end };
  }

  #read(character: string, at: number, path: readonly string[]): void {
    const level = this.#levels.at(-1);
    if ((character === '{' || character === '[') && this.#word === undefined) {
      this.#levels.push({
        isMap: character === '{',
        block: { path: level ? pathOf(level) : path },
        key: undefined,
        isDone: false,
      });
    } else if (character === '}' || character === ']') {
      this.#levels.pop();
      this.#word = undefined;
      const around = this.#levels.at(-1);
      if (around) around.isDone = true;
    } else if (character === ',') {
      this.#word = undefined;
      if (level) {
        level.key = undefined;
        level.isDone = false;
      }
    } else if (character === ':' && level?.isMap === true && level.key === undefined && this.#endsKey(at)) {
      const from = this.#word ?? at;
      const written = this.#text.slice(from, at).trimEnd();
      level.key = unquoted(written);
      this.#keys.push({ name: level.key, block: level.block, from, to: from + written.length });
      this.#word = undefined;
    } else if (!/\s/.test(character)) {
      if (this.#word === undefined && (character === '"' || character === "'")) this.#quote = character;
      this.#word ??= at;
    }
  }

  #endsKey(colon: number): boolean {
    const isQuoted = this.#word !== undefined && /["']/.test(this.#text[this.#word] ?? '');
    return isQuoted || !/[^\s,[\]{}]/.test(this.#text[colon + 1] ?? '');
  }

  /** Whether a line is one of the settings around the braces: somebody has not closed them yet. */
  #isLeft(from: number, column: number): boolean {
    const [, indent = '', rest = ''] =
      /^\n?([ \t]*)([^\r\n]{0,120}(?:\r|\n|$)?)/.exec(this.#text.slice(from, from + column + 130)) ?? [];
    if (indent.length > column) return false;
    return /^(?:[\w"'-][^\r\n:]{0,100}:(?:[ \t]|\r|\n|$)|---)/.test(rest);
  }

  #behindComment(at: number): number {
    const next = /\r|\n/g;
    next.lastIndex = at;
    const end = next.exec(this.#text)?.index ?? this.#text.length;
    // Nothing is offered in a comment.
    return end;
  }

  /** The person is here. */
  #look(): void {
    const level = this.#levels.at(-1);
    if (!level || level.isDone) return;
    const { from, end, quote } = this.#wordHere();
    if (this.#text.slice(from, this.#cursor).includes('\n') || (this.#cursor > end && end > from)) return;
    const isKey = level.isMap && level.key === undefined;
    const needsSpace = !isKey && this.#word === undefined && this.#text[this.#cursor - 1] === ':';
    this.#place ??= {
      kind: isKey ? 'key' : level.isMap ? 'value' : 'entry',
      block: isKey ? level.block : { path: pathOf(level) },
      isFlow: true,
      from,
      to: this.#cursor,
      end,
      quote,
      needsSpace,
    };
  }

  #wordHere(): Pick<YamlPlace, 'from' | 'end' | 'quote'> {
    const word = this.#word ?? this.#cursor;
    const quote = this.#quote;
    const from = quote === '' ? word : word + 1;
    // A word that nobody has begun is nobody's to replace.
    if (this.#word === undefined && /^[[{"']/.test(this.#text.slice(this.#cursor, this.#cursor + 1))) {
      return { from, end: from, quote };
    }
    const stop = quote === '' ? /[,}\]\r\n]|:(?=[\s,}\]]|$)|[ \t]#/g : new RegExp(`[${quote}\\r\\n]`, 'g');
    stop.lastIndex = this.#cursor;
    const last = stop.exec(this.#text)?.index ?? this.#text.length;
    const written = this.#text.slice(from, last);
    return { from, end: from + (quote === '' ? written.trimEnd() : written).length, quote };
  }
}

function pathOf({ isMap, block, key = '' }: Level): readonly string[] {
  return [...block.path, isMap ? key : entry];
}
