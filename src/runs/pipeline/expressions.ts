import type { RowExpression } from '../../model/data.ts';
import { isJsonObject } from '../../base/jsonObject.ts';
import { safeName } from '../../candidates/safeName.ts';
import type { Expressions, RecordData } from '../../flow/flow.ts';
import { rowExpressions } from '../../prompts/rowExpressions.ts';

const opening = '{{';

/** A name or a path of names, and nothing else, that a template puts in. */
const plainName = /\{\{-?\s*([\p{L}_][\p{L}\p{N}_-]*(?:\.[\p{L}\p{N}_-]+|\[\d+\])*)\s*-?\}\}/gu;

/** Templates of pipelines: Liquid between braces, and what stands outside of them as it is. Each is read once. */
export class StageExpressions implements Expressions {
  readonly #compiled = new Map<string, RowExpression<string> | undefined>();

  text(template: string, record: RecordData): string | undefined {
    if (!template.includes(opening)) return template;
    for (const [, name = ''] of template.matchAll(plainName)) {
      if (valueOf(record, name) === undefined) return undefined;
    }
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

/** Undefined where nothing stands at the path: nothing, too, is `null`. */
function valueOf(record: RecordData, path: string): unknown {
  let value: unknown = record;
  for (const name of path.split(/\.|\[(\d+)\]/)) {
    if (name === '' || (name as string | undefined) === undefined) continue;
    if (Array.isArray(value)) value = ofList(value as readonly unknown[], name);
    else if (isJsonObject(value) && Object.hasOwn(value, name)) value = value[name];
    else return undefined;
  }
  return value ?? undefined;
}

/** As Liquid has it. */
function ofList(list: readonly unknown[], name: string): unknown {
  if (name === 'size') return list.length;
  if (name === 'first') return list[0];
  return name === 'last' ? list.at(-1) : list[Number(name)];
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
