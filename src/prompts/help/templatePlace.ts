import { codeRegions } from '../codeRegions.ts';
import { blockTags } from './filterNotes.ts';
import type { Span } from './places.ts';

interface Written {
  /** What is there already: `to` is where the person is, `end` where the word ends. */
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

/** What is being written at a place of a template. */
export type TemplatePlace = Written &
  (
    | {
        readonly kind: 'variable';
        /** Names before the point, from the variable on; empty: the variable itself. */
        readonly of: readonly string[];
        /** Names that the template itself gives a value here. */
        readonly own: readonly string[];
        readonly isInLoop: boolean;
      }
    | { readonly kind: 'filter' }
    /** @property open blocks around it, innermost last */
    | { readonly kind: 'tag'; readonly open: readonly string[] }
    /** Behind `${`. @property isClosed whether the brace is there */
    | { readonly kind: 'editor'; readonly isInput: boolean; readonly isClosed: boolean }
    /** Behind `#file:`. */
    | { readonly kind: 'include'; readonly quote: '' | '"' | "'" }
  );

/** UTF-16 units before the person that may belong to one output or tag. */
const longestTag = 2_000;
const word = /[\p{L}\p{N}_-]/u;
const access = /[\p{L}_][\p{L}\p{N}_-]*(?:\.[\p{L}\p{N}_-]*)*$/u;
const operators = /(?:==|!=|<>|>=|<=|>|<|\(|\.\.|\b(?:and|or|not|contains))$/;
/** What a value may come behind, in each tag. */
const valueTags: Readonly<Record<string, RegExp>> = {
  if: /^$/,
  elsif: /^$/,
  unless: /^$/,
  case: /^$/,
  when: /^$|,$|\bor$/,
  echo: /^$/,
  cycle: /^$|[,:]$/,
  assign: /=$/,
  for: /\bin$|\b(?:limit|offset):$/,
  tablerow: /\bin$|\b(?:limit|offset|cols):$/,
};

function endOfWord(text: string, at: number, to: number): number {
  let end = at;
  while (end < to && word.test(text[end] ?? '')) end += 1;
  return end;
}

function isInQuotes(content: string): boolean {
  let quote = '';
  for (const character of content) {
    if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
  }
  return quote !== '';
}

/** @param span the template within the text, which the place lies in */
export function templatePlace(text: string, { from, to }: Span, at: number): TemplatePlace | undefined {
  const start = Math.max(from, at - longestTag);
  const before = text.slice(start, at);
  const open = Math.max(before.lastIndexOf('{{'), before.lastIndexOf('{%'));
  const close = Math.max(before.lastIndexOf('}}'), before.lastIndexOf('%}'));
  if (open !== -1 && open >= close) {
    const content = before.slice(open + 2).replace(/^-/, '');
    const isTag = before[open + 1] === '%';
    return liquidPlace({ text, from, to, at, isTag, content, opened: start + open });
  }
  const line = before.slice(Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1);
  return editorPlace(text, line, at, to) ?? includePlace(text, line, at, { from, to });
}

interface Surroundings extends Span {
  readonly text: string;
  readonly at: number;
  readonly isTag: boolean;
  /** Between the braces and the person. */
  readonly content: string;
  /** Where the braces begin. */
  readonly opened: number;
}

function liquidPlace(here: Surroundings): TemplatePlace | undefined {
  const { text, from, to, at, isTag, content, opened } = here;
  const { blocks, own } = tagsBefore(text.slice(from, opened));
  const innermost = blocks.at(-1);
  const end = endOfWord(text, at, to);
  if (isTag && /^\s*\w*$/.test(content)) {
    return { kind: 'tag', open: blocks, from: at - (/\w*$/.exec(content)?.[0].length ?? 0), to: at, end };
  }
  if (innermost === 'raw' || innermost === 'comment' || isInQuotes(content)) return undefined;
  const [, name = '', rest = ''] = isTag ? (/^\s*(\w+)\s(.*)$/s.exec(content) ?? []) : ['', '', content];
  if (isTag && name === '') return undefined;
  const filter = /\|\s*(\w*)$/.exec(content);
  if (filter && (!isTag || ['assign', 'echo', 'for', 'if', 'elsif', 'unless', 'case', 'tablerow'].includes(name))) {
    return { kind: 'filter', from: at - (filter[1]?.length ?? 0), to: at, end };
  }
  const [written = ''] = access.exec(rest) ?? [];
  const lead = rest.slice(0, rest.length - written.length);
  // Two words side by side are none.
  if (written === '' && /[\p{L}\p{N}_"'\])]$/u.test(lead)) return undefined;
  if (!isBeforeValue(lead.trimEnd(), isTag ? name : undefined)) return undefined;
  const names = written.split('.');
  const last = names.pop() ?? '';
  return {
    kind: 'variable',
    of: names,
    own: [...own],
    isInLoop: blocks.includes('for'),
    from: at - last.length,
    to: at,
    end,
  };
}

/** @param lead all before it, of the output or behind the tag's name */
function isBeforeValue(lead: string, tag: string | undefined): boolean {
  if (operators.test(lead)) return true;
  const isFilterArgument = lead.includes('|') && /[:,]$/.test(lead);
  if (isFilterArgument) return true;
  if (tag === undefined) return lead === '';
  return Object.hasOwn(valueTags, tag) && valueTags[tag]?.test(lead) === true;
}

/** What the tags of a text open and do not close, and the names that they give a value. */
function tagsBefore(text: string): { readonly blocks: readonly string[]; readonly own: ReadonlySet<string> } {
  const blocks: { readonly name: string; readonly variable: string | undefined }[] = [];
  const assigned = new Set<string>();
  for (const [, name = '', first = ''] of text.matchAll(
    /\{%-?\s*(\w{1,100})(?:\s{1,100}([\p{L}_][\p{L}\p{N}_-]{0,200}))?/gu,
  )) {
    const innermost = blocks.at(-1)?.name;
    if ((innermost === 'raw' || innermost === 'comment') && name !== `end${innermost}`) continue;
    if (name === 'assign' || name === 'capture' || name === 'increment' || name === 'decrement') assigned.add(first);
    if (blockTags.has(name)) {
      blocks.push({ name, variable: name === 'for' || name === 'tablerow' ? first : undefined });
    } else if (name.startsWith('end')) {
      const at = blocks.findLastIndex((block) => `end${block.name}` === name);
      if (at !== -1) blocks.length = at;
    }
  }
  const own = new Set(blocks.flatMap(({ variable }) => (variable === undefined ? [] : [variable])));
  for (const name of assigned) if (name !== '') own.add(name);
  return { blocks: blocks.map(({ name }) => name), own };
}

function editorPlace(text: string, line: string, at: number, to: number): TemplatePlace | undefined {
  const match = /\$\{(input:)?([\p{L}\p{N}_.-]{0,100})$/u.exec(line);
  if (!match) return undefined;
  const [, input, name = ''] = match;
  const end = endOfWord(text, at, to);
  const isClosed = /^[:}]/.test(text.slice(end, end + 1));
  return { kind: 'editor', isInput: input !== undefined, isClosed, from: at - name.length, to: at, end };
}

function includePlace(text: string, line: string, at: number, { from, to }: Span): TemplatePlace | undefined {
  const match = /(?:^|[^\w#&/])#file:(?:(['"])([^'"\n]{0,500})|([^\s'"`<>|{}()[\],;*]{0,500}))$/.exec(line);
  if (!match) return undefined;
  const body = text.slice(from, to);
  if (codeRegions(body).some(({ begin, end }) => begin < at - from && at - from <= end)) return undefined;
  const [, given, quoted = '', bare = ''] = match;
  const quote = given === '"' || given === "'" ? given : '';
  const written = quote === '' ? bare : quoted;
  let end = at;
  const stop = quote === '' ? /[\s'"`<>|{}()[\],;*]/ : /['"\r\n]/;
  while (end < to && !stop.test(text[end] ?? '')) end += 1;
  return { kind: 'include', quote, from: at - written.length, to: at, end };
}
