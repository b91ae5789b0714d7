import { isMap, isScalar, isSeq, type Document, type Pair, type YAMLMap } from 'yaml';
import { readYaml } from '../base/boundedYaml.ts';
import { isJsonObject } from '../base/jsonObject.ts';
import { grouped, limits, sizeOf } from './limits.ts';

/** A text split in two; lines end in `\n` and there is no byte order mark. */
export interface SplitText {
  /** YAML between the `---` lines; absent when the text has no front matter. */
  readonly frontMatter?: string;
  readonly body: string;
  /** 1-based line of the file on which the body starts. */
  readonly bodyLine: number;
}

/** @returns undefined if the front matter has no end */
export function splitFrontMatter(text: string): SplitText | undefined {
  const body = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const lines = body.split('\n');
  if (lines[0]?.trimEnd() !== '---') return { body, bodyLine: 1 };
  const end = lines.findIndex((line, position) => position > 0 && line.trimEnd() === '---');
  if (end === -1) return undefined;
  return { frontMatter: lines.slice(1, end).join('\n'), body: lines.slice(end + 1).join('\n'), bodyLine: end + 2 };
}

export interface FrontMatter {
  readonly values: Readonly<Record<string, unknown>>;
  /** 1-based line of the file on which a key or an entry stands, or the nearest block around it that is there. */
  lineOf(...path: readonly string[]): number;
  /** Where a text starts; undefined if there is none. */
  placeOfText?(...path: readonly string[]): TextPlace | undefined;
}

/** 1-based, in UTF-16 units. */
export interface TextPlace {
  readonly line: number;
  /** Absent: behind the indent of the line. */
  readonly column?: number;
  /** Whether each line of the text is a line of the file, indented: YAML's blocks behind `|`. */
  readonly isBlock: boolean;
}

export interface FrontMatterProblem {
  readonly line: number;
  readonly message: string;
}

interface FoundNode {
  readonly node: unknown;
  /** Of the key or the entry, or of the nearest one around it; absent: of none. */
  readonly offset: number | undefined;
}

/** Finds what stands under keys, and under the places of entries as texts. */
class NodeFinder {
  readonly #contents: unknown;
  /** A large block is asked for many of its keys. */
  readonly #pairs = new Map<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor({ contents }: Document.Parsed) {
    this.#contents = contents;
  }

  find(path: readonly string[]): FoundNode {
    let node: unknown = this.#contents;
    let offset: number | undefined;
    for (const key of path) {
      const pair = isMap(node) ? this.#pairsOf(node).get(key) : undefined;
      const entry = isSeq(node) ? node.items[Number(key)] : pair?.key;
      if (entry === undefined) return { node: undefined, offset };
      offset = rangeOf(entry)?.[0] ?? offset;
      node = pair ? pair.value : entry;
    }
    return { node, offset };
  }

  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    let pairs = this.#pairs.get(map);
    if (!pairs) {
      pairs = new Map(map.items.map((pair) => [String(pair.key), pair]));
      this.#pairs.set(map, pairs);
    }
    return pairs;
  }
}

function rangeOf(node: unknown): readonly number[] | undefined {
  return (node as { range?: readonly number[] } | null)?.range;
}

/** Of what readFrontMatter reads: how sentences call it, and the 1-based line of the file on which it starts. */
export interface YamlPart {
  readonly name: string;
  readonly firstLine: number;
}

/** After the first `---`. */
const frontMatterPart: YamlPart = { name: 'The front matter', firstLine: 2 };

/** Reads the YAML of a front matter, or of a file that is nothing else; empty front matter has no values. */
export function readFrontMatter(yaml: string, part = frontMatterPart): FrontMatter | FrontMatterProblem {
  const { name, firstLine } = part;
  const tooLarge = (excess: string): FrontMatterProblem => ({
    line: firstLine,
    message: `${name} has ${excess}: make it smaller.`,
  });
  if (yaml.length > limits.frontMatterLength) {
    return tooLarge(`more than ${grouped(limits.frontMatterLength)} characters`);
  }
  const broken = (line: number, reason: string): FrontMatterProblem => ({
    line,
    message: `${name} is not valid YAML on line ${line}: ${reason}.`,
  });
  const read = readYaml(yaml, limits);
  if (!read.ok) {
    const { failure } = read;
    return failure.kind === 'excess' ? tooLarge(failure.excess) : broken(failure.line + firstLine - 1, failure.reason);
  }
  const { document, value: values, lineAt } = read.value;
  if (!document) return { values: {}, lineOf: () => firstLine };
  if (sizeOf(values, limits.fileLength) > limits.fileLength) {
    return broken(firstLine, 'its references repeat more text than a prompt file may have');
  }
  if (values !== null && values !== undefined && !isJsonObject(values)) {
    return {
      line: firstLine,
      message: `${name} must be settings, each on a line such as "description: Product page".`,
    };
  }
  const finder = new NodeFinder(document);
  const lineInFile = (offset: number): number => lineAt(offset) + firstLine - 1;
  return {
    values: values ?? {},
    lineOf: (...path) => {
      const { offset } = finder.find(path);
      return offset === undefined ? firstLine : lineInFile(offset);
    },
    placeOfText: (...path) => {
      const { node } = finder.find(path);
      const begin = rangeOf(node)?.[0];
      if (!isScalar(node) || begin === undefined) return undefined;
      const line = lineInFile(begin);
      const lineStart = yaml.lastIndexOf('\n', begin - 1) + 1;
      switch (node.type) {
        case 'BLOCK_LITERAL':
          return { line: line + 1, isBlock: true };
        case 'BLOCK_FOLDED':
          return { line: line + 1, isBlock: false };
        case 'QUOTE_DOUBLE':
        case 'QUOTE_SINGLE':
          return { line, column: begin - lineStart + 2, isBlock: false };
        default:
          return { line, column: begin - lineStart + 1, isBlock: false };
      }
    },
  };
}
