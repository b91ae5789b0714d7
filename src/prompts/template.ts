import { randomInt } from 'node:crypto';
import { Liquid, LiquidError, type TagToken, type Template } from 'liquidjs';
import type { ChatMessage } from '../model/message.ts';
import type { MessageTemplate, Problem, PromptFile, RenderedMessages, Result } from './promptFile.ts';

/** Bounds on one message, far above any honest prompt, so that a runaway loop ends as a problem. */
const limits = {
  /** Characters of a template. */
  parseLimit: 5_000_000,
  /** Milliseconds. */
  renderLimit: 1_000,
  /** Roughly, characters and list entries made. */
  memoryLimit: 20_000_000,
};

/** How many missing variables of one message are told at once. */
const maxMissing = 20;

function holdsObjects(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsObjects);
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Objects would read `[object Object]`; everything else is left to Liquid. */
function readable(value: unknown): unknown {
  return holdsObjects(value) ? JSON.stringify(value) : value;
}

/** Its message is the whole sentence. */
class ForbiddenTag extends Error {}

const liquid = new Liquid({
  ...limits,
  strictVariables: true,
  strictFilters: true,
  // `{% if tone %}` and `{{ tone | default: "warm" }}` are how Liquid says that a variable may be missing.
  lenientIf: true,
  ownPropertyOnly: true,
  // Else a missing variable `size` would be the size of what holds the variables.
  globals: { size: undefined },
  outputEscape: readable as (value: unknown) => string,
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

/** Liquid's own delimiters come first: `${file}` inside them is left alone. */
const editorVariable = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\$\{(\w+)\}/g;

function takeOutVariables(template: string, names: readonly string[]): string {
  return template.replace(editorVariable, (match, name: string | undefined) => {
    const number = name === undefined ? -1 : names.indexOf(name);
    return number === -1 ? match : standIn + String(number).padStart(2, '0');
  });
}

function putInVariables(text: string, values: readonly string[]): string {
  return text.replace(standIns, (match, number: string) => values[Number(number)] ?? match);
}

/** What is wrong with one message. */
interface Complaint {
  /** A sentence. */
  readonly message: string;
  /** 1-based, within the template. */
  readonly line: number;
  /** The variable without a value, when that is what is wrong. */
  readonly variable?: string;
}

function sentenceOf(message: string): string {
  if (message.endsWith('limit exceeded')) return 'This makes too much text or takes too long: make its loops smaller.';
  const filter = /^undefined filter: (.*)$/s.exec(message)?.[1];
  if (filter !== undefined) return `Liquid has no filter "${filter}": correct its name.`;
  const told = message.replace(/, line:\d+, col:\d+$/, '').replace(/\s+/g, ' ');
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
  const message = `The variable "${cause.variableName}" has no value: give it a default under "inputs" in the front matter.`;
  return { message, line, variable: cause.variableName };
}

function problemOf(path: string, source: MessageTemplate, { line, message }: Complaint): Problem {
  return { file: path, line: source.line + line - 1, message };
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
  for (const source of prompt.messages) {
    try {
      messages.push({ source, templates: liquid.parse(takeOutVariables(source.template, names)) });
    } catch (error) {
      const complaint = complaintOf(error);
      const message = putInVariables(complaint.message, editorValues);
      problems.push(problemOf(prompt.path, source, { ...complaint, message }));
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: { path: prompt.path, messages, editorValues } };
}

/** Renders strictly. A variable without a value is told and taken as empty, so that the next one is told too. */
function renderMessage(message: CompiledMessage, values: Readonly<Record<string, unknown>>): string | Complaint[] {
  const missing: Complaint[] = [];
  const scope: Record<string, unknown> = { ...values };
  for (;;) {
    try {
      const text = liquid.renderSync(message.templates, scope) as string;
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
  return text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();
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
  for (const message of prompt.messages) {
    const rendered = renderMessage(message, values);
    if (typeof rendered !== 'string') {
      problems.push(...rendered.map((complaint) => problemOf(prompt.path, message.source, complaint)));
      continue;
    }
    const content = trimBlankLines(putInVariables(rendered, prompt.editorValues));
    if (content !== '') messages.push({ role: message.source.role, content });
  }
  if (problems.length > 0) return { ok: false, problems };
  if (messages.length > 0) return { ok: true, value: messages };
  const line = prompt.messages[0]?.source.line ?? 1;
  const message = 'The prompt comes out empty with these inputs: give its variables a value.';
  return { ok: false, problems: [{ file: prompt.path, line, message }] };
}
