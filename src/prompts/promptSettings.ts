import { isJsonObject, type JsonObject } from '../base/jsonObject.ts';
import type { Budget } from '../model/budget.ts';
import type { Priority } from '../model/item.ts';
import { checkOutput } from '../candidates/candidateName.ts';
import { readData } from './dataSettings.ts';
import { readInputs } from './inputSettings.ts';
import { brief, grouped, limits } from './limits.ts';
import { readParameters } from './parameterSettings.ts';
import { pathFault, readPath } from './pathSettings.ts';
import type { PromptFile } from './promptFile.ts';
import type { SettingsReader } from './settingsReader.ts';
import { readTable } from './tableSettings.ts';
import {
  block,
  type Kind,
  modelNames,
  nonEmptyText,
  nonEmptyTexts,
  positiveNumber,
  text as anyText,
  wholeNumber,
} from '../base/valueKinds.ts';

/** Candidates of a prompt file that does not say how many. */
const defaultCount = 5;

const count = wholeNumber(1, 1000);
const priority = wholeNumber(0, 9);
const budgetCount = wholeNumber(1);
/** Of a key or a name as a sentence shows it. */
const longestKey = 40;

/** Keys of the block that are no parameters, as the documentation lists them. */
export const candidateKeys = [
  ...[
    'count',
    'models',
    'data',
    'promptBy',
    'output',
    'target',
    'schema',
    'attach',
    'vary',
    'diversity',
    'table',
    'priority',
  ],
  'budget',
] as const;

/** What a prompt file sets, whatever its format: everything but its text. */
export type Settings = Omit<PromptFile, 'path' | 'name' | 'references' | 'rows' | 'messages' | 'hash' | 'actionLine'>;

const schema: Kind<unknown> = {
  wanted: 'the path of a JSON Schema or the schema itself as a block',
  accepts: (value): value is unknown => typeof value === 'string' || isJsonObject(value),
};

const diversity: Kind<'verbalized' | JsonObject> = {
  wanted: '"verbalized", or a block such as "{ verbalized: 5 }"',
  accepts: (value): value is 'verbalized' | JsonObject => value === 'verbalized' || isJsonObject(value),
};

/** Candidates that are asked for in one call, where a file does not say how many. */
const defaultTogether = 5;
const together = wholeNumber(2, 20);

const vary: Kind<JsonObject> = {
  wanted: 'a block of names, each with a list of values such as "tone: [warm, dry]"',
  accepts: isJsonObject,
};

const varied: Kind<readonly unknown[]> = {
  wanted: 'a list of values such as "[warm, dry]"',
  accepts: (value): value is readonly unknown[] => Array.isArray(value) && value.length > 0,
};

function asList(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** `GPT-5 mini (copilot)`, as the editor's own lists show models; no service's model has such a name. */
function isDisplayName(name: string): boolean {
  return /\s\([^()]*\)$/.test(name.slice(-200));
}

function readModels(reader: SettingsReader): readonly string[] {
  // A list in `model` means the first one that is available.
  const own = reader.read(modelNames, 'candidates', 'model');
  const outer = reader.read(modelNames, 'model');
  const list = asList(reader.read(modelNames, 'candidates', 'models')).map((name) => name.trim());
  if (list.length > limits.models) {
    reader.report(['candidates', 'models'], `"candidates.models" may have at most ${limits.models} models.`);
  }
  const single = asList(own ?? outer).map((name) => name.trim());
  const place = list.length > 0 ? ['candidates', 'models'] : own === undefined ? ['model'] : ['candidates', 'model'];
  const named = list.length > 0 ? list : single;
  const usable = [...new Set(named.filter((name) => !isDisplayName(name)))];
  const used = usable.length > 0 ? 'the others count' : 'the default model is used';
  for (const name of new Set(named.filter(isDisplayName))) {
    const shownName = brief(name.replace(/\s+/g, ' '), longestKey);
    const message = `"${shownName}" is a name of the editor's models and no model of a service here: ${used}.`;
    reader.hint(place, message);
  }
  return list.length > 0 ? usable : usable.slice(0, 1);
}

/** A pattern of paths below the folder of the prompt file. */
function readPattern(reader: SettingsReader, key: string): string | undefined {
  const path = ['candidates', key];
  const pattern = reader.read(anyText, ...path);
  if (pattern === undefined) return undefined;
  for (const message of checkOutput(pattern, path.join('.'))) reader.report(path, message);
  return pattern;
}

function readOutput(reader: SettingsReader): Pick<Settings, 'output' | 'outputLine' | 'target'> {
  const output = readPattern(reader, 'output');
  const target = readPattern(reader, 'target');
  return {
    ...(output === undefined ? {} : { output, outputLine: reader.lineOf(['candidates', 'output']) }),
    ...(target === undefined ? {} : { target }),
  };
}

function readPromptBy(reader: SettingsReader, data: PromptFile['data']): string | undefined {
  const place = ['candidates', 'promptBy'];
  const failures = reader.problems.length;
  const column = reader.read(nonEmptyText, ...place);
  if (column !== undefined && data === undefined && failures === 0) {
    reader.report(place, '"candidates.promptBy" names a column of the data: add "candidates.data".');
  }
  return column;
}

function readSchema(reader: SettingsReader): PromptFile['schema'] {
  const place = ['candidates', 'schema'];
  const given = reader.read(schema, ...place);
  if (given === undefined) return undefined;
  const line = reader.lineOf(place);
  if (isJsonObject(given)) return { kind: 'inline', schema: given, line };
  const path = readPath(reader, place);
  return path === undefined ? undefined : { kind: 'file', path, line };
}

function readAttachments(reader: SettingsReader): PromptFile['attach'] {
  const place = ['candidates', 'attach'];
  const given = reader.read(nonEmptyTexts, ...place);
  if (given === undefined) return undefined;
  const templates = asList(given);
  if (templates.length > limits.attachments) {
    const message = `"candidates.attach" may have at most ${grouped(limits.attachments)} entries: attach fewer files.`;
    reader.report(place, message);
    return undefined;
  }
  const entries = templates.map((template, index) => {
    const entryPlace = typeof given === 'string' ? place : [...place, String(index)];
    const fault = pathFault(template);
    if (fault !== undefined) reader.report(entryPlace, `"candidates.attach" ${fault}.`);
    return { template, line: reader.lineOf(entryPlace) };
  });
  return entries.length > 0 ? entries : undefined;
}

function readVary(reader: SettingsReader): PromptFile['vary'] {
  const place = ['candidates', 'vary'];
  const names = Object.keys(reader.read(vary, ...place) ?? {});
  const values = names.flatMap((name) => {
    const list = reader.read(varied, ...place, name);
    return list === undefined ? [] : [[name, list] as const];
  });
  return values.length > 0 ? Object.fromEntries(values) : undefined;
}

function readDiversity(reader: SettingsReader): PromptFile['diversity'] {
  const place = ['candidates', 'diversity'];
  const given = reader.read(diversity, ...place);
  if (given === undefined) return undefined;
  if (given === 'verbalized') return { verbalized: defaultTogether };
  const failures = reader.problems.length;
  const verbalized = reader.read(together, ...place, 'verbalized');
  if (verbalized !== undefined) return { verbalized };
  if (reader.problems.length === failures) {
    reader.report(place, '"candidates.diversity" must have "verbalized": say how many are asked for in one call.');
  }
  return undefined;
}

function readBudget(reader: SettingsReader): Budget | undefined {
  const place = ['candidates', 'budget'];
  if (reader.read(block, ...place) === undefined) return undefined;
  const failures = reader.problems.length;
  const requests = reader.read(budgetCount, ...place, 'requests');
  const tokens = reader.read(budgetCount, ...place, 'tokens');
  const cost = reader.read(positiveNumber, ...place, 'cost');
  if (requests === undefined && tokens === undefined && cost === undefined) {
    if (reader.problems.length === failures) {
      reader.report(place, '"candidates.budget" needs one of "requests", "tokens" and "cost": say what may be spent.');
    }
    return undefined;
  }
  return {
    ...(requests !== undefined && { requests }),
    ...(tokens !== undefined && { tokens }),
    ...(cost !== undefined && { cost }),
  };
}

/** What is unknown inside a block of ours, by its known keys. */
const blocks: Readonly<Record<string, string>> = {
  data: 'file, files, rows, key, filter, limit, sample, encoding or delimiter',
  diversity: 'verbalized',
  table: 'file or columns',
  budget: 'requests, tokens or cost',
};

function tellUnread(reader: SettingsReader): void {
  const shownKey = (...path: readonly string[]): string =>
    `"candidates.${path.map((key) => brief(key.replace(/\s+/g, ' '), longestKey)).join('.')}"`;
  for (const key of reader.unread('candidates')) {
    const message =
      key === 'extra'
        ? `${shownKey(key)} is left alone: what goes into each call unchecked stands under "extra" of a service in your own settings.`
        : `${shownKey(key)} is not known and left alone: check its name, or set it under "extra" of the service in your own settings.`;
    reader.hint(['candidates', key], message);
  }
  for (const [name, known] of Object.entries(blocks)) {
    for (const key of reader.unread('candidates', name)) {
      const message = `${shownKey(name, key)} is not known and left alone: use ${known}.`;
      reader.hint(['candidates', name, key], message);
    }
  }
}

/** Reads all that a front matter sets; what is wrong is in the reader's problems. */
export function readSettings(reader: SettingsReader): Settings {
  reader.read(block, 'candidates');
  const title = reader.read(anyText, 'name');
  const description = reader.read(anyText, 'description');
  const urgency = reader.read(priority, 'candidates', 'priority');
  const data = readData(reader);
  const promptBy = readPromptBy(reader, data);
  const wantedSchema = readSchema(reader);
  const attach = readAttachments(reader);
  const varied = readVary(reader);
  const table = readTable(reader);
  const budget = readBudget(reader);
  const diverse = readDiversity(reader);
  const given = reader.read(count, 'candidates', 'count');
  const settings = {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    count: given ?? defaultCount,
    ...(given !== undefined && { isCountGiven: true as const }),
    models: readModels(reader),
    parameters: readParameters(reader),
    ...readOutput(reader),
    ...(urgency !== undefined && { priority: urgency as Priority }),
    ...(data && { data }),
    ...(promptBy !== undefined && { promptBy }),
    ...(wantedSchema && { schema: wantedSchema }),
    ...(attach && { attach }),
    ...(varied && { vary: varied }),
    ...(diverse && { diversity: diverse }),
    ...(table && { table }),
    ...(budget && { budget }),
    ...readInputs(reader),
  };
  tellUnread(reader);
  return { ...settings, hints: [...reader.hints].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}
