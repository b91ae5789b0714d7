import { isMap, isScalar, isSeq, type Document, type Pair, type YAMLMap } from 'yaml';
import { readYaml, type YamlBounds } from './boundedYaml.ts';
import { isJsonObject, type JsonObject } from './jsonObject.ts';
import { failed, success, type Outcome } from './outcome.ts';
import { grouped } from './sentence.ts';
import { sizeOf } from './valueSize.ts';

/** 1-based, in UTF-16 units. */
export interface TextPlace {
  readonly line: number;
  /** Absent: behind the indent of the line. */
  readonly column?: number;
  /** Whether each line of the text is a line of the file, indented: YAML's blocks behind `|`. */
  readonly isBlock: boolean;
}

/** A part of the file, 1-based and in UTF-16 units. */
export interface Span {
  readonly line: number;
  readonly column: number;
  /** Behind the last character; absent: up to the end of the line. */
  readonly endColumn?: number;
}

/** Settings of a person: a YAML file, or a part of one, that is a block of `name: value` lines. */
export interface YamlSettings {
  readonly values: JsonObject;
  /** 1-based line of the file on which a key or an entry stands, or the nearest block around it that is there. */
  lineOf(...path: readonly string[]): number;
  /** Of a value where that is in one line, else of its key or of the nearest one around it. */
  spanOf(path: readonly string[]): Span;
  /** The same of the key, where the path leads to one. */
  keySpanOf(path: readonly string[]): Span;
  /**
   * Of a part of a text, as long as it is written as it reads; else of the text.
   *
   * @param begin UTF-16 units of the text
   */
  partSpanOf(path: readonly string[], begin: number, end: number): Span;
  /** Where a text starts; undefined if there is none. */
  placeOfText(...path: readonly string[]): TextPlace | undefined;
  /** A text as it reads; undefined where there is none. */
  textOf(path: readonly string[]): string | undefined;
  /** As it is written, without what surrounds it; undefined where there is nothing. */
  sourceOf(path: readonly string[]): string | undefined;
}

/** Of what is read: how sentences call it, and the 1-based line of the file on which it starts. */
export interface YamlPart {
  readonly name: string;
  readonly firstLine: number;
  /** What the file is: `a prompt file`. */
  readonly file: string;
}

export interface SettingsBounds extends YamlBounds {
  /** UTF-16 units of the part. */
  readonly length: number;
  /** UTF-16 units of all that is in it, what references repeat too. */
  readonly size: number;
}

/** What is wrong with the text as a whole. */
export interface YamlProblem {
  readonly line: number;
  /** A sentence that says what to do. */
  readonly message: string;
}

interface FoundNode {
  readonly node: unknown;
  /** Of the key or the entry, or of the nearest one around it; absent: of none. */
  readonly offset: number | undefined;
  readonly endOffset: number | undefined;
}

/** Finds what stands under keys, and under the places of entries as texts. */
class NodeFinder {
  readonly #contents: unknown;
  /** A large block is asked for many of its keys. */
  readonly #pairs = new Map<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(document: Document.Parsed | undefined) {
    this.#contents = document?.contents;
  }

  find(path: readonly string[]): FoundNode {
    let node: unknown = this.#contents;
    let range: readonly number[] | undefined;
    for (const key of path) {
      const pair = isMap(node) ? this.#pairsOf(node).get(key) : undefined;
      const entry = isSeq(node) ? node.items[Number(key)] : pair?.key;
      if (entry === undefined) return { node: undefined, offset: range?.[0], endOffset: range?.[1] };
      range = rangeOf(entry) ?? range;
      node = pair ? pair.value : entry;
    }
    return { node, offset: range?.[0], endOffset: range?.[1] };
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

/** Where a node begins, where it ends, and where what belongs to it ends. */
function rangeOf(node: unknown): readonly number[] | undefined {
  return (node as { range?: readonly number[] } | null)?.range;
}

interface SettingsSource {
  readonly yaml: string;
  readonly document: Document.Parsed | undefined;
  readonly values: JsonObject;
  /** Of the part. */
  readonly lineAt: (offset: number) => number;
  readonly firstLine: number;
}

class Settings implements YamlSettings {
  readonly values: JsonObject;
  readonly #yaml: string;
  readonly #finder: NodeFinder;
  readonly #lineAt: (offset: number) => number;
  readonly #firstLine: number;

  constructor({ yaml, document, values, lineAt, firstLine }: SettingsSource) {
    this.values = values;
    this.#yaml = yaml;
    this.#finder = new NodeFinder(document);
    this.#lineAt = lineAt;
    this.#firstLine = firstLine;
  }

  lineOf(...path: readonly string[]): number {
    const { offset } = this.#finder.find(path);
    return offset === undefined ? this.#firstLine : this.#lineInFile(offset);
  }

  spanOf(path: readonly string[]): Span {
    const { node } = this.#finder.find(path);
    const range = rangeOf(node);
    const [begin, end] = range ?? [];
    if (begin === undefined || end === undefined || end <= begin) return this.keySpanOf(path);
    return this.#yaml.slice(begin, end).includes('\n') ? this.keySpanOf(path) : this.#span(begin, end);
  }

  keySpanOf(path: readonly string[]): Span {
    const { offset, endOffset } = this.#finder.find(path);
    return offset === undefined ? { line: this.#firstLine, column: 1 } : this.#span(offset, endOffset ?? offset);
  }

  partSpanOf(path: readonly string[], begin: number, end: number): Span {
    const { node } = this.#finder.find(path);
    const [from, to] = rangeOf(node) ?? [];
    const text = this.textOf(path) ?? '';
    const part = text.slice(begin, end);
    if (from === undefined || to === undefined || part === '' || part.includes('\n')) return this.spanOf(path);
    // The same part may stand there several times.
    let at = from - 1;
    for (let place = text.indexOf(part); place !== -1 && place <= begin; place = text.indexOf(part, place + 1)) {
      at = this.#yaml.indexOf(part, at + 1);
      if (at === -1 || at >= to) return this.spanOf(path);
    }
    return at < from ? this.spanOf(path) : this.#span(at, at + part.length);
  }

  placeOfText(...path: readonly string[]): TextPlace | undefined {
    const { node } = this.#finder.find(path);
    const begin = rangeOf(node)?.[0];
    if (!isScalar(node) || begin === undefined) return undefined;
    const line = this.#lineInFile(begin);
    switch (node.type) {
      case 'BLOCK_LITERAL':
        return { line: line + 1, isBlock: true };
      case 'BLOCK_FOLDED':
        return { line: line + 1, isBlock: false };
      case 'QUOTE_DOUBLE':
      case 'QUOTE_SINGLE':
        return { line, column: this.#columnOf(begin) + 1, isBlock: false };
      default:
        return { line, column: this.#columnOf(begin), isBlock: false };
    }
  }

  textOf(path: readonly string[]): string | undefined {
    const { node } = this.#finder.find(path);
    return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
  }

  sourceOf(path: readonly string[]): string | undefined {
    const [begin, end] = rangeOf(this.#finder.find(path).node) ?? [];
    return begin === undefined ? undefined : this.#yaml.slice(begin, end);
  }

  #span(begin: number, end: number): Span {
    const line = this.#lineInFile(begin);
    const column = this.#columnOf(begin);
    const lineEnd = this.#yaml.indexOf('\n', begin);
    const isWithinLine = end > begin && (lineEnd === -1 || end <= lineEnd);
    return isWithinLine ? { line, column, endColumn: column + end - begin } : { line, column };
  }

  #lineInFile(offset: number): number {
    return this.#lineAt(offset) + this.#firstLine - 1;
  }

  #columnOf(offset: number): number {
    return offset - this.#yaml.lastIndexOf('\n', offset - 1);
  }
}

/** Reads settings within bounds; a text without any has no values. */
export function readYamlSettings(
  yaml: string,
  { name, firstLine, file }: YamlPart,
  bounds: SettingsBounds,
): Outcome<YamlSettings, YamlProblem> {
  const tooLarge = (excess: string): Outcome<never, YamlProblem> =>
    failed({ line: firstLine, message: `${name} has ${excess}: make it smaller.` });
  if (yaml.length > bounds.length) return tooLarge(`more than ${grouped(bounds.length)} characters`);
  const broken = (line: number, reason: string): Outcome<never, YamlProblem> =>
    failed({ line, message: `${name} is not valid YAML on line ${line}: ${reason}.` });
  const read = readYaml(yaml, bounds);
  if (!read.ok) {
    const { failure } = read;
    return failure.kind === 'excess' ? tooLarge(failure.excess) : broken(failure.line + firstLine - 1, failure.reason);
  }
  const { document, value: values, lineAt } = read.value;
  if (sizeOf(values, bounds.size) > bounds.size) {
    return broken(firstLine, `its references repeat more text than ${file} may have`);
  }
  if (values !== null && values !== undefined && !isJsonObject(values)) {
    const message = `${name} must be settings, each on a line such as "description: Product page".`;
    return failed({ line: firstLine, message });
  }
  return success(new Settings({ yaml, document, values: values ?? {}, lineAt, firstLine }));
}
