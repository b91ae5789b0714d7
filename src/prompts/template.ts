import { randomInt } from 'node:crypto';
import { Context, Liquid, LiquidError, type FilterImplOptions, type TagToken, type Template } from 'liquidjs';
import type { ChatMessage } from '../model/message.ts';
import { brief, grouped, limits, sizeOf } from './limits.ts';
import type { MessageTemplate, Problem, PromptFile, RenderedMessages, Result } from './promptFile.ts';

/** Bounds on one message, far above any honest prompt, so that a runaway loop ends as a problem. */
const messageLimits = {
  /** Characters of a template. */
  parseLimit: limits.renderedLength,
  /** Roughly, characters and list entries made. */
  memoryLimit: 20_000_000,
};

/** How long the messages of one prompt may take together, ms. */
const renderLimit = 1_000;

/** How many missing variables of one message are told at once. */
const maxMissing = 20;

function holdsObjects(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsObjects);
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** As Liquid calls a filter. */
interface FilterCall {
  readonly context: Context;
}

/**
 * Objects would read `[object Object]`; everything else is left to Liquid. What is written counts, because a capture
 * may write itself twice.
 */
function readable(this: FilterCall, value: unknown): unknown {
  this.context.memoryLimit.use(sizeOf(value, messageLimits.memoryLimit));
  return holdsObjects(value) ? JSON.stringify(value) : value;
}

/** Its message is the whole sentence. */
class ForbiddenTag extends Error {}

const liquid = new Liquid({
  ...messageLimits,
  strictVariables: true,
  strictFilters: true,
  // `{% if tone %}` and `{{ tone | default: "warm" }}` are how Liquid says that a variable may be missing.
  lenientIf: true,
  ownPropertyOnly: true,
  // Else a missing variable `size` would be the size of what holds the variables.
  globals: { size: undefined },
  outputEscape: readable as unknown as (value: unknown) => string,
  // Asking the system for its locale costs 10 ms at every start.
  locale: 'en-US',
  // Nothing is ever looked up on disk.
  templates: {},
});

for (const tag of ['include', 'render', 'layout']) {
  liquid.registerTag(tag, {
    parse(token: TagToken) {
      throw new ForbiddenTag(`{% ${token.name} %} cannot be used here: put the text into the prompt file itself.`);
    },
    render: () => '',
  });
}

/** Looks at the time wherever a filter goes from entry to entry: Liquid itself looks only between tags. */
class TimedContext extends Context {
  override push(scope: object): number {
    this.#look();
    return super.push(scope);
  }

  override spawn(scope?: object): Context {
    this.#look();
    return super.spawn(scope);
  }

  override _getFromScope(...args: Parameters<Context['_getFromScope']>): IterableIterator<unknown> {
    this.#look();
    return super._getFromScope(...args);
  }

  #look(): void {
    this.renderLimit.check(performance.now());
  }
}

/** A date's format with more is no format. */
const longestDateFormat = 200;

const sortingCost = (value: unknown): number => (Array.isArray(value) ? 10 * value.length : 0);
// A list that holds itself twice, again and again, is small until somebody walks through it.
const addedSize = (_: unknown, added: unknown): number => sizeOf(added, messageLimits.memoryLimit);

/** What filters cost that Liquid counts for less, in the units of `memoryLimit`. */
const filterCosts: Readonly<Record<string, (value: unknown, argument: unknown) => number>> = {
  push: addedSize,
  unshift: addedSize,
  concat: addedSize,
  sort: sortingCost,
  sort_natural: sortingCost,
  uniq: sortingCost,
  sample: sortingCost,
  date: (_, format) => (typeof format === 'string' && format.length > longestDateFormat ? Infinity : 0),
};

function costly(filter: FilterImplOptions, cost: (value: unknown, argument: unknown) => number): FilterImplOptions {
  const handler = typeof filter === 'function' ? filter : filter.handler;
  return function (value: unknown, ...args: unknown[]): unknown {
    this.context.memoryLimit.use(cost(value, args[0]));
    return handler.call(this, value, ...args);
  };
}

for (const [name, cost] of Object.entries(filterCosts)) {
  const filter = liquid.filters[name];
  if (filter) liquid.registerFilter(name, costly(filter, cost));
}

/** One message, ready to be rendered any number of times. */
interface CompiledMessage {
  readonly source: MessageTemplate;
  readonly templates: Template[];
}

export interface CompiledPrompt {
  readonly path: string;
  readonly messages: readonly CompiledMessage[];
  /** Values of the editor's variables, by the number in their stand-in. */
  readonly editorValues: readonly string[];
}

/**
 * Stands in for an editor variable while Liquid works, so that its value is never taken for Liquid and rendered data is
 * never taken for an editor variable. Digits survive filters; that many of them cannot be guessed by data.
 */
const standIn = Array.from({ length: 16 }, () => randomInt(1e3, 1e4)).join('');
const standIns = new RegExp(`${standIn}(\\d{2})`, 'g');

/** Where Liquid begins, or an editor variable stands. */
const opening = /\{\{|\{%|\$\{(\w+)\}/g;

/** Liquid's own delimiters come first: `${file}` inside them is left alone. */
function takeOutVariables(template: string, names: readonly string[]): string {
  const next = new RegExp(opening);
  const unclosed = new Set<string>();
  let taken = '';
  let end = 0;
  for (let match = next.exec(template); match; match = next.exec(template)) {
    const [found, name] = match;
    if (name === undefined) {
      const close = found === '{{' ? '}}' : '%}';
      const at = unclosed.has(close) ? -1 : template.indexOf(close, next.lastIndex);
      if (at === -1) unclosed.add(close);
      next.lastIndex = at === -1 ? match.index + 1 : at + close.length;
      continue;
    }
    const number = names.indexOf(name);
    if (number === -1) continue;
    taken += template.slice(end, match.index) + standIn + String(number).padStart(2, '0');
    end = next.lastIndex;
  }
  return taken + template.slice(end);
}

/** @returns undefined if it is longer than messages may be */
function putInVariables(text: string, values: readonly string[]): string | undefined {
  let filled = '';
  let end = 0;
  for (const match of text.matchAll(standIns)) {
    filled += text.slice(end, match.index) + (values[Number(match[1])] ?? match[0]);
    if (filled.length > limits.renderedLength) return undefined;
    end = match.index + match[0].length;
  }
  return filled.length + text.length - end > limits.renderedLength ? undefined : filled + text.slice(end);
}

/** Tags and outputs, with the words that begin and end blocks. */
const tag = /\{\{|\{%-?\s*(?:(end)?(if|unless|for|case|tablerow|capture|comment|raw|block)\b|(liquid)\b)?/g;
/** The tag `liquid` has a tag on each line. */
const lineOfTags = /\n|\b(?:(end)?(if|unless|for|case|tablerow|capture|comment|raw|block)|(liquid))\b/g;

interface Extent {
  /** At least as many as there are. */
  tags: number;
  /** How deep blocks lie in each other. */
  depth: number;
}

/** Counts what parsing would cost, without parsing. */
function extentOf(template: string): Extent {
  let tags = 0;
  let depth = 0;
  let deepest = 0;
  const enter = (ends: string | undefined): void => {
    depth = Math.max(0, depth + (ends === undefined ? 1 : -1));
    deepest = Math.max(deepest, depth);
  };
  const next = new RegExp(tag);
  for (let match = next.exec(template); match; match = next.exec(template)) {
    tags += 1;
    const [, ends, block, lines] = match;
    if (block !== undefined) enter(ends);
    if (lines === undefined) continue;
    const close = template.indexOf('%}', next.lastIndex);
    const end = close === -1 ? template.length : close;
    const outside = depth;
    for (const [found, endsHere, blockHere, linesHere] of template.slice(next.lastIndex, end).matchAll(lineOfTags)) {
      if (found === '\n') tags += 1;
      else if (blockHere !== undefined || linesHere !== undefined) enter(endsHere);
    }
    depth = outside;
    next.lastIndex = end;
  }
  return { tags, depth: deepest };
}

/** Characters of a foreign name in a sentence. */
const longestName = 80;

/** What is wrong with one message. */
interface Complaint {
  /** A sentence. */
  readonly message: string;
  /** 1-based, within the template. */
  readonly line: number;
  /** The variable without a value, when that is what is wrong. */
  readonly variable?: string;
}

/** Told of a template that runs away. */
export const runsAway = 'This makes too much text or takes too long: make its loops smaller.';
const liesTooDeep = 'This lies too deep in itself: take some of its brackets or blocks apart.';

function sentenceOf(message: string): string {
  if (message.endsWith('limit exceeded') || /^Invalid (?:string|array) length/.test(message)) return runsAway;
  if (message.startsWith('Maximum call stack')) return liesTooDeep;
  const filter = /^undefined filter: (.*)$/s.exec(message)?.[1];
  if (filter !== undefined) return `Liquid has no filter "${brief(filter, longestName)}": correct its name.`;
  const told = brief(message.replace(/, line:\d+, col:\d+$/, '').replace(/\s+/g, ' '));
  return `This is not valid Liquid: ${told}. Text that only looks like Liquid goes between {% raw %} and {% endraw %}.`;
}

/** Reads Liquid's error by its fields: class names do not survive a minified bundle. */
function complaintOf(error: unknown): Complaint {
  if (!(error instanceof Error)) throw error;
  const located = LiquidError.is(error) ? error : undefined;
  const cause: Error & { readonly variableName?: unknown } = located?.originalError ?? error;
  const line = located?.token.getPosition()[0] ?? 1;
  if (cause instanceof ForbiddenTag) return { message: cause.message, line };
  if (typeof cause.variableName !== 'string') return { message: sentenceOf(cause.message), line };
  const message = `The variable "${brief(cause.variableName, longestName)}" has no value: give it a default under "inputs" in the front matter.`;
  return { message, line, variable: cause.variableName };
}

function problemOf(path: string, source: MessageTemplate, { line, message }: Complaint): Problem {
  // An expression that a value holds has lines of its own.
  const lines = source.template.split('\n').length;
  return { file: path, line: source.line + Math.min(line, lines) - 1, message };
}

/**
 * Parses the templates of a prompt once for all of its rows; the problems of all its messages are told together.
 *
 * @param variables the editor's `${…}` variables by name (at most 100); others stay in the text as they are
 */
export function compileTemplates(
  prompt: Pick<PromptFile, 'path' | 'messages'>,
  variables: Readonly<Record<string, string>> = {},
): Result<CompiledPrompt> {
  const names = Object.keys(variables);
  const editorValues = Object.values(variables);
  const messages: CompiledMessage[] = [];
  const problems: Problem[] = [];
  let tags = 0;
  for (const source of prompt.messages) {
    const extent = extentOf(source.template);
    tags += extent.tags;
    if (tags > limits.tags) {
      const message = `The prompt has more than ${grouped(limits.tags)} Liquid tags: make it shorter.`;
      problems.push({ file: prompt.path, line: source.line, message });
      break;
    }
    if (extent.depth > limits.depth) {
      const message = `This message has more than ${limits.depth} Liquid blocks within each other: take them apart.`;
      problems.push({ file: prompt.path, line: source.line, message });
      continue;
    }
    try {
      messages.push({ source, templates: liquid.parse(takeOutVariables(source.template, names)) });
    } catch (error) {
      const complaint = complaintOf(error);
      const message = putInVariables(complaint.message, editorValues) ?? complaint.message;
      problems.push(problemOf(prompt.path, source, { ...complaint, message }));
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: { path: prompt.path, messages, editorValues } };
}

/**
 * Renders strictly. A variable without a value is told and taken as empty, so that the next one is told too.
 *
 * @param deadline when it must be done, by `performance.now()`
 */
function renderMessage(
  message: CompiledMessage,
  values: Readonly<Record<string, unknown>>,
  deadline: number,
): string | Complaint[] {
  const missing: Complaint[] = [];
  const scope: Record<string, unknown> = { ...values };
  for (;;) {
    try {
      const left = Math.max(0, deadline - performance.now());
      const context = new TimedContext(scope, liquid.options, { sync: true, renderLimit: left }, { liquid });
      const text = liquid.renderSync(message.templates, context) as string;
      return missing.length > 0 ? missing : text;
    } catch (error) {
      const complaint = complaintOf(error);
      const root = complaint.variable?.split(/[.[]/, 1)[0];
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
  let length = 0;
  for (const message of prompt.messages) {
    let rendered = renderMessage(message, values, deadline);
    if (typeof rendered === 'string') {
      // Before anything reads it: a text of ropes takes its memory then.
      length += rendered.length;
      const content = length > limits.renderedLength ? undefined : putInVariables(rendered, prompt.editorValues);
      if (content !== undefined) {
        length += content.length - rendered.length;
        const trimmed = trimBlankLines(content);
        if (trimmed !== '') messages.push({ role: message.source.role, content: trimmed });
        continue;
      }
      rendered = [{ message: runsAway, line: 1 }];
    }
    problems.push(...rendered.map((complaint) => problemOf(prompt.path, message.source, complaint)));
    if (problems.some(({ message: told }) => told === runsAway)) break;
  }
  if (problems.length > 0) return { ok: false, problems };
  if (messages.length > 0) return { ok: true, value: messages };
  const line = prompt.messages[0]?.source.line ?? 1;
  const message = 'The prompt comes out empty with these inputs: give its variables a value.';
  return { ok: false, problems: [{ file: prompt.path, line, message }] };
}
