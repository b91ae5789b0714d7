import { posix } from 'node:path';
import type { JsonObject } from '../base/jsonObject.ts';
import type { Priority } from '../model/item.ts';
import { missingColumns, type CandidatePlace } from '../candidates/candidateName.ts';
import type { IncludedFiles } from './includes.ts';
import type { Problem, PromptFile, Result } from './promptFile.ts';
import { valueNames, type Row } from '../model/row.ts';
import { firstProblems, grouped, limits } from './limits.ts';
import {
  combinationAt,
  RowItem,
  siblingsOf,
  variablesAt,
  type ItemSource,
  type PromptItem,
  type Rendered,
} from './promptItem.ts';
import { RowProblems } from './rowProblems.ts';
import { compileTemplates, renderMessages, runsAway, type CompiledPrompt } from './template.ts';
import { combinationsOf } from './vary.ts';

export type { PromptItem } from './promptItem.ts';

export interface PlanOptions {
  /** For prompts that name no model. */
  readonly defaultModel: string;
  readonly defaultPriority: Priority;
  /** Instead of what the prompt files say; 1 to 1000. */
  readonly count?: number;
  /** Instead of what the prompt files say; empty: as the prompt files say. */
  readonly models?: readonly string[];
  /** The editor's `${…}` variables for a prompt file, by name: file, fileBasename, workspaceFolder, … */
  readonly variables?: (prompt: PromptFile) => Readonly<Record<string, string>>;
  /** The schemas of prompt files that have one, by their paths: what `checkSchema` accepts. */
  readonly schemas?: ReadonlyMap<string, JsonObject>;
  /** The files that prompt files take in, by their paths. */
  readonly includes?: ReadonlyMap<string, IncludedFiles>;
  /** Templates of prompts that are planned again and again with other rows; absent: each plan compiles its own. */
  readonly templates?: TemplateMemory;
  /** Told of what is left as it stands in a prompt and may be meant otherwise. */
  readonly tellHint?: (hint: Problem) => void;
}

/** The models that make candidates of a prompt file, in order. */
export function modelsOf(
  prompt: PromptFile,
  { models, defaultModel }: Pick<PlanOptions, 'models' | 'defaultModel'>,
): readonly string[] {
  if (models !== undefined && models.length > 0) return [...new Set(models)];
  return prompt.models.length > 0 ? prompt.models : [defaultModel];
}

/** The templates of a prompt, parsed once for all of its rows. */
interface Templates {
  readonly messages: CompiledPrompt;
  readonly attach?: CompiledPrompt;
}

/** Sets of names that are kept: records of one stage mostly have the same ones. */
const mostKept = 20;

/**
 * Compiled templates, for whoever plans rows one by one: compiling takes far longer than rendering. Variables and files that
 * are taken in must stay the same for a prompt file.
 */
export class TemplateMemory {
  readonly #kept = new Map<string, Result<Templates>>();

  /** @param names that the rows have, on which it depends what is a variable */
  of(prompt: PromptFile, names: ReadonlySet<string>, compile: () => Result<Templates>): Result<Templates> {
    const key = JSON.stringify([prompt.path, prompt.hash, ...[...names].sort()]);
    const known = this.#kept.get(key);
    if (known) return known;
    const compiled = compile();
    this.#kept.set(key, compiled);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
    return compiled;
  }
}

function templatesOf(
  prompt: PromptFile,
  names: ReadonlySet<string>,
  { includes, variables }: PlanOptions,
): Result<Templates> {
  const included = includes?.get(prompt.path);
  const messages = compileTemplates(prompt, variables?.(prompt), {
    names,
    ...(included ? { includes: included } : {}),
  });
  if (!messages.ok) return messages;
  const attach = compileAttach(prompt);
  if (!attach.ok) return attach;
  return { ok: true, value: { messages: messages.value, ...(attach.value ? { attach: attach.value } : {}) } };
}

/** What all rows of a prompt have in common. */
interface Compiled extends ItemSource {
  readonly templates: Templates;
  readonly models: readonly string[];
}

/** @param position of its first item */
function planRow(compiled: Compiled, row: Row, rowPlace: number, position: number): Result<PromptItem[]> {
  const { models, schema, spread } = compiled;
  const more = schema ? { isJson: true } : {};
  const places = models.map((model): CandidatePlace => ({ row, model, severalModels: models.length > 1, ...more }));
  const rendered = renderVariants(compiled, row);
  if (!rendered.ok) return rendered;
  const items: PromptItem[] = [];
  for (let index = 1; index <= spread.count; index += 1) {
    const variant = rendered.value[combinationAt(spread, index)];
    if (!variant) break;
    for (const place of places) {
      items.push(new RowItem(compiled, variant, { rowPlace, position: position + items.length, index, place }));
    }
  }
  return { ok: true, value: items };
}

/** One for each combination that a candidate has. */
function renderVariants({ prompt, templates, spread }: Compiled, row: Row): Result<Rendered[]> {
  const variants: Rendered[] = [];
  for (let place = 0; place < spread.combinations; place += 1) {
    const { variables, vary: chosen } = variablesAt(prompt, row.values, place);
    const messages = renderMessages(templates.messages, variables);
    if (!messages.ok) return messages;
    const attach = renderPaths(prompt, templates.attach, variables);
    if (!attach.ok) return attach;
    variants.push({
      messages: messages.value,
      attach: attach.value,
      variables,
      siblings: siblingsOf(spread, place),
      ...(chosen ? { vary: chosen } : {}),
    });
  }
  return { ok: true, value: variants };
}

/** Paths are rendered behind this, so that one that comes out empty is no empty prompt. */
const here = './';

function compileAttach({ path, attach = [] }: PromptFile): Result<CompiledPrompt | undefined> {
  if (attach.length === 0) return { ok: true, value: undefined };
  const messages = attach.map(({ template, line }) => ({
    role: 'user' as const,
    template: here + template.trim(),
    line,
  }));
  return compileTemplates({ path, messages });
}

const noPaths: readonly string[] = [];

/** A path that comes out empty attaches nothing. */
function renderPaths(
  { path }: PromptFile,
  compiled: CompiledPrompt | undefined,
  variables: Readonly<Record<string, unknown>>,
): Result<readonly string[]> {
  if (!compiled) return { ok: true, value: noPaths };
  const rendered = renderMessages(compiled, variables);
  if (!rendered.ok) return rendered;
  const paths = rendered.value.map(({ content }) => content.slice(here.length).trim()).filter((each) => each !== '');
  return { ok: true, value: paths.map((each) => posix.join(posix.dirname(path), each)) };
}

/** The first row shows what a pattern lacks: columns are the same for all rows. */
function checkColumns(prompt: PromptFile): Problem[] {
  const row = prompt.rows.at(0);
  if (prompt.output === undefined || row === undefined) return [];
  return missingColumns(prompt.output, row).map((name) => ({
    file: prompt.path,
    ...(prompt.outputLine !== undefined && { line: prompt.outputLine }),
    message: `"candidates.output" has "\${${name}}", but the prompt has no data with it: take it out.`,
  }));
}

/** Told instead of making more items than memory has room for. */
function tooManyItems(prompt: PromptFile): Problem {
  const message = `The plan has more than ${grouped(limits.items)} items: ask for fewer candidates, models or prompts.`;
  return { file: prompt.path, line: prompt.actionLine, message };
}

/** Everything of a prompt that rows do not change, or what is wrong with it. */
function compile(prompt: PromptFile, options: PlanOptions): Result<Compiled> {
  const names = new Set(Object.keys(prompt.vary ?? {}));
  for (const name of valueNames(prompt.rows)) names.add(name);
  const compileAnew = (): Result<Templates> => templatesOf(prompt, names, options);
  const templates = options.templates?.of(prompt, names, compileAnew) ?? compileAnew();
  if (!templates.ok) return templates;
  for (const hint of templates.value.messages.hints) options.tellHint?.(hint);
  const schema = options.schemas?.get(prompt.path);
  const count = options.count ?? prompt.count;
  return {
    ok: true,
    value: {
      prompt,
      templates: templates.value,
      models: modelsOf(prompt, options),
      spread: { count, combinations: prompt.vary ? Math.min(count, combinationsOf(prompt.vary)) : 1 },
      priority: prompt.priority ?? options.defaultPriority,
      ...(schema ? { schema } : {}),
    },
  };
}

/** The items of each row, or what is wrong with rows or the prompt. @param first position of the first item */
function* planPrompt(prompt: PromptFile, options: PlanOptions, first: number): Generator<Result<PromptItem[]>, number> {
  const each = (options.count ?? prompt.count) * modelsOf(prompt, options).length;
  if (each * prompt.rows.length > limits.items - first) {
    yield { ok: false, problems: [tooManyItems(prompt)] };
    return first;
  }
  const problems = checkColumns(prompt);
  const compiled = compile(prompt, options);
  if (!compiled.ok) problems.push(...compiled.problems);
  if (problems.length > 0) yield { ok: false, problems };
  if (!compiled.ok) return first;
  let position = first;
  const ofRows = new RowProblems();
  let rowPlace = -1;
  for (const row of prompt.rows) {
    rowPlace += 1;
    const planned = planRow(compiled.value, row, rowPlace, position);
    ofRows.add(row, planned.ok ? [] : planned.problems);
    if (planned.ok) {
      yield planned;
      position += planned.value.length;
      continue;
    }
    // The next row would run away too, and take as long.
    if (planned.problems.some(({ message }) => message === runsAway)) break;
  }
  const rowProblems = ofRows.problems;
  if (rowProblems.length > 0) yield { ok: false, problems: rowProblems };
  return problems.length + rowProblems.length > 0 ? first : position;
}

/**
 * Plans a run, before anything is spent. The order is prompt file, row, index, model: a run that is stopped halfway
 * leaves whole rows to choose from, and candidate 1 of every model before candidate 2 of any.
 *
 * @param prompts a path that comes twice is planned once
 * @returns row by row, so that nobody needs to hold all of them: the items of each, or what is wrong; the items are worth
 *   something only where nothing is
 */
export function* planRows(prompts: readonly PromptFile[], options: PlanOptions): Iterable<Result<PromptItem[]>> {
  let position = 0;
  for (const prompt of new Map(prompts.map((each) => [each.path, each])).values()) {
    position = yield* planPrompt(prompt, options, position);
  }
}

/**
 * The same as a list.
 *
 * @returns the items, or the first problems of all prompt files and rows, with how many more there are
 */
export function planItems(prompts: readonly PromptFile[], options: PlanOptions): Result<PromptItem[]> {
  const items: PromptItem[] = [];
  const problems: Problem[] = [];
  for (const row of planRows(prompts, options)) {
    if (!row.ok) for (const problem of row.problems) problems.push(problem);
    else if (problems.length === 0) for (const item of row.value) items.push(item);
  }
  return problems.length > 0 ? { ok: false, problems: firstProblems(problems) } : { ok: true, value: items };
}
