import { posix } from 'node:path';
import type { JsonObject } from '../base/jsonObject.ts';
import type { Priority } from '../model/item.ts';
import type { Parameters } from '../model/message.ts';
import { itemId } from '../model/identity.ts';
import { missingColumns, type CandidatePlace } from '../candidates/candidateName.ts';
import type { IncludedFiles } from './includes.ts';
import type { Problem, PromptFile, RenderedMessages, Result } from './promptFile.ts';
import type { Row } from '../model/row.ts';
import { firstProblems, grouped, limits } from './limits.ts';
import { compileTemplates, renderMessages, runsAway, type CompiledPrompt } from './template.ts';
import { combinationsOf, variantsOf } from './vary.ts';

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

/** The work of making one candidate. Items of one prompt, row, model and combination of varied values share everything but id, position and index. */
export interface PromptItem {
  /** 16 hex digits: the same for the same prompt path, row, model and index, in every run. */
  readonly id: string;
  /** 0-based place in the plan. */
  readonly position: number;
  readonly prompt: PromptFile;
  /** Key of the row; empty for a prompt without data. */
  readonly key: string;
  /** Label of the row; empty for a prompt without data. */
  readonly row: string;
  readonly model: string;
  /** 1-based, within prompt, row and model. */
  readonly index: number;
  readonly messages: RenderedMessages;
  /** A seed counts up with the index, so that the candidates differ and can be made again. */
  readonly parameters: Parameters;
  readonly priority: Priority;
  /** Where the candidate goes, but for its number. */
  readonly place: CandidatePlace;
  /** What the messages were rendered with: the inputs, the row's values over them, and over these what is varied. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Those of the variables that are spread over the candidates. */
  readonly vary?: Readonly<Record<string, unknown>>;
  readonly schema?: JsonObject;
  /** Files that go with the messages, relative to the root, with `/`; those with the same messages share the list. */
  readonly attach: readonly string[];
  /** Candidates with the same messages and model, this one included. */
  readonly siblings: number;
}

function parametersAt(parameters: Parameters, index: number): Parameters {
  return parameters.seed === undefined || index === 1
    ? parameters
    : { ...parameters, seed: parameters.seed + index - 1 };
}

type Draft = Omit<PromptItem, 'position'>;

function modelsOf(prompt: PromptFile, { models, defaultModel }: PlanOptions): readonly string[] {
  if (models !== undefined && models.length > 0) return [...new Set(models)];
  return prompt.models.length > 0 ? prompt.models : [defaultModel];
}

/** What candidates of a row have in common that vary in the same way. */
interface Rendered {
  readonly messages: RenderedMessages;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly vary?: Readonly<Record<string, unknown>>;
  readonly attach: readonly string[];
  readonly siblings: number;
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

function compilePrompt(
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

function planRow(prompt: PromptFile, compiled: Templates, row: Row, options: PlanOptions): Result<Draft[]> {
  const models = modelsOf(prompt, options);
  const schema = options.schemas?.get(prompt.path);
  const more = schema ? { isJson: true } : {};
  const places = models.map((model): CandidatePlace => ({ row, model, severalModels: models.length > 1, ...more }));
  const rendered = renderVariants(prompt, compiled, row, options);
  if (!rendered.ok) return rendered;
  const items: Draft[] = [];
  for (let index = 1; index <= (options.count ?? prompt.count); index += 1) {
    const parameters = parametersAt(prompt.parameters, index);
    const variant = rendered.value[(index - 1) % rendered.value.length];
    if (!variant) break;
    for (const place of places) {
      items.push({
        id: itemId({ pipeline: prompt.path, key: row.key, model: place.model, index }),
        prompt,
        key: row.key,
        row: row.label,
        model: place.model,
        index,
        parameters,
        priority: prompt.priority ?? options.defaultPriority,
        place,
        ...variant,
        ...(schema ? { schema } : {}),
      });
    }
  }
  return { ok: true, value: items };
}

/** One for each combination that a candidate has. */
function renderVariants(
  prompt: PromptFile,
  templates: Templates,
  row: Row,
  { count = prompt.count }: PlanOptions,
): Result<Rendered[]> {
  const { vary } = prompt;
  const combinations = vary ? Math.min(count, combinationsOf(vary)) : 1;
  const variants: Rendered[] = [];
  for (let place = 0; place < combinations; place += 1) {
    const chosen = vary && variantsOf(vary, place);
    const variables = { ...prompt.inputs, ...row.values, ...chosen };
    const messages = renderMessages(templates.messages, variables);
    if (!messages.ok) return messages;
    const attach = renderPaths(prompt, templates.attach, variables);
    if (!attach.ok) return attach;
    const siblings = Math.ceil((count - place) / combinations);
    variants.push({
      messages: messages.value,
      attach: attach.value,
      variables,
      siblings,
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

/** A path that comes out empty attaches nothing. */
function renderPaths(
  { path }: PromptFile,
  compiled: CompiledPrompt | undefined,
  variables: Readonly<Record<string, unknown>>,
): Result<readonly string[]> {
  if (!compiled) return { ok: true, value: [] };
  const rendered = renderMessages(compiled, variables);
  if (!rendered.ok) return rendered;
  const paths = rendered.value.map(({ content }) => content.slice(here.length).trim()).filter((each) => each !== '');
  return { ok: true, value: paths.map((each) => posix.join(posix.dirname(path), each)) };
}

/** The first row shows what a pattern lacks: columns are the same for all rows. */
function checkColumns(prompt: PromptFile): Problem[] {
  const [row] = prompt.rows;
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

function planPrompt(prompt: PromptFile, options: PlanOptions, room: number): Result<Draft[]> {
  const each = (options.count ?? prompt.count) * modelsOf(prompt, options).length;
  if (each * prompt.rows.length > room) return { ok: false, problems: [tooManyItems(prompt)] };
  const problems = checkColumns(prompt);
  const names = new Set(Object.keys(prompt.vary ?? {}));
  for (const { values } of prompt.rows) for (const name in values) names.add(name);
  const compile = (): Result<Templates> => compilePrompt(prompt, names, options);
  const compiled = options.templates?.of(prompt, names, compile) ?? compile();
  if (!compiled.ok) return { ok: false, problems: [...problems, ...compiled.problems] };
  const templates = compiled.value;
  for (const hint of templates.messages.hints) options.tellHint?.(hint);
  const items: Draft[] = [];
  for (const row of prompt.rows) {
    const planned = planRow(prompt, templates, row, options);
    if (planned.ok) {
      for (const item of planned.value) items.push(item);
      continue;
    }
    problems.push(...planned.problems);
    // The next row would run away too, and take as long.
    if (planned.problems.some(({ message }) => message === runsAway)) break;
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: items };
}

/**
 * Plans a run, before anything is spent. The order is prompt file, row, index, model: a run that is stopped halfway
 * leaves whole rows to choose from, and candidate 1 of every model before candidate 2 of any.
 *
 * @param prompts a path that comes twice is planned once
 * @returns the items, or the first problems of all prompt files and rows, with how many more there are
 */
export function planItems(prompts: readonly PromptFile[], options: PlanOptions): Result<PromptItem[]> {
  const items: PromptItem[] = [];
  const problems: Problem[] = [];
  for (const prompt of new Map(prompts.map((each) => [each.path, each])).values()) {
    const planned = planPrompt(prompt, options, limits.items - items.length);
    if (!planned.ok) {
      for (const problem of planned.problems) problems.push(problem);
      continue;
    }
    for (const draft of planned.value) items.push({ ...draft, position: items.length });
  }
  return problems.length > 0 ? { ok: false, problems: firstProblems(problems) } : { ok: true, value: items };
}
