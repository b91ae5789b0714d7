import { splitFrontMatter } from './frontMatter.ts';
import { Lines } from './lines.ts';
import { parseOutput } from './liquid.ts';
import { namesOfValue } from './liquidNames.ts';
import { segmentsOf, type Segment } from './segments.ts';

/** What stands at a place of a prompt file; offsets are UTF-16 units of its text. */
export interface NameAt {
  /** `editor`: `${name}`; `input`: `${input:name}`; `file`: the path of a file that is taken in. */
  readonly kind: 'variable' | 'editor' | 'input' | 'file';
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const words = /[\p{L}_][\p{L}\p{N}_-]*/gu;
/** Words of tags that are no variables. */
const keywords: ReadonlySet<string> = new Set([
  ...['in', 'and', 'or', 'not', 'contains', 'true', 'false', 'nil', 'null', 'empty', 'blank', 'reversed', 'limit'],
  ...['offset', 'by', 'with', 'as'],
]);

/** @returns undefined where no variable stands, and in the front matter */
export function nameAt(text: string, offset: number): NameAt | undefined {
  const split = splitFrontMatter(text);
  if (!split) return undefined;
  const start = new Lines(text).offsetAt({ line: split.bodyLine, column: 1 });
  const body = text.slice(start);
  const at = offset - start;
  const segment = segmentsOf(body).find(({ begin, end }) => begin <= at && at <= end);
  const found = segment && nameIn(body, segment, at);
  return found && { ...found, from: start + found.from, to: start + found.to };
}

function nameIn(body: string, segment: Segment, at: number): NameAt | undefined {
  const { begin, end } = segment;
  switch (segment.kind) {
    case 'output': {
      const parsed = parseOutput(body.slice(begin, end));
      const used = 'value' in parsed ? namesOfValue(parsed.value) : [];
      const use = used.find((each) => begin + each.begin <= at && at <= begin + each.end);
      return use && { kind: 'variable', name: use.name, from: begin + use.begin, to: begin + use.end };
    }
    case 'tag':
      return wordIn(body.slice(begin, end), begin, at);
    case 'variable':
      return { kind: 'editor', name: segment.name, from: begin, to: end };
    case 'input':
      return { kind: 'input', name: segment.name, from: begin, to: end };
    case 'include':
      return { kind: 'file', name: segment.path, from: begin, to: end };
    case 'open':
    case 'silent':
    case 'environment':
      return undefined;
  }
}

/** A variable of a tag; its first word is the tag's own name. */
function wordIn(tag: string, begin: number, at: number): NameAt | undefined {
  for (const { 0: name, index } of [...tag.matchAll(words)].slice(1)) {
    const from = begin + index;
    const to = from + name.length;
    if (at < from || at > to) continue;
    const isProperty = /[."']/.test(tag[index - 1] ?? '');
    return keywords.has(name) || isProperty ? undefined : { kind: 'variable', name, from, to };
  }
  return undefined;
}
