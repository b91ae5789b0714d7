import type { RowExpression } from '../../model/data.ts';
import { safeName } from '../../candidates/safeName.ts';
import type { Expressions, RecordData } from '../../flow/flow.ts';
import { rowExpressions } from '../../prompts/rowExpressions.ts';

const opening = '{{';

/** Templates of pipelines: Liquid between braces, and what stands outside of them as it is. Each is read once. */
export class StageExpressions implements Expressions {
  readonly #compiled = new Map<string, RowExpression<string> | undefined>();

  text(template: string, record: RecordData): string | undefined {
    if (!template.includes(opening)) return template;
    const compiled = this.#compile(template);
    if (!compiled) return undefined;
    const text = compiled.evaluate(record);
    return text.ok ? text.value : undefined;
  }

  #compile(template: string): RowExpression<string> | undefined {
    const known = this.#compiled.get(template);
    if (known || this.#compiled.has(template)) return known;
    const read = rowExpressions.text(template);
    const compiled = read.ok ? read.value : undefined;
    this.#compiled.set(template, compiled);
    return compiled;
  }
}

/** An expression that may stand without braces, as a template. */
export function asTemplate(expression: string): string {
  return expression.includes(opening) ? expression : `${opening} ${expression} }}`;
}

/**
 * A path with the values of a record in it. Each value is a part of a name, whatever is in it.
 *
 * @returns undefined where a value is missing
 */
export function renderPath(template: string, record: RecordData, expressions: Expressions): string | undefined {
  let path = '';
  for (const piece of template.split(/(\{\{.*?\}\})/s)) {
    if (!piece.startsWith(opening)) {
      path += piece;
      continue;
    }
    const value = expressions.text(piece, record)?.trim() ?? '';
    if (value === '') return undefined;
    path += safeName(value);
  }
  return path;
}

/** A record with what only templates of its item know: its key as a name, and its number. */
export function withItem(
  record: RecordData,
  item: { readonly key: string; readonly index: number },
  isOneOfMany: boolean,
): RecordData {
  const key = item.key.replace(/^\/+/, '').replaceAll('/', '-');
  const index = isOneOfMany || record.index === undefined ? item.index : record.index;
  return { key, ...record, index };
}
