import type { JsonObject } from '../base/jsonObject.ts';
import { isJsonObject } from '../base/jsonObject.ts';
import { leadsOut } from '../base/leadsOut.ts';
import { budgetUnits, type Budget } from '../model/budget.ts';
import type { DataSettings, DataSource } from '../model/data.ts';
import type { PromptFile } from './promptFile.ts';
import type { SettingsReader } from './settingsReader.ts';
import { block, number, text, word, wholeNumber, type Kind } from '../base/valueKinds.ts';

/** Of the block `candidates`: all that is more than how many candidates there are, of which models and with which parameters. */
export type CandidateSettings = Pick<PromptFile, 'data' | 'promptBy' | 'schema' | 'attach' | 'vary' | 'budget'>;

const longestPath = 1_000;
const mostValues = 1_000;

/** Keys of the block, as the documentation lists them. */
export const candidateKeys = [
  'target',
  'data',
  'promptBy',
  'schema',
  'attach',
  'vary',
  'diversity',
  'table',
  'budget',
] as const;

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= longestPath && !leadsOut(value);
}

const path: Kind<string> = { wanted: 'a path below the folder of the prompt file', accepts: isPath };

const list: Kind<readonly unknown[]> = {
  wanted: 'a list',
  accepts: (value): value is readonly unknown[] => Array.isArray(value),
};

const dataKind: Kind<string | readonly unknown[] | JsonObject> = {
  wanted: 'a file, a pattern of files, a list of rows, or a block with "file", "files" or "rows"',
  accepts: (value): value is string | readonly unknown[] | JsonObject =>
    isPath(value) || Array.isArray(value) || isJsonObject(value),
};

const pathOrBlock: Kind<string | JsonObject> = {
  wanted: 'a path below the folder of the prompt file, or a block',
  accepts: (value): value is string | JsonObject => isPath(value) || isJsonObject(value),
};

const templates: Kind<string | readonly string[]> = {
  wanted: 'a path or a list of paths',
  accepts: (value): value is string | readonly string[] =>
    typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string')),
};

const choices: Kind<Readonly<Record<string, readonly unknown[]>>> = {
  wanted: 'a block of names with lists of values, such as "angle: [price, comfort]"',
  accepts: (value): value is Readonly<Record<string, readonly unknown[]>> =>
    isJsonObject(value) &&
    Object.keys(value).length > 0 &&
    Object.values(value).every((each) => Array.isArray(each) && each.length > 0 && each.length <= mostValues),
};

const oneCharacter: Kind<string> = {
  wanted: 'one character',
  accepts: (value): value is string => typeof value === 'string' && value.length === 1,
};

function sourceOf(path: string): DataSource {
  return /[*?[{]/.test(path) ? { kind: 'files', pattern: path } : { kind: 'file', path };
}

function readData(reader: SettingsReader): DataSettings | undefined {
  const at = ['candidates', 'data'];
  const given = reader.read(dataKind, ...at);
  if (given === undefined) return undefined;
  const line = reader.lineOf(at);
  if (typeof given === 'string') return { source: sourceOf(given), line };
  if (!isJsonObject(given)) return { source: { kind: 'rows', rows: given }, line };
  const source = readSource(reader, at);
  const key = reader.read(text, ...at, 'key');
  const filter = reader.read(text, ...at, 'filter');
  const limit = reader.read(wholeNumber(1), ...at, 'limit');
  const sample = reader.read(wholeNumber(1), ...at, 'sample');
  const encoding = reader.read(word, ...at, 'encoding');
  const delimiter = reader.read(oneCharacter, ...at, 'delimiter');
  if (!source) return undefined;
  return {
    source,
    ...(key === undefined ? {} : { key }),
    ...(filter === undefined ? {} : { filter }),
    ...(limit === undefined ? {} : { limit }),
    ...(sample === undefined ? {} : { sample }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { delimiter }),
    line,
  };
}

function readSource(reader: SettingsReader, at: readonly string[]): DataSource | undefined {
  const before = reader.problems.length;
  const file = reader.read(path, ...at, 'file');
  const pattern = reader.read(path, ...at, 'files');
  const rows = reader.read(list, ...at, 'rows');
  const given = [file, pattern, rows].filter((each) => each !== undefined);
  if (given.length !== 1 && reader.problems.length === before) {
    reader.report(at, '"candidates.data" needs one of "file", "files" and "rows".');
  }
  if (file !== undefined) return sourceOf(file);
  if (pattern !== undefined) return { kind: 'files', pattern };
  return rows === undefined ? undefined : { kind: 'rows', rows };
}

function readBudget(reader: SettingsReader): Budget | undefined {
  const at = ['candidates', 'budget'];
  if (reader.read(block, ...at) === undefined) return undefined;
  const amount = number(0, Number.MAX_SAFE_INTEGER);
  const amounts = budgetUnits.map((unit) => [unit, reader.read(amount, ...at, unit)] as const);
  const given = amounts.filter(([, value]) => value !== undefined);
  if (given.length === 0) {
    reader.report(at, `"candidates.budget" needs one of ${budgetUnits.map((unit) => `"${unit}"`).join(', ')}.`);
    return undefined;
  }
  return Object.fromEntries(given);
}

export function readCandidateSettings(reader: SettingsReader): CandidateSettings {
  const data = readData(reader);
  const promptBy = reader.read(word, 'candidates', 'promptBy');
  const schema = reader.read(pathOrBlock, 'candidates', 'schema');
  const attach = reader.read(templates, 'candidates', 'attach');
  const vary = reader.read(choices, 'candidates', 'vary');
  const budget = readBudget(reader);
  const schemaLine = reader.lineOf(['candidates', 'schema']);
  const attachLine = reader.lineOf(['candidates', 'attach']);
  if (promptBy !== undefined && !data) {
    reader.report(
      ['candidates', 'promptBy'],
      '"candidates.promptBy" names a column, so that it needs "candidates.data".',
    );
  }
  return {
    ...(data ? { data } : {}),
    ...(promptBy === undefined ? {} : { promptBy }),
    ...(typeof schema === 'string' ? { schema: { kind: 'file' as const, path: schema, line: schemaLine } } : {}),
    ...(isJsonObject(schema) ? { schema: { kind: 'inline' as const, schema, line: schemaLine } } : {}),
    ...(attach === undefined
      ? {}
      : { attach: [attach].flat().map((template: string) => ({ template, line: attachLine })) }),
    ...(vary ? { vary } : {}),
    ...(budget ? { budget } : {}),
  };
}
