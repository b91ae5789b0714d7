import {
  Composer,
  CST,
  isScalar,
  LineCounter,
  Parser,
  visit,
  YAMLParseError,
  type Document,
  type YAMLError,
} from 'yaml';
import { failed, success, type Outcome } from './outcome.ts';
import { brief, grouped } from './sentence.ts';

export interface YamlBounds {
  /** Keys and list entries. */
  readonly values: number;
  /** Blocks and lists within each other. */
  readonly depth: number;
  /** `*name`. */
  readonly references: number;
}

export interface ReadYaml {
  /** Absent for a text that holds nothing. */
  readonly document?: Document.Parsed;
  /** What references repeat is in it once, however often it is repeated. */
  readonly value: unknown;
  /** 1-based line of a place in the text. */
  readonly lineAt: (offset: number) => number;
}

export type YamlFailure =
  /** What there is too much of: `more than 100 blocks or lists within each other`. */
  | { readonly kind: 'excess'; readonly excess: string }
  /** @property reason the end of a sentence, without its full stop */
  | { readonly kind: 'broken'; readonly line: number; readonly reason: string };

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

/** What the YAML comes to, counted on its tokens, before anything walks through it by recursion. */
function excessOf(tokens: readonly CST.Token[], bounds: YamlBounds): string | undefined {
  let values = 0;
  let references = 0;
  let level = tokens;
  for (let depth = 0; level.length > 0; depth += 1) {
    // The document is one level, and so is a text at the end.
    if (depth > bounds.depth + 1) return `more than ${bounds.depth} blocks or lists within each other`;
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
    if (values > bounds.values) return `more than ${grouped(bounds.values)} keys and list entries`;
    level = next;
  }
  return references > bounds.references ? `more than ${grouped(bounds.references)} references` : undefined;
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

/** `007` and identifiers of twenty digits stay what they are: as texts, where a number would be another one. */
function keepWritten(document: Document.Parsed): void {
  visit(document, {
    Scalar: (_, scalar) => {
      const { value, source = '' } = scalar;
      const isLong = /^-?\d{16,}$/.test(source) && String(value) !== source;
      if (typeof value === 'number' && (isLong || /^-?0\d+$/.test(source))) scalar.value = source;
    },
  });
}

function composeFirst(tokens: readonly CST.Token[], length: number): Document.Parsed | undefined {
  const composer = new Composer({ prettyErrors: false, logLevel: 'silent', uniqueKeys: false });
  const [document] = composer.compose(tokens, true, length);
  return document;
}

/** Reads a foreign text that has one document. How long the text and what references repeat may be is the caller's. */
export function readYaml(text: string, bounds: YamlBounds): Outcome<ReadYaml, YamlFailure> {
  const counter = new LineCounter();
  const lineAt = (offset: number): number => Math.max(counter.linePos(offset).line, 1);
  const tokens = [...new Parser(counter.addNewLine).parse(text)];
  const excess = excessOf(tokens, bounds);
  if (excess !== undefined) return failed({ kind: 'excess', excess });
  const [, second] = tokens.filter((token) => token.type === 'document' && token.value !== undefined);
  if (second) {
    const line = lineAt(second.offset);
    return failed({ kind: 'broken', line, reason: 'another document begins with "---", and only one is read' });
  }
  const document = composeFirst(tokens, text.length);
  if (!document) return success({ value: undefined, lineAt });
  const [error] = document.errors;
  const repeated = firstRepeatedKey(document);
  const first = error && repeated ? (repeated.pos[0] < error.pos[0] ? repeated : error) : (error ?? repeated);
  if (first) return failed({ kind: 'broken', line: lineAt(first.pos[0]), reason: explain(first) });
  keepWritten(document);
  try {
    // References are counted above, and what they repeat is the caller's: the library's count takes time for each.
    const value: unknown = document.toJS({ maxAliasCount: -1 });
    return success({ document, value, lineAt });
  } catch (failure) {
    // References to what is not there.
    const reason = failure instanceof Error ? brief(failure.message.replace(/\s+/g, ' ')) : 'a reference is wrong';
    return failed({ kind: 'broken', line: 1, reason });
  }
}
