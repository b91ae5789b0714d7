import { basename, dirname, join, posix } from 'node:path';
import type { Outcome } from '../../base/outcome.ts';
import { isJsonObject } from '../../base/jsonObject.ts';
import { readRows } from '../../data/readRows.ts';
import type { DataSettings } from '../../model/data.ts';
import type { DataInput } from '../../model/dataInput.ts';
import type { Row, Rows } from '../../model/row.ts';
import { includesOf, type IncludedFiles } from '../../prompts/includes.ts';
import { selectionName } from '../../prompts/askedName.ts';
import { askedInputs, type AskedInput } from '../../prompts/inputs.ts';
import type { Problem, PromptFile, Result } from '../../prompts/promptFile.ts';
import { brief } from '../../base/sentence.ts';
import { shown } from '../../base/valueKinds.ts';
import { rowExpressions } from '../../prompts/rowExpressions.ts';
import { readRowFrontMatter } from '../../prompts/rowFrontMatter.ts';
import { DataFiles } from '../../storage/dataFiles.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { asTyped } from './flagProblems.ts';
import { promptsByRow, unusedSettings } from './promptsByRow.ts';
import { readTextWithin } from './textWithin.ts';
import { withValueFiles } from './valueFiles.ts';

/** What a person gives beside the prompt files, for this run. */
export interface GivenInputs {
  /** Values of inputs, by name; they win over those of the prompt files. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Names of those that were typed one by one, for these prompts alone. */
  readonly typed?: readonly string[];
  /** Absolute path of a data file that the person names, instead of the prompt files' own. */
  readonly dataFile?: string;
  /** Instead of the prompt files' own. */
  readonly filter?: string;
  readonly limit?: number;
  /** What is selected in the editor in front. */
  readonly selection?: string;
  /**
   * Asks for what has no value, once for all prompt files.
   *
   * @returns undefined when the person thinks better of it; absent: what lacks is a problem
   */
  readonly ask?: (inputs: readonly AskedInput[]) => Promise<Readonly<Record<string, string>> | undefined>;
}

/** Where the files lie that prompt files refer to. */
export interface PromptSurroundings {
  readonly files: FileStore;
  /** The folder that they must lie in, absolute; paths of prompt files are relative to it. */
  readonly root: string;
  /** Data beside a prompt file; default: on a disk. @param folder absolute */
  readonly dataIn?: (folder: string) => DataInput;
  /** How rows are read; default: anew each time. */
  readonly readRows?: typeof readRows | undefined;
}

export interface ReadyPrompts {
  /** With their rows and the values of their inputs. */
  readonly prompts: readonly PromptFile[];
  /** What they take in, by the paths of the prompt files. */
  readonly includes: ReadonlyMap<string, IncludedFiles>;
  readonly hints: readonly Problem[];
  /** The rows of prompt files that keep a table, in the data's order, with the prompt file of each. */
  readonly rows: readonly PlannedRow[];
}

export interface PlannedRow {
  readonly prompt: string;
  readonly key: string;
}

/**
 * Reads everything that prompt files refer to: data, prompts for single rows, included files, answers of the person.
 *
 * @returns no problem at all where the person does not answer
 */
export async function readInputs(
  prompts: readonly PromptFile[],
  given: GivenInputs,
  where: PromptSurroundings,
): Promise<Result<ReadyPrompts>> {
  const problems: Problem[] = [];
  const hints: Problem[] = [];
  const withRows: PromptFile[] = [];
  const rows: PlannedRow[] = [];
  for (const asked of prompts) {
    const prompt = await withValueFiles(asked, where);
    const valued = { ...prompt, inputs: { ...prompt.inputs, ...given.values } };
    const beside = otherThanChoices(prompt, given.values ?? {});
    if (beside.length > 0) {
      problems.push(...beside);
      continue;
    }
    const read = await rowsOf(valued, given, where);
    if (!read.ok) {
      problems.push(...read.problems);
      continue;
    }
    hints.push(...read.value.hints);
    const each = await promptsByRow(valued, read.value.rows, where, nameOfData(prompt, given));
    if (!each.ok) {
      problems.push(...each.problems);
      continue;
    }
    withRows.push(...each.value);
    hints.push(...unusedSettings(prompt, each.value));
    if (each.value.every(({ table }) => table === undefined)) continue;
    const pathOf = new Map(
      each.value.flatMap(({ path, rows: own }) => [...own].map(({ key }) => [key, path] as const)),
    );
    for (const { key } of read.value.rows) rows.push({ prompt: pathOf.get(key) ?? valued.path, key });
  }
  if (problems.length > 0) return { ok: false, problems };
  const whole = merged(withRows);
  if (!whole.ok) return whole;
  const answered = await withAnswers(whole.value, given);
  if (!answered.ok) return answered;
  const includes = new Map<string, IncludedFiles>();
  for (const prompt of answered.value) includes.set(prompt.path, await includedIn(prompt, where));
  return { ok: true, value: { prompts: answered.value, includes, hints, rows } };
}

/** Choices that a sentence names. */
const mostNamed = 10;

/** What a person gives for inputs that offer a choice must be one of them. */
function otherThanChoices(
  { path, inputNotes = {} }: PromptFile,
  values: Readonly<Record<string, unknown>>,
): readonly Problem[] {
  return Object.entries(inputNotes).flatMap(([name, { choices }]) => {
    const given = Object.hasOwn(values, name) ? values[name] : undefined;
    if (!choices || given === undefined || isOneOf(choices, given)) return [];
    return [{ file: path, message: `The input "${name}" cannot be ${shown(given)}: choose ${namedChoices(choices)}.` }];
  });
}

function isOneOf(choices: readonly string[], given: unknown): boolean {
  if (typeof given === 'number' || typeof given === 'boolean') return choices.includes(String(given));
  return typeof given === 'string' && choices.includes(given);
}

function namedChoices(choices: readonly string[]): string {
  const named = choices.slice(0, mostNamed).map(shown);
  const more = choices.length > mostNamed ? [`one of ${choices.length - mostNamed} more`] : [];
  return [...named, ...more].join(', ').replace(/, ([^,]*)$/, ' or $1');
}

/**
 * One prompt file may get rows from several, and the same ones from itself: a row is planned once. Two that differ and
 * have one key would be one candidate's.
 */
function merged(prompts: readonly PromptFile[]): Result<readonly PromptFile[]> {
  const byPath = new Map<string, PromptFile>();
  const problems: Problem[] = [];
  for (const prompt of prompts) {
    const known = byPath.get(prompt.path);
    if (!known) {
      byPath.set(prompt.path, prompt);
      continue;
    }
    const rows = new Map([...known.rows].map((row) => [row.key, row]));
    for (const row of prompt.rows) {
      const other = rows.get(row.key);
      rows.set(row.key, row);
      if (other === undefined || isSameRow(other, row)) continue;
      const message = `Two rows with the key "${brief(row.label)}" go to this prompt file, from several files with data: give them other keys, or generate one after the other.`;
      problems.push({ file: prompt.path, message });
    }
    const chosenBy = [...new Set([...(known.chosenBy ?? []), ...(prompt.chosenBy ?? [])])];
    byPath.set(prompt.path, { ...known, rows: [...rows.values()], chosenBy });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: [...byPath.values()] };
}

function isSameRow(one: Row, other: Row): boolean {
  return JSON.stringify(one.values) === JSON.stringify(other.values);
}

/** As problems of its rows name a data file. */
function nameOfData({ path, data }: PromptFile, { dataFile }: GivenInputs): string | undefined {
  if (dataFile !== undefined) return basename(dataFile);
  return data?.source.kind === 'file' ? posix.join(posix.dirname(path), data.source.path) : undefined;
}

interface RowsWithHints {
  readonly rows: Rows;
  readonly hints: readonly Problem[];
}

async function rowsOf(
  prompt: PromptFile,
  { dataFile, filter, limit }: GivenInputs,
  { root, dataIn = (folder) => new DataFiles(folder, root), readRows: read = readRows }: PromptSurroundings,
): Promise<Result<RowsWithHints>> {
  const own = prompt.data;
  const source = dataFile === undefined ? own?.source : ({ kind: 'file', path: basename(dataFile) } as const);
  if (!source) {
    if (filter === undefined && limit === undefined) return { ok: true, value: { rows: prompt.rows, hints: [] } };
    const message = 'The prompt has no data to filter or limit: name it under "candidates.data", or with --data.';
    return { ok: false, problems: [{ file: prompt.path, message }] };
  }
  const settings: DataSettings = {
    ...(own ?? { line: prompt.actionLine }),
    source,
    ...(filter === undefined ? {} : { filter }),
    ...(limit === undefined ? {} : { limit }),
  };
  // What a person names may lie anywhere.
  const input =
    dataFile === undefined ? dataIn(dirname(join(root, prompt.path))) : new DataFiles(dirname(dataFile), undefined);
  const rows = await read(settings, {
    promptPath: prompt.path,
    input,
    expressions: rowExpressions,
    readFrontMatter: readRowFrontMatter,
  });
  const named = { ...(dataFile !== undefined && { dataFile }), ...(filter !== undefined && { filter }) };
  return rows.ok ? rows : { ok: false, problems: asTyped(rows.problems, prompt.path, named) };
}

async function withAnswers(
  prompts: readonly PromptFile[],
  { ask, selection }: GivenInputs,
): Promise<Result<readonly PromptFile[]>> {
  const lacking = prompts.flatMap((prompt) =>
    askedInputs(prompt)
      .filter(({ name }) => selection === undefined || name !== selectionName)
      .map((input) => ({ prompt, input })),
  );
  if (lacking.length === 0) return { ok: true, value: prompts };
  if (!ask) {
    const problems = lacking.map(({ prompt, input: { name, line, column, choices } }) => ({
      file: prompt.path,
      line,
      column,
      message: choices
        ? `The input "${name}" has no value: choose ${namedChoices(choices)} with --var ${name}=…, or give a default under "inputs".`
        : `The input "${name}" has no value: give one with --var ${name}=…, or a default under "inputs".`,
    }));
    return { ok: false, problems };
  }
  const inputs = [...new Map(lacking.map(({ input }) => [input.name, input])).values()];
  const answers = await ask(inputs);
  if (!answers) return { ok: false, problems: [] };
  return { ok: true, value: prompts.map((prompt) => ({ ...prompt, inputs: { ...prompt.inputs, ...answers } })) };
}

/** The files that a prompt takes in. */
export async function includedIn(
  prompt: PromptFile,
  { files, root }: Pick<PromptSurroundings, 'files' | 'root'>,
): Promise<IncludedFiles> {
  const folder = dirname(join(root, prompt.path));
  const included = new Map<string, Outcome<string, string>>();
  for (const { path } of includesOf(prompt)) included.set(path, await readTextWithin(join(folder, path), root, files));
  return included;
}

/** What a JSON file with values of inputs holds; undefined when it is no object. */
export function inputValues(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const values: unknown = JSON.parse(text);
    return isJsonObject(values) ? values : undefined;
  } catch {
    return undefined;
  }
}
