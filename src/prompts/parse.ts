import type { Priority } from '../model/item.ts';
import type { Parameters } from '../model/message.ts';
import { contentHash } from '../base/hash.ts';
import { readFrontMatter, splitFrontMatter, type FrontMatter, type SplitText } from './frontMatter.ts';
import { SettingsReader } from './settingsReader.ts';
import { promptName } from '../candidates/promptName.ts';
import { checkOutput } from '../candidates/candidateName.ts';
import { type InputNote, type MessageTemplate, type Problem, type PromptFile, type Result } from './promptFile.ts';
import { emptyRow } from '../model/row.ts';
import { brief, firstProblems, grouped, limits, tooLong } from './limits.ts';
import { readCandidateSettings, type CandidateSettings } from './candidateSettings.ts';
import { splitRoles } from './roles.ts';
import {
  block,
  type Kind,
  modelNames,
  number,
  numbers,
  text as anyText,
  texts,
  wholeNumber,
  word,
  yesOrNo,
} from '../base/valueKinds.ts';

/** Candidates of a prompt file that does not say how many. */
const defaultCount = 5;

const count = wholeNumber(1, 1000);
const temperature = number(0, 2);
const maxTokens = wholeNumber(1);
const seed = wholeNumber(Number.MIN_SAFE_INTEGER);
/**
 * Parameters that are sent as they stand, under their own names: what decides about a text and nothing else. What asks
 * for tools, keeps what was sent or says who asks is not for a prompt file, which may be somebody else's, to set.
 */
const plainParameters: Readonly<Record<string, Kind<unknown>>> = {
  top_p: number(0, 1),
  // -1 is "all" for vLLM.
  top_k: wholeNumber(-1),
  min_p: number(0, 1),
  top_a: number(0, 1),
  typical_p: number(0, 1),
  presence_penalty: number(-2, 2),
  frequency_penalty: number(-2, 2),
  repetition_penalty: number(0, 10),
  repeat_penalty: number(0, 10),
  logit_bias: numbers(-100, 100),
  reasoning_effort: word,
  enable_thinking: yesOrNo,
  thinking_budget: wholeNumber(0),
  verbosity: word,
  service_tier: word,
  stop: texts,
  thinking: block,
};
const priority = wholeNumber(0, 9);
/** Of a key as a sentence shows it. */
const longestKey = 40;

type Settings = Pick<
  PromptFile,
  | 'title'
  | 'description'
  | 'count'
  | 'isCountGiven'
  | 'models'
  | 'parameters'
  | 'output'
  | 'outputLine'
  | 'target'
  | 'priority'
  | 'inputs'
  | 'inputNotes'
> &
  CandidateSettings;

function asList(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** As the editor shows its models: `GPT-5 mini (copilot)`. */
function isDisplayName(model: string): boolean {
  return /\s\([^()]*\)\s*$/.test(model);
}

function readModels(reader: SettingsReader): readonly string[] {
  // A list in `model` means the first one that is available.
  const [model] = asList(reader.either(modelNames, 'model'));
  const models = asList(reader.read(modelNames, 'candidates', 'models'));
  const chosen = (models.length > 0 ? models : asList(model)).filter((name) => !isDisplayName(name));
  if (chosen.length > limits.models) {
    reader.report(['candidates', 'models'], `"candidates.models" may have at most ${limits.models} models.`);
  }
  return [...new Set(chosen.map((name) => name.trim()))];
}

function readParameters(reader: SettingsReader): Parameters {
  // The same limit has two names.
  const outputLimit = reader.either(maxTokens, 'max_tokens');
  const sameLimit = reader.either(maxTokens, 'max_completion_tokens');
  const parameters = {
    ...Object.fromEntries(Object.entries(plainParameters).map(([name, kind]) => [name, reader.either(kind, name)])),
    temperature: reader.either(temperature, 'temperature'),
    maxTokens: outputLimit ?? sameLimit,
    seed: reader.either(seed, 'seed'),
  };
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
}

function hintsOf(reader: SettingsReader): readonly Problem[] {
  const diversity = reader.read(anyText, 'candidates', 'diversity');
  const hints = reader.unread().map((key) => {
    const name = `"candidates.${brief(key.replace(/\s+/g, ' '), longestKey)}"`;
    const message =
      key === 'extra'
        ? `${name} is left alone: what goes into each call unchecked stands under "extra" of a service in your own settings.`
        : `${name} is not known and left alone: check its name, or set it under "extra" of the service in your own settings.`;
    return reader.problem(['candidates', key], message);
  });
  const [model] = asList(reader.either(modelNames, 'model')).filter(isDisplayName);
  if (model !== undefined) {
    const message = `"${brief(model, longestKey)}" is the editor's name for a model and none of a service here: the default model is used.`;
    hints.push(reader.problem(['model'], message));
  }
  if (reader.read(anyText, 'candidates', 'table') !== undefined) {
    hints.push(
      reader.problem(
        ['candidates', 'table'],
        '"candidates.table" is left alone: results are not put into a table yet.',
      ),
    );
  }
  if (diversity !== undefined) {
    hints.push(
      reader.problem(
        ['candidates', 'diversity'],
        '"candidates.diversity" is left alone: use "vary" to spread angles over the candidates.',
      ),
    );
  }
  return firstProblems(hints);
}

const declarationKeys: ReadonlySet<string> = new Set(['default', 'description', 'type', 'required']);

/** `{default: Coffee}` and `{description: What it is about}` tell about an input; any other block is its value. */
function isDeclaration(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!block.accepts(value)) return false;
  const keys = Object.keys(value);
  return keys.includes('default') || (keys.length > 0 && keys.every((key) => declarationKeys.has(key)));
}

function readInputs(reader: SettingsReader): Pick<Settings, 'inputs' | 'inputNotes'> {
  const given = Object.entries(reader.read(block, 'inputs') ?? {});
  const valued = given.map(([name, value]) => [name, isDeclaration(value) ? value.default : value] as const);
  const declared = given.flatMap(([name, value]) => (isDeclaration(value) ? [[name, noteOf(value)] as const] : []));
  return {
    inputs: Object.fromEntries(valued.filter(([, value]) => value !== null && value !== undefined)),
    ...(declared.length > 0 ? { inputNotes: Object.fromEntries(declared) } : {}),
  };
}

function noteOf({ description, type, required }: Readonly<Record<string, unknown>>): InputNote {
  return {
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof required === 'boolean' ? { required } : {}),
  };
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

function readSettings(reader: SettingsReader): Settings {
  reader.read(block, 'candidates');
  const title = reader.read(anyText, 'name');
  const description = reader.read(anyText, 'description');
  const given = reader.read(count, 'candidates', 'count');
  const urgency = reader.read(priority, 'candidates', 'priority');
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    count: given ?? defaultCount,
    ...(given !== undefined && { isCountGiven: true }),
    models: readModels(reader),
    parameters: readParameters(reader),
    ...readOutput(reader),
    ...(urgency !== undefined && { priority: urgency as Priority }),
    ...readInputs(reader),
    ...readCandidateSettings(reader),
  };
}

/** What a format has found in a file, in the words of our own. */
export interface FoundPrompt {
  /** The settings, as a front matter of ours would have them. */
  readonly settings: FrontMatter;
  readonly messages: readonly MessageTemplate[];
  /** 1-based: where something is said about messages as such. */
  readonly textLine: number;
  /** 1-based line on which a "Generate" action belongs. */
  readonly actionLine: number;
  readonly hints?: readonly Problem[];
  /** In place of what the settings say. */
  readonly more?: Partial<PromptFile>;
}

/** Puts a prompt file together, or tells all that is wrong at once, by line. @param text the whole of the file */
export function promptFileOf(path: string, text: string, found: FoundPrompt): Result<PromptFile> {
  const problem = (line: number, message: string): Problem => ({ file: path, line, message });
  const { messages, textLine } = found;
  const reader = new SettingsReader(path, found.settings);
  const settings = readSettings(reader);
  const problems = [...reader.problems];
  if (messages.length === 0) {
    const place = textLine === 1 ? '' : ' below the front matter';
    problems.push(problem(textLine, `The prompt has no text: write${place} what should be generated.`));
  }
  const surplus = messages[limits.messages];
  if (surplus) {
    const message = `The prompt has more than ${grouped(limits.messages)} messages: make it shorter.`;
    problems.push(problem(surplus.line, message));
  }
  if (problems.length > 0) {
    return { ok: false, problems: firstProblems(problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0))) };
  }
  const value: PromptFile = {
    path,
    name: promptName(path),
    ...settings,
    hints: firstProblems([...hintsOf(reader), ...(found.hints ?? [])]),
    rows: [emptyRow],
    messages,
    hash: contentHash(text),
    actionLine: found.actionLine,
    ...found.more,
  };
  return { ok: true, value };
}

/** A text that is front matter and a body, or the problem with that. */
export function splitPrompt(path: string, text: string): Result<SplitText & { readonly settings: FrontMatter }> {
  const problem = (line: number, message: string): Result<never> => ({
    ok: false,
    problems: [{ file: path, line, message }],
  });
  if (text.length > limits.fileLength) return problem(1, tooLong());
  const split = splitFrontMatter(text);
  if (!split) return problem(1, 'The front matter has no end: put a line "---" below its last setting.');
  const settings = readFrontMatter(split.frontMatter ?? '');
  if (!('values' in settings)) return problem(settings.line, settings.message);
  return { ok: true, value: { ...split, settings } };
}

/**
 * Reads a prompt file of the editor: YAML front matter between `---` lines, if any, and a body with roles and variables.
 * Keys that are not ours are left alone.
 *
 * @param path as the caller wants it in problems and ids
 */
export function parsePromptFile(path: string, text: string): Result<PromptFile> {
  const split = splitPrompt(path, text);
  if (!split.ok) return split;
  const { frontMatter, body, bodyLine, settings } = split.value;
  const firstText = body.split('\n').findIndex((line) => line.trim() !== '');
  return promptFileOf(path, text, {
    settings,
    messages: splitRoles(body, bodyLine),
    textLine: bodyLine,
    actionLine: frontMatter === undefined ? firstText + 1 : 1,
  });
}
