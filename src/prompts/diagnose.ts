import type { CompiledMessage, Finding, TemplateMend } from './compiledMessage.ts';
import { inputEdit } from './inputEdit.ts';
import { firstHints, firstProblems } from './limits.ts';
import { Lines } from './lines.ts';
import { neededNames } from './liquidNames.ts';
import { nearestMends, rawMend } from './outputs.ts';
import { formatOf } from './formats/formatNames.ts';
import { readPrompt } from './formats/formats.ts';
import { placeIn } from './places.ts';
import { isWatched } from './promptAction.ts';
import type { Mend, MessageTemplate, Problem, PromptFile } from './promptFile.ts';
import { compileMessages, knownNames, locate } from './template.ts';
import { noValue } from './unknownNames.ts';

/** What the editor shows of a prompt file while a person writes it. */
export interface Diagnosis {
  readonly problems: readonly Problem[];
  readonly hints: readonly Problem[];
}

const nothing: Diagnosis = { problems: [], hints: [] };
/** Files whose front matter is at their beginning. */
const hasFrontMatter = /\.(?:md|prompty|txt)$/i;

/** Turns mends of templates into edits of the file's text. */
class MendWriter {
  readonly #path: string;
  readonly #text: string;
  readonly #lines: Lines;
  /** A byte order mark is in no column. */
  readonly #mark: number;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    this.#mark = text.startsWith('\ufeff') ? 1 : 0;
    this.#lines = new Lines(text.slice(this.#mark));
  }

  write(source: MessageTemplate, sourceLines: Lines, mends: readonly TemplateMend[]): Mend[] {
    return mends.flatMap((mend) => this.#writeOne(source, sourceLines, mend));
  }

  #writeOne(source: MessageTemplate, sourceLines: Lines, mend: TemplateMend): Mend[] {
    if (mend.kind === 'input') {
      const edit = hasFrontMatter.test(this.#path) ? inputEdit(this.#text, mend.name) : undefined;
      return edit ? [{ title: `Add input "${mend.name}"`, edits: [edit] }] : [];
    }
    const offsetOf = (offset: number): number =>
      this.#lines.offsetAt(placeIn(source, sourceLines.positionAt(offset))) + this.#mark;
    const [from, to] = [offsetOf(mend.begin), offsetOf(mend.end)];
    // Some formats write texts otherwise than they are.
    const there = this.#text.slice(from, to).replace(/\r\n?/g, '\n');
    if (there !== source.template.slice(mend.begin, mend.end)) return [];
    return [{ title: mend.title, edits: [{ from, to, text: mend.text }] }];
  }
}

/** Names that have no value in any row, where that is certain. */
function missingNames({ source, templates }: CompiledMessage, known: ReadonlySet<string>): Finding[] {
  const names = [...known];
  const missing = neededNames(templates).filter(({ name }) => !known.has(name));
  return missing.map(({ name, begin, end }) => ({
    message: noValue(name, names),
    begin,
    end,
    name,
    mends: [
      ...nearestMends(name, known, begin, end),
      { kind: 'input', name },
      ...outputMends(source.template, begin, end),
    ],
  }));
}

/** For the output around a name. */
function outputMends(template: string, begin: number, end: number): TemplateMend[] {
  const from = template.lastIndexOf('{{', begin);
  const to = template.indexOf('}}', end);
  return from === -1 || to === -1 ? [] : [rawMend(template, from, to + 2)];
}

function located(
  path: string,
  writer: MendWriter,
  groups: readonly { readonly source: MessageTemplate; readonly findings: readonly Finding[] }[],
  first = firstProblems,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { source, findings } of groups) {
    const told = first(locate(path, source, findings));
    const sourceLines = new Lines(source.template);
    for (const [at, problem] of told.entries()) {
      const mends = writer.write(source, sourceLines, findings[at]?.mends ?? []);
      problems.push(mends.length > 0 ? { ...problem, mends } : problem);
    }
  }
  return first(problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)));
}

/** Whether the names of rows are known: data that is in other files may have any. */
function isComplete({ data, promptBy, valueFiles }: PromptFile, names: Iterable<string> | undefined): boolean {
  if (valueFiles) return false;
  return names !== undefined || (data === undefined && promptBy === undefined);
}

/**
 * What is wrong in a text that changes under a person's hands, and what is left as it is. Of a text that is too long,
 * nothing is read.
 *
 * @param names that rows have a value for; absent: those of the rows that are there
 */
export function diagnose(path: string, text: string, names?: Iterable<string>): Diagnosis {
  if (!isWatched(path, text)) return nothing;
  const parsed = readPrompt(path, text, formatOf(path) ?? 'prompt');
  if (!parsed.ok) return { ...nothing, problems: parsed.problems };
  const prompt = parsed.value;
  const known = new Set([...knownNames(prompt, names), ...Object.keys(prompt.inputNotes ?? {})]);
  const found = compileMessages(prompt.messages, { variables: {}, known });
  const writer = new MendWriter(path, text);
  const isCertain = isComplete(prompt, names);
  const missing = isCertain
    ? found.messages.map((message) => ({ source: message.source, findings: missingNames(message, known) }))
    : [];
  const hints = found.hints.map(({ source, findings }) => ({
    source,
    findings: isCertain ? findings : findings.filter(({ name }) => name === undefined),
  }));
  return {
    problems: located(path, writer, [...found.problems, ...missing]),
    hints: firstHints([...prompt.hints, ...located(path, writer, hints, firstHints)]),
  };
}
