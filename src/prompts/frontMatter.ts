import {
  Composer,
  CST,
  isMap,
  isScalar,
  LineCounter,
  Parser,
  visit,
  YAMLParseError,
  type Document,
  type YAMLError,
} from 'yaml';
import { isJsonObject } from '../base/jsonObject.ts';
import { brief, grouped, limits, sizeOf } from './limits.ts';

/** A text split in two; lines end in `\n` and there is no byte order mark. */
export interface SplitText {
  /** YAML between the `---` lines; absent when the text has no front matter. */
  readonly frontMatter?: string;
  readonly body: string;
  /** 1-based line of the file on which the body starts. */
  readonly bodyLine: number;
}

/** 1-based line on which front matter starts: after the first `---`. */
const firstLine = 2;

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
  /** 1-based line of the file on which a key stands, or the nearest block around it that is there. */
  lineOf(...path: readonly string[]): number;
}

export interface FrontMatterProblem {
  readonly line: number;
  readonly message: string;
}

/** In the words of a person who has never read the specification. */
const explanations: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_INDENT: 'a line is not indented like its neighbours, or a bracket is not closed',
  BAD_SCALAR_START: 'a value that starts with "@" or "`" must be in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a value with ": " in it must be in quotes, and a block under a key must start on its own line',
  DUPLICATE_KEY: 'a key is there twice',
  MULTILINE_IMPLICIT_KEY: 'a line is neither "key: value" nor part of a list or text',
  TAB_AS_INDENT: 'indent with spaces, not with tabs',
};

function explain({ code, message }: YAMLError): string {
  const own = explanations[code];
  if (own !== undefined) return own;
  const line = message
    .replace(/\s+/g, ' ')
    .replace(/["'](?=quote$)/, '')
    .replace(/[.:]$/, '');
  return brief(line.charAt(0).toLowerCase() + line.slice(1));
}

function lineOfKey(document: Document.Parsed, lineAt: (offset: number) => number, path: readonly string[]): number {
  let node: unknown = document.contents;
  let line = firstLine;
  for (const key of path) {
    const pair = isMap(node) ? node.items.find((item) => String(item.key) === key) : undefined;
    if (!pair) break;
    const range = (pair.key as { range?: readonly number[] } | null)?.range;
    if (range?.[0] !== undefined) line = lineAt(range[0]);
    node = pair.value;
  }
  return line;
}

/** What the YAML comes to, counted on its tokens, before anything walks through it by recursion. */
function excessOf(tokens: readonly CST.Token[]): string | undefined {
  let values = 0;
  let references = 0;
  let level = tokens;
  for (let depth = 0; level.length > 0; depth += 1) {
    // The document is one level, and so is a text at the end.
    if (depth > limits.depth + 1) return `more than ${limits.depth} blocks or lists within each other`;
    const next: CST.Token[] = [];
    for (const token of level) {
      if (token.type === 'alias') references += 1;
      if (token.type === 'document' && token.value) next.push(token.value);
      if (!CST.isCollection(token)) continue;
      values += token.items.length;
      for (const { key, value } of token.items) {
        if (key) next.push(key);
        if (value) next.push(value);
      }
    }
    if (values > limits.values) return `more than ${grouped(limits.values)} keys and list entries`;
    level = next;
  }
  return references > limits.references ? `more than ${grouped(limits.references)} references` : undefined;
}

/** The library's own check compares every key with every other. */
function firstRepeatedKey(document: Document.Parsed): YAMLError | undefined {
  let first: YAMLError | undefined;
  visit(document, {
    Map: (_, { items }) => {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const at = key.range?.[0] ?? 0;
        if (keys.has(key.value) && (first === undefined || at < first.pos[0])) {
          first = new YAMLParseError([at, at], 'DUPLICATE_KEY', '');
        }
        keys.add(key.value);
      }
    },
  });
  return first;
}

function composeFirst(tokens: readonly CST.Token[], length: number): Document.Parsed | undefined {
  const composer = new Composer({ prettyErrors: false, logLevel: 'silent', uniqueKeys: false });
  const [document] = composer.compose(tokens, true, length);
  return document;
}

/** Reads the YAML of a front matter; empty front matter has no values. */
export function readFrontMatter(yaml: string): FrontMatter | FrontMatterProblem {
  const tooLarge = (excess: string): FrontMatterProblem => ({
    line: firstLine,
    message: `The front matter has ${excess}: make it smaller.`,
  });
  if (yaml.length > limits.frontMatterLength) {
    return tooLarge(`more than ${grouped(limits.frontMatterLength)} characters`);
  }
  const counter = new LineCounter();
  const lineAt = (offset: number): number => Math.max(counter.linePos(offset).line, 1) + firstLine - 1;
  const broken = (line: number, reason: string): FrontMatterProblem => ({
    line,
    message: `The front matter is not valid YAML on line ${line}: ${reason}.`,
  });
  const tokens = [...new Parser(counter.addNewLine).parse(yaml)];
  const excess = excessOf(tokens);
  if (excess !== undefined) return tooLarge(excess);
  const document = composeFirst(tokens, yaml.length);
  if (!document) return { values: {}, lineOf: () => firstLine };
  const [error] = document.errors;
  const repeated = firstRepeatedKey(document);
  const first = error && repeated ? (repeated.pos[0] < error.pos[0] ? repeated : error) : (error ?? repeated);
  if (first) return broken(lineAt(first.pos[0]), explain(first));
  let values: unknown;
  try {
    // References are counted above and below: the library's count takes time for each of them.
    values = document.toJS({ maxAliasCount: -1 });
  } catch (failure) {
    // References to what is not there.
    return broken(
      firstLine,
      failure instanceof Error ? brief(failure.message.replace(/\s+/g, ' ')) : 'a reference is wrong',
    );
  }
  if (sizeOf(values, limits.fileLength) > limits.fileLength) {
    return broken(firstLine, 'its references repeat more text than a prompt file may have');
  }
  if (values !== null && values !== undefined && !isJsonObject(values)) {
    return {
      line: firstLine,
      message: 'The front matter must be settings, each on a line such as "description: Product page".',
    };
  }
  return { values: values ?? {}, lineOf: (...path) => lineOfKey(document, lineAt, path) };
}
