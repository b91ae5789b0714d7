import { isMap, LineCounter, parseDocument, type Document, type YAMLError } from 'yaml';

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
  return line.charAt(0).toLowerCase() + line.slice(1);
}

function isBlock(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lineOfKey(document: Document.Parsed, counter: LineCounter, path: readonly string[]): number {
  let node: unknown = document.contents;
  let line = firstLine;
  for (const key of path) {
    const pair = isMap(node) ? node.items.find((item) => String(item.key) === key) : undefined;
    if (!pair) break;
    const range = (pair.key as { range?: readonly number[] } | null)?.range;
    if (range?.[0] !== undefined) line = counter.linePos(range[0]).line + firstLine - 1;
    node = pair.value;
  }
  return line;
}

/** Reads the YAML of a front matter; empty front matter has no values. */
export function readFrontMatter(yaml: string): FrontMatter | FrontMatterProblem {
  const counter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: counter, prettyErrors: false, logLevel: 'silent' });
  const broken = (line: number, reason: string): FrontMatterProblem => ({
    line,
    message: `The front matter is not valid YAML on line ${line}: ${reason}.`,
  });
  const [error] = document.errors;
  if (error) return broken(counter.linePos(error.pos[0]).line + firstLine - 1, explain(error));
  let values: unknown;
  try {
    values = document.toJS();
  } catch (failure) {
    // References to what is not there, or so many that they multiply beyond reason.
    return broken(firstLine, failure instanceof Error ? failure.message.replace(/\s+/g, ' ') : 'a reference is wrong');
  }
  if (values !== null && values !== undefined && !isBlock(values)) {
    return {
      line: firstLine,
      message: 'The front matter must be settings, each on a line such as "description: Product page".',
    };
  }
  return { values: values ?? {}, lineOf: (...path) => lineOfKey(document, counter, path) };
}
