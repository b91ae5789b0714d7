import type { Outcome } from '../base/outcome.ts';

/** Where rows come from. */
export type DataSource =
  | { readonly kind: 'file'; readonly path: string }
  /** Every file that a pattern matches is a row. */
  | { readonly kind: 'files'; readonly pattern: string }
  | { readonly kind: 'rows'; readonly rows: readonly unknown[] };

/** What a prompt file says of its data: `candidates.data`. Paths are relative to the prompt file. */
export interface DataSettings {
  readonly source: DataSource;
  /** A column, or a Liquid template over the row: what tells rows apart. */
  readonly key?: string;
  /** A Liquid condition over the row. */
  readonly filter?: string;
  /** The first so many rows that pass the filter; at least 1. */
  readonly limit?: number;
  /** So many of them, spread by chance, the same ones in every run; at least 1. */
  readonly sample?: number;
  /** A WHATWG name such as `latin1`; absent: UTF-8, or UTF-16 by its byte order mark. */
  readonly encoding?: string;
  /** One character; absent: found from the first lines. */
  readonly delimiter?: string;
  /** 1-based line of the prompt file. */
  readonly line: number;
}

/** What a person has written about rows, ready to be asked for each. */
export interface RowExpression<Value> {
  /** The columns that it reads. */
  readonly columns: readonly string[];
  /** Columns that a row does not have count as empty. @returns a whole sentence about an expression that runs away */
  evaluate(values: Readonly<Record<string, unknown>>): Outcome<Value, string>;
}

/** How filters and keys are read. Failures are whole sentences. */
export interface RowExpressions {
  /** `type == "brand" and price > 10` */
  condition(source: string): Outcome<RowExpression<boolean>, string>;
  /** `{{ sku }}-{{ size }}`, or an expression without braces; empty when all that it puts in is. */
  text(source: string): Outcome<RowExpression<string>, string>;
}
