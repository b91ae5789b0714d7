import { isMap, type Document } from 'yaml';
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

/** Reads the YAML of a front matter; empty front matter has no values. */
export function readFrontMatter(yaml: string): FrontMatter | FrontMatterProblem {
  const tooLarge = (excess: string): FrontMatterProblem => ({
    line: firstLine,
    message: `The front matter has ${excess}: make it smaller.`,
  });
  if (yaml.length > limits.frontMatterLength) {
    return tooLarge(`more than ${grouped(limits.frontMatterLength)} characters`);
  }
  const broken = (line: number, reason: string): FrontMatterProblem => ({
    line,
    message: `The front matter is not valid YAML on line ${line}: ${reason}.`,
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
      message: 'The front matter must be settings, each on a line such as "description: Product page".',
    };
  }
  const lineInFile = (offset: number): number => lineAt(offset) + firstLine - 1;
  return { values: values ?? {}, lineOf: (...path) => lineOfKey(document, lineInFile, path) };
}
