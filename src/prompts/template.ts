import { isJsonObject } from '../base/jsonObject.ts';
import type { ChatMessage } from '../model/message.ts';
import { valueNames } from '../model/row.ts';
import type { CompiledMessage, Finding, Part } from './compiledMessage.ts';
import { excessOf, fileBlock, includedText, includesOf, type IncludedFiles } from './includes.ts';
import { firstHints, grouped, limits } from './limits.ts';
import { Lines } from './lines.ts';
import { liquid, TimedContext } from './liquid.ts';
import { complaintOf, runsAway, type Complaint } from './liquidErrors.ts';
import { extentOf } from './liquidExtent.ts';
import { compileMessage, type TemplateNames } from './messageCompiler.ts';
import { placeIn } from './places.ts';
import type { MessageTemplate, Problem, PromptFile, RenderedMessages, Result } from './promptFile.ts';
import { noProperty, noValue } from './unknownNames.ts';

export { runsAway } from './liquidErrors.ts';

/** How long the messages of one prompt may take together, ms. */
const renderLimit = 1_000;

/** How many missing variables of one message are told at once. */
const maxMissing = 20;

export interface CompiledPrompt {
  readonly path: string;
  readonly messages: readonly CompiledMessage[];
  /** What stays as it is although it looks like a template. */
  readonly hints: readonly Problem[];
  /** Blocks of the files that messages may name, by path. */
  readonly blocks: ReadonlyMap<string, string>;
  /** At the end of the last message, with what separates it. */
  readonly appended: string;
}

export interface CompileOptions {
  /** Names that rows have a value for, beside the inputs; absent: those of the rows that are there. */
  readonly names?: Iterable<string>;
  /** What the paths of `includesOf` hold; absent: files are not taken in. */
  readonly includes?: IncludedFiles;
}

/** What compiling needs of a prompt file. */
export type TemplateSource = Pick<PromptFile, 'path' | 'messages'> &
  Partial<Pick<PromptFile, 'inputs' | 'rows' | 'vary' | 'references'>>;

/** All names that have a value in some row. */
export function knownNames(prompt: TemplateSource, names?: Iterable<string>): ReadonlySet<string> {
  const known = new Set<string>([...Object.keys(prompt.inputs ?? {}), ...Object.keys(prompt.vary ?? {})]);
  if (names) for (const name of names) known.add(name);
  else for (const name of valueNames(prompt.rows ?? [])) known.add(name);
  return known;
}

/** Tells the findings of one message with their places in the file. */
export function locate(path: string, source: MessageTemplate, findings: readonly Finding[]): Problem[] {
  if (findings.length === 0) return [];
  const lines = new Lines(source.template);
  return findings.map(({ message, begin, end }) => {
    const from = placeIn(source, lines.positionAt(begin));
    const to = placeIn(source, lines.positionAt(end));
    if (end <= begin) return { file: path, line: from.line, message };
    // Of what goes over lines, the first one is marked.
    const place = to.line === from.line ? { column: from.column, endColumn: to.column } : { column: from.column };
    return { file: path, line: from.line, ...place, message };
  });
}

/** What would cost too much to compile, as a sentence; undefined if nothing does. */
function excessOfTags(source: MessageTemplate, before: number): { readonly tags: number; readonly message?: string } {
  const extent = extentOf(source.template);
  const tags = before + extent.tags;
  if (tags > limits.tags) {
    return { tags, message: `The prompt has more than ${grouped(limits.tags)} Liquid tags: make it shorter.` };
  }
  if (extent.depth > limits.depth) {
    return {
      tags,
      message: `This message has more than ${limits.depth} Liquid blocks within each other: take them apart.`,
    };
  }
  return { tags };
}

/** Everything that is found in the templates of a prompt. */
export interface TemplateFindings {
  readonly messages: readonly CompiledMessage[];
  readonly problems: readonly { readonly source: MessageTemplate; readonly findings: readonly Finding[] }[];
  readonly hints: readonly { readonly source: MessageTemplate; readonly findings: readonly Finding[] }[];
}

/** Compiles all messages, within limits. */
export function compileMessages(sources: readonly MessageTemplate[], names: TemplateNames): TemplateFindings {
  const messages: CompiledMessage[] = [];
  const problems: { readonly source: MessageTemplate; readonly findings: readonly Finding[] }[] = [];
  const hints: { readonly source: MessageTemplate; readonly findings: readonly Finding[] }[] = [];
  let tags = 0;
  for (const source of sources) {
    const excess = excessOfTags(source, tags);
    tags = excess.tags;
    if (excess.message !== undefined) {
      problems.push({ source, findings: [{ message: excess.message, begin: 0, end: 0 }] });
      if (tags > limits.tags) break;
      continue;
    }
    const compiled = compileMessage(source, names);
    if (compiled.message) messages.push(compiled.message);
    if (compiled.problems.length > 0) problems.push({ source, findings: compiled.problems });
    if (compiled.hints.length > 0) hints.push({ source, findings: compiled.hints });
  }
  return { messages, problems, hints };
}

/**
 * Parses the templates of a prompt once for all of its rows; the problems of all its messages are told together.
 *
 * @param variables the editor's `${…}` variables by name; others stay in the text as they are
 */
export function compileTemplates(
  prompt: TemplateSource,
  variables: Readonly<Record<string, string>> = {},
  options: CompileOptions = {},
): Result<CompiledPrompt> {
  const { path } = prompt;
  const { includes } = options;
  const known = knownNames(prompt, options.names);
  const found = compileMessages(prompt.messages, { variables, known, ...(includes && { includes }) });
  const problems = found.problems.flatMap(({ source, findings }) => locate(path, source, findings));
  const hints = found.hints.flatMap(({ source, findings }) => locate(path, source, findings));
  const blocks = new Map<string, string>();
  let appended = '';
  if (includes) {
    const references = includesOf(prompt);
    const excess = excessOf(references, includes);
    if (excess !== undefined) problems.push({ file: path, line: references[0]?.line ?? 1, message: excess });
    for (const { path: named, kind, line } of references) {
      const file = includes.get(named);
      if (file?.ok) blocks.set(named, fileBlock(named, includedText(file.value)));
      if (kind !== 'reference') continue;
      if (file?.ok) appended += `\n\n${blocks.get(named) ?? ''}`;
      else {
        const message = `The file "${named}" is not taken in, because it ${file?.failure ?? 'was not read'}: correct its path.`;
        hints.push({ file: path, line, message });
      }
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: { path, messages: found.messages, hints: firstHints(hints), blocks, appended } };
}

/** Without Liquid, where every name has a plain value; undefined otherwise. */
function fillIn(parts: readonly Part[], values: Readonly<Record<string, unknown>>): string | undefined {
  const texts: string[] = [];
  let length = 0;
  for (const part of parts) {
    const text = typeof part === 'string' ? part : plainText(values, part.name);
    if (text === undefined) return undefined;
    length += text.length;
    // Liquid tells of it.
    if (length > limits.renderedLength) return undefined;
    texts.push(text);
  }
  return texts.join('');
}

function plainText(values: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** What is missing, in one sentence. */
function told(complaint: Complaint, values: Readonly<Record<string, unknown>>): Complaint {
  const { variable } = complaint;
  if (variable === undefined) return complaint;
  const root = rootOf(variable);
  const message =
    root !== variable && Object.hasOwn(values, root)
      ? noProperty(variable, ...deepest(variable, values))
      : noValue(variable, Object.keys(values));
  return { ...complaint, message };
}

/** As far as a path of names leads: what is there, and its name. */
function deepest(variable: string, values: Readonly<Record<string, unknown>>): readonly [string, unknown] {
  const root = rootOf(variable);
  let path = root;
  let value = values[root];
  for (const name of variable.slice(root.length).split('.').slice(1)) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) break;
    value = value[name];
    path += `.${name}`;
  }
  return [path, value];
}

function rootOf(variable: string): string {
  return variable.split(/[.[]/, 1)[0] ?? '';
}

/**
 * Renders strictly. A variable without a value is told and taken as empty, so that the next one is told too.
 *
 * @param deadline when it must be done, by `performance.now()`
 */
function renderMessage(
  message: CompiledMessage,
  { blocks }: CompiledPrompt,
  values: Readonly<Record<string, unknown>>,
  deadline: number,
): string | Complaint[] {
  const filled = message.parts && fillIn(message.parts, values);
  if (filled !== undefined) return filled;
  const missing: Complaint[] = [];
  const scope: Record<string, unknown> = { ...values };
  for (;;) {
    try {
      const left = Math.max(0, deadline - performance.now());
      const context = new TimedContext(scope, liquid.options, { sync: true, renderLimit: left }, { liquid });
      const text = liquid.renderSync(message.templates, context) as string;
      if (missing.length > 0) return missing;
      const named = [...context.mentioned].map((path) => `\n\n${blocks.get(path) ?? ''}`);
      return named.length > 0 && text.length <= limits.renderedLength ? text.trimEnd() + named.join('') : text;
    } catch (error) {
      const complaint = told(complaintOf(error, message.source.template), values);
      const root = complaint.variable === undefined ? undefined : rootOf(complaint.variable);
      if (root === undefined) return missing.length > 0 ? missing : [complaint];
      if (Object.hasOwn(values, root)) return [...missing, complaint];
      if (Object.hasOwn(scope, root)) return missing;
      missing.push(complaint);
      if (missing.length === maxMissing) return missing;
      scope[root] = '';
    }
  }
}

/** As a service should get it: no blank lines before or after it. */
function trimBlankLines(text: string): string {
  const start = text.length - text.trimStart().length;
  return text.slice(text.lastIndexOf('\n', start - 1) + 1).trimEnd();
}

/**
 * Renders the messages of a prompt with the values of its inputs and its row. Values are put in as they are, neither
 * escaped nor read as Liquid, as roles or as `${…}`. Messages that come out empty are left out.
 *
 * @param values by variable name
 * @returns problems, with line, when a variable has no value, a template runs away or nothing at all comes out
 */
export function renderMessages(
  prompt: CompiledPrompt,
  values: Readonly<Record<string, unknown>>,
): Result<RenderedMessages> {
  const messages: ChatMessage[] = [];
  const problems: Problem[] = [];
  const deadline = performance.now() + renderLimit;
  let length = prompt.appended.length;
  for (const message of prompt.messages) {
    let rendered = renderMessage(message, prompt, values, deadline);
    if (typeof rendered === 'string') {
      // Before anything reads it: a text of ropes takes its memory then.
      length += rendered.length;
      if (length <= limits.renderedLength) {
        const content = trimBlankLines(rendered);
        if (content !== '') messages.push({ role: message.source.role, content });
        continue;
      }
      rendered = [{ message: runsAway, begin: 0, end: 0 }];
    }
    problems.push(...locate(prompt.path, message.source, rendered));
    if (problems.some(({ message: sentence }) => sentence === runsAway)) break;
  }
  if (problems.length > 0) return { ok: false, problems };
  const last = messages.at(-1);
  if (last) {
    if (prompt.appended !== '') messages[messages.length - 1] = { ...last, content: last.content + prompt.appended };
    // A list that has grown keeps room for more, and a plan has hundreds of thousands of them.
    return { ok: true, value: messages.slice() };
  }
  const line = prompt.messages[0]?.source.line ?? 1;
  const message = 'The prompt comes out empty with these inputs: give its variables a value.';
  return { ok: false, problems: [{ file: prompt.path, line, message }] };
}
