import type { Outcome } from '../../base/outcome.ts';
import type { RowExpression } from '../../model/data.ts';
import { isJsonObject } from '../../base/jsonObject.ts';
import type { Expressions, RecordData } from '../../flow/flow.ts';
import { recordTemplate, rowExpressions } from '../../prompts/rowExpressions.ts';

const opening = '{{';

/** A name or a path of names, and nothing else, that a template puts in. */
const plainName = /\{\{-?\s*([\p{L}_][\p{L}\p{N}_-]*(?:\.[\p{L}\p{N}_-]+|\[\d+\])*)\s*-?\}\}/gu;

/** Templates that are remembered. */
const mostCompiled = 1_000;

/** Templates of pipelines: Liquid between braces, and what stands outside of them as it is. Each is read once. */
export class StageExpressions implements Expressions {
  readonly #keys = new Compiled((template) => rowExpressions.text(template));
  readonly #templates = new Compiled(recordTemplate);

  text(template: string, record: RecordData): string | undefined {
    return this.#keys.evaluate(template, record);
  }

  fill(template: string, record: RecordData): string | undefined {
    return this.#templates.evaluate(template, record);
  }
}

/** Templates that are read in one way. */
class Compiled {
  readonly #read: (template: string) => Outcome<RowExpression<string>, string>;
  readonly #known = new Map<string, RowExpression<string> | undefined>();

  constructor(read: (template: string) => Outcome<RowExpression<string>, string>) {
    this.#read = read;
  }

  evaluate(template: string, record: RecordData): string | undefined {
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
    const known = this.#known.get(template);
    if (known || this.#known.has(template)) return known;
    const read = this.#read(template);
    const compiled = read.ok ? read.value : undefined;
    if (this.#known.size >= mostCompiled) this.#known.clear();
    this.#known.set(template, compiled);
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
