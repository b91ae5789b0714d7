import { randomBytes } from 'node:crypto';
import type { Expressions, RecordData } from '../flow/flow.ts';
import { brief } from '../base/sentence.ts';
import { failed, success, type Outcome } from '../base/outcome.ts';

/** A part of a rendered template: what its author wrote, or what a record put into it. */
export interface Piece {
  readonly text: string;
  readonly isValue: boolean;
}

/** What a template is rendered with. */
export interface Scope {
  readonly record: RecordData;
  readonly expressions: Expressions;
}

/** Where the outputs `{{ … }}` of a template begin and end. Quoted braces in them are no end. */
function outputsOf(template: string): readonly { readonly from: number; readonly to: number }[] {
  const outputs: { from: number; to: number }[] = [];
  for (let from = template.indexOf('{{'); from !== -1; from = template.indexOf('{{', outputs.at(-1)?.to)) {
    const to = endOfOutput(template, from + 2);
    if (to === undefined) break;
    outputs.push({ from, to });
  }
  return outputs;
}

function endOfOutput(template: string, begin: number): number | undefined {
  for (let place = begin; place < template.length; place++) {
    const character = template.charAt(place);
    if (character === '"' || character === "'") {
      const close = template.indexOf(character, place + 1);
      if (close === -1) return undefined;
      place = close;
    } else if (template.startsWith('}}', place)) {
      return place + 2;
    }
  }
  return undefined;
}

/** Whether a text has something in it that a record fills in. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

/** Whether a template is one output and nothing else. */
export function isOneOutput(template: string): boolean {
  const trimmed = template.trim();
  const [first, ...others] = outputsOf(trimmed);
  return first !== undefined && others.length === 0 && first.from === 0 && first.to === trimmed.length;
}

/** @returns one sentence when a name in the template has no value */
export function render(template: string, { record, expressions }: Scope): Outcome<string, string> {
  if (!isTemplate(template)) return success(template);
  const text = expressions.fill(template, record);
  return text === undefined ? failed(missingIn(template, { record, expressions })) : success(text);
}

function missingIn(template: string, { record, expressions }: Scope): string {
  const texts = outputsOf(template).map(({ from, to }) => template.slice(from, to));
  const missing = texts.find((output) => expressions.fill(output, record) === undefined) ?? template;
  return `The record has no value for ${brief(missing.trim(), 100)}: correct the name, or say {{ name | default: "" }}.`;
}

/** Renders before the marks are others: what a filter has made of some of them helps nobody for long. */
const rendersOfMarks = 10_000;

/** Stand around each output while it is rendered; no record can know them. The same for many renders: each is read once. */
class Marks {
  #digits = '';
  #left = 0;

  next(): string {
    if (this.#left === 0) {
      this.#digits = randomBytes(9).toString('hex');
      this.#left = rendersOfMarks;
    }
    this.#left--;
    return this.#digits;
  }
}

const marks = new Marks();

/**
 * Renders a template and tells apart what comes from its author and what from the record, whatever tags and loops it
 * has.
 */
export function renderPieces(template: string, scope: Scope): Outcome<readonly Piece[], string> {
  if (!isTemplate(template)) return success([{ text: template, isValue: false }]);
  const nonce = marks.next();
  const [open, close] = [`\u{f0001}${nonce}<`, `\u{f0001}${nonce}>`];
  let marked = '';
  let end = 0;
  for (const { from, to } of outputsOf(template)) {
    marked += template.slice(end, from) + open + template.slice(from, to) + close;
    end = to;
  }
  const text = scope.expressions.fill(marked + template.slice(end), scope.record);
  if (text === undefined) return failed(missingIn(template, scope));
  const pieces = split(text, open, close);
  return pieces.some((piece) => piece.text.toLowerCase().includes(nonce)) ? failed(cutApart) : success(pieces);
}

const cutApart =
  'A filter changes what a "capture" has caught, so that values cannot be told apart: use it within the capture.';

/** An output may hold what other outputs have written, through `capture`: the outermost marks count. */
function split(text: string, open: string, close: string): Piece[] {
  const pieces: Piece[] = [];
  let depth = 0;
  const mark = open.slice(0, -1);
  for (const part of text.split(mark)) {
    const isFirst = pieces.length === 0 && depth === 0;
    const sign = isFirst ? '' : part.charAt(0);
    if (sign === open.at(-1)) depth += 1;
    else if (sign === close.at(-1)) depth -= 1;
    const rest = part.slice(sign.length);
    const isValue = depth > 0;
    const last = pieces.at(-1);
    // What stands between the inner marks of one output belongs to it.
    if (isValue && last?.isValue === true && (depth > 1 || sign === close.at(-1))) {
      pieces[pieces.length - 1] = { text: last.text + rest, isValue };
    } else {
      pieces.push({ text: rest, isValue });
    }
  }
  return pieces.filter(({ text: each, isValue }) => isValue || each !== '');
}

/** The texts of a value of any depth rendered; everything else stays as it is. */
export function renderAll(value: unknown, scope: Scope, depth = 0): Outcome<unknown, string> {
  if (depth > deepest) return failed(`A value has more than ${deepest} levels: make it flatter.`);
  if (typeof value === 'string') return render(value, scope);
  if (typeof value !== 'object' || value === null) return success(value);
  const rendered: [string, unknown][] = [];
  for (const [name, inner] of Object.entries(value)) {
    const outcome = renderAll(inner, scope, depth + 1);
    if (!outcome.ok) return outcome;
    rendered.push([name, outcome.value]);
  }
  return success(Array.isArray(value) ? rendered.map(([, inner]) => inner) : Object.fromEntries(rendered));
}

const deepest = 50;
