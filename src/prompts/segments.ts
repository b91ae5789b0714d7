import { codeAt, codeRegions, type CodeRegion } from './codeRegions.ts';
import { limits } from './limits.ts';
import { parseOutput } from './liquid.ts';

interface Span {
  /** UTF-16 units of the template. */
  readonly begin: number;
  readonly end: number;
}

/** `line`: alone on its line; `sentence`: within other text; `link`: a Markdown link. */
export type IncludeKind = 'line' | 'sentence' | 'link';

/** What may be more than text in a template. */
export type Segment = Span &
  (
    | { readonly kind: 'output' }
    /** The name is empty where none stands. */
    | { readonly kind: 'tag'; readonly name: string }
    /** `{{` or `{%` that nothing closes, or a block that nothing reads in and that does not end. */
    | { readonly kind: 'open'; readonly name: string }
    /** What a template says to nobody: its comments, and the tags around raw text. */
    | { readonly kind: 'silent'; readonly trimsBefore: boolean; readonly trimsAfter: boolean }
    /** `${name}` */
    | { readonly kind: 'variable'; readonly name: string }
    /** `${input:name:placeholder}`, by some `${input:name|placeholder}` */
    | { readonly kind: 'input'; readonly name: string; readonly placeholder?: string }
    /** `${env:NAME}` */
    | { readonly kind: 'environment'; readonly name: string }
    | { readonly kind: 'include'; readonly how: IncludeKind; readonly path: string }
  );

const opening = /\{\{|\{%|\$\{|#file:|!?\[|\]\(/g;
const tagStart = /\{%-?\s*(#|\w{1,100})?/y;
const variable =
  /\$\{(?:(\w{1,100})|input:([\p{L}\p{N}_.-](?:[\p{L}\p{N}_. -]{0,98}[\p{L}\p{N}_.-])?)(?:[:|]([^}\n]{0,500}))?|env:([\w.()-]{1,100})|file:([^}{$\n]{1,500}))\}/uy;
const fileReference = /#file:(?:'([^'\n]{1,500})'|"([^"\n]{1,500})"|([^\s'"`<>|{}()[\],;*]{1,500}))/y;
const linkTarget =
  /\]\([ \t]{0,3}(?:<([^<>\n]{1,500})>|([^()\s<>]{1,500}))(?:[ \t]{1,3}["'][^"'\n]{0,200}["'])?[ \t]{0,3}\)/y;
/** Files that are no text, by their ending. */
const notText =
  /\.(?:png|jpe?g|gif|webp|avif|bmp|ico|svg|tiff?|pdf|zip|gz|tar|7z|mp[34]|m4a|wav|ogg|webm|mov|docx?|xlsx?|pptx?|epub|woff2?|ttf|exe|dll|so|wasm)$/i;
const blockEnds = {
  raw: /\{%-?\s*endraw\s*-?%\}/g,
  comment: /\{%-?\s*endcomment\b[^%]{0,100}%\}/g,
} as const;
/** Characters of an output within which a string may hold delimiters. */
const longestWithDelimiters = 2_000;

/** Finds all that may be more than text, in order, in time that grows with the length. */
class Scanner {
  readonly #text: string;
  readonly #codeAt: (offset: number) => CodeRegion | undefined;
  readonly #segments: Segment[] = [];
  /** The next place of each delimiter. */
  readonly #nexts = new Map<string, number>();
  /** The next end of a block of each kind. */
  readonly #ends = new Map<'raw' | 'comment', RegExpExecArray | null>();
  #lastBracketIsImage = false;

  constructor(text: string) {
    this.#text = text;
    this.#codeAt = codeAt(codeRegions(text));
  }

  scan(): readonly Segment[] {
    const next = new RegExp(opening);
    for (let match = next.exec(this.#text); match; match = next.exec(this.#text)) {
      next.lastIndex = this.#read(match[0], match.index);
    }
    return this.#segments;
  }

  /** @returns where to look on */
  #read(found: string, at: number): number {
    switch (found) {
      case '{{':
        return this.#readOutput(at);
      case '{%':
        return this.#readTag(at);
      case '${':
        return this.#readVariable(at) ?? at + 1;
      case '#file:':
        return this.#readFile(at) ?? at + found.length;
      case '](':
        return this.#readLink(at) ?? at + found.length;
      default:
        this.#lastBracketIsImage = found === '![';
        return at + found.length;
    }
  }

  #next(delimiter: string, from: number): number {
    const known = this.#nexts.get(delimiter);
    if (known !== undefined && (known === -1 || known >= from)) return known;
    const at = this.#text.indexOf(delimiter, from);
    this.#nexts.set(delimiter, at);
    return at;
  }

  #readOutput(begin: number): number {
    const end = this.#outputEnd(begin);
    // The second brace may begin another one.
    if (end === undefined && this.#text[begin + 2] === '{') return begin + 1;
    this.#segments.push(
      end === undefined ? { kind: 'open', begin, end: begin + 2, name: '{{' } : { kind: 'output', begin, end },
    );
    return end ?? begin + 2;
  }

  #outputEnd(begin: number): number | undefined {
    const close = this.#next('}}', begin + 2);
    if (close === -1) return undefined;
    const inner = this.#next('{{', begin + 1);
    const content = this.#text.slice(begin + 2, Math.min(close, begin + 2 + longestWithDelimiters));
    const holdsInner = inner !== -1 && inner < close;
    if (/["']/.test(content) && (holdsInner || !hasEvenQuotes(content))) {
      const end = this.#endBehindQuotes(begin);
      if (end !== undefined && 'value' in parseOutput(this.#text.slice(begin, end))) return end;
    }
    return holdsInner ? undefined : close + 2;
  }

  /** As Liquid finds it: delimiters in quotes do not count. */
  #endBehindQuotes(begin: number): number | undefined {
    let quote = '';
    const most = Math.min(begin + longestWithDelimiters, this.#text.length);
    for (let at = begin + 2; at < most; at += 1) {
      const character = this.#text[at] ?? '';
      if (quote !== '') {
        if (character === '\\') at += 1;
        else if (character === quote) quote = '';
      } else if (character === '"' || character === "'") quote = character;
      else if (character === '}' && this.#text[at + 1] === '}') return at + 2;
    }
    return undefined;
  }

  #readTag(begin: number): number {
    tagStart.lastIndex = begin;
    const [start = '{%', name = ''] = tagStart.exec(this.#text) ?? [];
    const close = this.#next('%}', begin + 2);
    if (close === -1) {
      this.#segments.push({ kind: 'open', begin, end: begin + start.length, name: name || '{%' });
      return begin + 2;
    }
    const end = close + 2;
    if (name === 'raw' || name === 'comment') {
      const behind = this.#readUnread(name, begin, end);
      if (behind !== undefined) return behind;
    }
    this.#segments.push({ kind: 'tag', begin, end, name });
    return end;
  }

  /** A block whose content is no template; undefined if it does not end. */
  #readUnread(name: 'raw' | 'comment', begin: number, from: number): number | undefined {
    const close = this.#nextEnd(name, from);
    // In code, a block is one only within it.
    const region = this.#codeAt(begin);
    if (!close || (region && close.index >= region.end)) return undefined;
    const end = close.index + close[0].length;
    const trimsBefore = this.#text[begin + 2] === '-';
    const trimsAfter = this.#text[end - 3] === '-';
    if (name === 'comment') {
      this.#segments.push({ kind: 'silent', begin, end, trimsBefore, trimsAfter });
      return end;
    }
    this.#segments.push({ kind: 'silent', begin, end: from, trimsBefore, trimsAfter: false });
    for (let at = this.#next('${', from); at !== -1 && at < close.index; at = this.#next('${', at + 1)) {
      this.#readVariable(at);
    }
    this.#segments.push({ kind: 'silent', begin: close.index, end, trimsBefore: false, trimsAfter });
    return end;
  }

  #nextEnd(name: 'raw' | 'comment', from: number): RegExpExecArray | null {
    let close = this.#ends.get(name);
    if (close === undefined || (close && close.index < from)) {
      const ending = new RegExp(blockEnds[name]);
      ending.lastIndex = from;
      close = ending.exec(this.#text);
      this.#ends.set(name, close);
    }
    return close;
  }

  #readVariable(begin: number): number | undefined {
    variable.lastIndex = begin;
    const match = variable.exec(this.#text);
    if (!match) return undefined;
    const [found, name, input, placeholder, environment, file] = match;
    const end = begin + found.length;
    if (name !== undefined) this.#segments.push({ kind: 'variable', begin, end, name });
    else if (environment !== undefined) this.#segments.push({ kind: 'environment', begin, end, name: environment });
    else if (file !== undefined) {
      // What is code of another language stays as it is.
      if (this.#codeAt(begin)) return undefined;
      this.#segments.push({ kind: 'include', begin, end, how: 'line', path: plainPath(file.trim()) });
    } else if (input !== undefined) {
      const told = placeholder?.trim() ?? '';
      this.#segments.push({ kind: 'input', begin, end, name: input, ...(told !== '' && { placeholder: told }) });
    }
    return end;
  }

  #readFile(begin: number): number | undefined {
    fileReference.lastIndex = begin;
    const match = fileReference.exec(this.#text);
    if (!match || /[\w#&/]/.test(this.#text[begin - 1] ?? '') || this.#codeAt(begin)) return undefined;
    const [found, quoted, doubleQuoted, bare = ''] = match;
    const inQuotes = quoted ?? doubleQuoted;
    const path = inQuotes ?? bare.replace(/[.,:!?]+$/, '');
    const end = inQuotes === undefined ? begin + '#file:'.length + path.length : begin + found.length;
    // Which file is read is not for a variable to say.
    if (
      path === '' ||
      path.endsWith('$') ||
      /^\{(?!%)/.test(this.#text.slice(end, end + 2)) ||
      /\{[{%]|\$\{/.test(path)
    )
      return undefined;
    const how = this.#isAlone(begin, end) ? 'line' : 'sentence';
    this.#segments.push({ kind: 'include', begin, end, how, path: plainPath(path) });
    return end;
  }

  #isAlone(begin: number, end: number): boolean {
    let before = begin;
    while (/[ \t]/.test(this.#text[before - 1] ?? '')) before -= 1;
    let after = end;
    while (/[ \t]/.test(this.#text[after] ?? '')) after += 1;
    return (this.#text[before - 1] ?? '\n') === '\n' && (this.#text[after] ?? '\n') === '\n';
  }

  #readLink(begin: number): number | undefined {
    const isImage = this.#lastBracketIsImage;
    this.#lastBracketIsImage = false;
    linkTarget.lastIndex = begin;
    const match = linkTarget.exec(this.#text);
    if (!match || isImage || this.#codeAt(begin)) return undefined;
    const path = linkedPath(match[1] ?? match[2] ?? '');
    if (path === undefined) return undefined;
    const end = begin + match[0].length;
    this.#segments.push({ kind: 'include', begin, end, how: 'link', path });
    return end;
  }
}

function hasEvenQuotes(content: string): boolean {
  let quote = '';
  for (const character of content) {
    if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
  }
  return quote === '';
}

function plainPath(path: string): string {
  return path.replace(/\\/g, '/').replace(/^(?:\.\/)+/, '');
}

/** The file that a link leads to; undefined if it leads to no text of the workspace. */
function linkedPath(target: string): string | undefined {
  const [bare = ''] = target.split(/[#?]/, 1);
  if (bare === '' || /^[a-z][a-z\d+.-]*:|^[/\\]|[{}$]/i.test(bare) || notText.test(bare)) return undefined;
  if (!/[^./]\.\w{1,12}$/.test(bare)) return undefined;
  try {
    return plainPath(decodeURIComponent(bare));
  } catch {
    return undefined;
  }
}

/** @param text as long as `limits.renderedLength` at most */
export function segmentsOf(text: string): readonly Segment[] {
  return text.length > limits.renderedLength ? [] : new Scanner(text).scan();
}
