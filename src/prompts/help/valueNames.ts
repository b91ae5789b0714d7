import { isJsonObject } from '../../base/jsonObject.ts';
import type { PromptFile } from '../promptFile.ts';

/** Where the value of a variable comes from. */
export type NameSource =
  /** The first row. */
  | { readonly kind: 'row'; readonly value: unknown }
  | { readonly kind: 'input'; readonly value: unknown }
  /** Spread over the candidates. */
  | { readonly kind: 'vary'; readonly values: readonly unknown[] }
  /** Whoever generates is asked for it. */
  | { readonly kind: 'asked'; readonly description?: string }
  /** Declared as one that may be missing. */
  | { readonly kind: 'optional'; readonly description?: string }
  /** A stage before adds it. @property value what it is like, with words in place of values */
  | { readonly kind: 'added'; readonly stage: string; readonly value: unknown }
  /** Every record has it. @property note what it is */
  | { readonly kind: 'given'; readonly note: string };

/** What is known of variables, by name. */
export interface ValueNames {
  readonly names: ReadonlyMap<string, NameSource>;
  readonly columns: readonly string[];
  /** Whether rows may have more, which nobody has read. */
  readonly mayHaveMore: boolean;
}

export const noNames: ValueNames = { names: new Map(), columns: [], mayHaveMore: true };

/** @param row values of the first row, by column; absent: those that are in the file itself, if any */
export function valueNames(prompt: PromptFile, row?: Readonly<Record<string, unknown>>): ValueNames {
  const names = new Map<string, NameSource>();
  for (const [name, { description, required }] of Object.entries(prompt.inputNotes ?? {})) {
    const about = description === undefined ? {} : { description };
    names.set(name, { kind: required === false ? 'optional' : 'asked', ...about });
  }
  for (const [name, value] of Object.entries(prompt.inputs)) names.set(name, { kind: 'input', value });
  const values = row ?? ownRow(prompt);
  for (const [name, value] of Object.entries(values ?? {})) names.set(name, { kind: 'row', value });
  for (const [name, choices] of Object.entries(prompt.vary ?? {})) names.set(name, { kind: 'vary', values: choices });
  const mayHaveMore = (prompt.data !== undefined && values === undefined) || prompt.promptBy !== undefined;
  return { names, columns: Object.keys(values ?? {}), mayHaveMore };
}

function ownRow({ data }: PromptFile): Readonly<Record<string, unknown>> | undefined {
  if (data?.source.kind !== 'rows') return undefined;
  const [first] = data.source.rows;
  return isJsonObject(first) ? first : undefined;
}

/** The value of which a name takes a part; undefined if there is none. */
export function sampleOf(source: NameSource | undefined): unknown {
  switch (source?.kind) {
    case 'row':
    case 'input':
    case 'added':
      return source.value;
    case 'vary':
      return source.values[0];
    case 'asked':
    case 'optional':
    case 'given':
    case undefined:
      return undefined;
  }
}
