import { basename, dirname, join, posix } from 'node:path';
import { failed, type Outcome } from '../../base/outcome.ts';
import { isJsonObject } from '../../base/jsonObject.ts';
import { readRows } from '../../data/readRows.ts';
import type { DataSettings } from '../../model/data.ts';
import type { DataInput } from '../../model/dataInput.ts';
import type { Row } from '../../model/row.ts';
import { decodePrompt } from '../../prompts/decode.ts';
import { readPrompt, formatOf } from '../../prompts/formats/formats.ts';
import { includesOf, type IncludedFiles } from '../../prompts/includes.ts';
import { askedInputs, type AskedInput } from '../../prompts/inputs.ts';
import { limits } from '../../prompts/limits.ts';
import type { Problem, PromptFile, Result } from '../../prompts/promptFile.ts';
import { shown } from '../../base/valueKinds.ts';
import { rowExpressions } from '../../prompts/rowExpressions.ts';
import { readRowFrontMatter } from '../../prompts/rowFrontMatter.ts';
import { DataFiles } from '../../storage/dataFiles.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { whyUnread } from './readProblem.ts';

/** What a person gives beside the prompt files, for this run. */
export interface GivenInputs {
  /** Values of inputs, by name; they win over those of the prompt files. */
  readonly values?: Readonly<Record<string, unknown>>;
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
  for (const prompt of prompts) {
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
    const each = await promptsByRow(valued, read.value.rows, where);
    if (!each.ok) {
      problems.push(...each.problems);
      continue;
    }
    withRows.push(...each.value);
    if (each.value.every(({ table }) => table === undefined)) continue;
    const pathOf = new Map(each.value.flatMap(({ path, rows: own }) => own.map(({ key }) => [key, path] as const)));
    for (const { key } of read.value.rows) rows.push({ prompt: pathOf.get(key) ?? valued.path, key });
  }
  if (problems.length > 0) return { ok: false, problems };
  const answered = await withAnswers(merged(withRows), given);
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

/** One prompt file may get rows from several. */
function merged(prompts: readonly PromptFile[]): readonly PromptFile[] {
  const byPath = new Map<string, PromptFile>();
  for (const prompt of prompts) {
    const known = byPath.get(prompt.path);
    byPath.set(prompt.path, known ? { ...known, rows: [...known.rows, ...prompt.rows] } : prompt);
  }
  return [...byPath.values()];
}

interface RowsWithHints {
  readonly rows: readonly Row[];
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
  return read(settings, {
    promptPath: prompt.path,
    input,
    expressions: rowExpressions,
    readFrontMatter: readRowFrontMatter,
  });
}

/** A column may name the prompt file of each row: `brand` for `brand.prompt.md` beside the one with the data. */
async function promptsByRow(
  prompt: PromptFile,
  rows: readonly Row[],
  where: PromptSurroundings,
): Promise<Result<readonly PromptFile[]>> {
  const column = prompt.promptBy;
  if (column === undefined) return { ok: true, value: [{ ...prompt, rows }] };
  const problems: Problem[] = [];
  const prompts: PromptFile[] = [];
  const byName = Map.groupBy(rows, ({ values }) => {
    const named = Object.hasOwn(values, column) ? values[column] : undefined;
    return typeof named === 'string' || typeof named === 'number' ? String(named).trim() : '';
  });
  for (const [name, own] of byName) {
    // A row that names none is for the file with the data.
    if (name === '') {
      prompts.push({ ...prompt, rows: own });
      continue;
    }
    const read = await promptNamed(name, prompt, where);
    if (!read.ok) {
      problems.push(...read.problems);
      continue;
    }
    const inputs = { ...read.value.inputs, ...prompt.inputs };
    prompts.push({ ...read.value, ...tableFor(read.value, prompt), inputs, rows: own });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: prompts };
}

/** What has no table of its own shares that of the prompt file with the data. */
function tableFor(own: PromptFile, { path, table }: PromptFile): Pick<PromptFile, 'table'> {
  if (own.table || !table) return {};
  return {
    table: { ...table, path: posix.relative(posix.dirname(own.path), posix.join(posix.dirname(path), table.path)) },
  };
}

async function promptNamed(
  name: string,
  { path, promptBy = '' }: PromptFile,
  { files, root }: PromptSurroundings,
): Promise<Result<PromptFile>> {
  const file = formatOf(name) === undefined ? `${name}.prompt.md` : name;
  const target = posix.join(posix.dirname(path), file);
  const problem = (message: string): Result<PromptFile> => ({ ok: false, problems: [{ file: path, message }] });
  const text = await readTextWithin(join(root, target), root, files);
  if (!text.ok)
    return problem(
      `The prompt file ${target}, which a row names in "${promptBy}", ${text.failure}: correct the row or add the file.`,
    );
  return readPrompt(target, text.value);
}

async function withAnswers(
  prompts: readonly PromptFile[],
  { ask }: GivenInputs,
): Promise<Result<readonly PromptFile[]>> {
  const lacking = prompts.flatMap((prompt) => askedInputs(prompt).map((input) => ({ prompt, input })));
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

/** A failure is the end of a sentence. */
export async function readTextWithin(path: string, root: string, files: FileStore): Promise<Outcome<string, string>> {
  let bytes: Uint8Array;
  try {
    bytes = await files.readWithin(path, limits.fileBytes, root);
  } catch (error) {
    return failed(whyUnread(error, '3 MB').replace(/:.*$/s, ''));
  }
  return decodePrompt(bytes);
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
