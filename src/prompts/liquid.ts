import {
  Context,
  defaultOperators,
  Liquid,
  Tokenizer,
  TypeGuards,
  Value,
  type Expression,
  type FilterImplOptions,
  type Output,
  type TagToken,
  type TopLevelToken,
} from 'liquidjs';
import { limits, sizeOf } from './limits.ts';
import { comparisons } from './rowOperators.ts';

export type TextToken = ReturnType<Tokenizer['readHTMLToken']>;
type OutputToken = ConstructorParameters<typeof Output>[0];

/** Bounds on one message, far above any honest prompt, so that a runaway loop ends as a problem. */
const messageLimits = {
  /** Characters of a template. */
  parseLimit: limits.renderedLength,
  /** Roughly, characters and list entries made. */
  memoryLimit: 20_000_000,
};

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
export function readable(this: FilterCall, value: unknown): unknown {
  this.context.memoryLimit.use(sizeOf(value, messageLimits.memoryLimit));
  return holdsObjects(value) ? JSON.stringify(value) : value;
}

/** Its message is the whole sentence. */
export class ForbiddenTag extends Error {}

export const liquid = new Liquid({
  ...messageLimits,
  strictVariables: true,
  strictFilters: true,
  // `{% if tone %}` and `{{ tone | default: "warm" }}` are how Liquid says that a variable may be missing.
  lenientIf: true,
  ownPropertyOnly: true,
  // Cells of CSV are texts: they compare as they do in a filter of rows.
  operators: { ...defaultOperators, ...comparisons },
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
export class TimedContext extends Context {
  /** Paths of files that the rendered text names. */
  readonly mentioned = new Set<string>();

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

/** What parsing one output gives: its value, or what is wrong with it. */
export type ParsedOutput = { readonly value: Value } | { readonly error: Error };

/** One output or tag as Liquid's own token. */
export function tokenAt(input: string, begin: number, end: number): TopLevelToken {
  return new Tokenizer(input, liquid.options.operators, undefined, [begin, end]).readTopLevelToken(liquid.options);
}

/** Text between outputs and tags, as it stands. */
export function textToken(input: string, begin: number, end: number): TextToken {
  return new Tokenizer(input, liquid.options.operators, undefined, [begin, end]).readHTMLToken([]);
}

/**
 * Stricter than Liquid, which passes over what it cannot read after a value.
 *
 * @param input the output alone: Liquid's errors take as long as the text is that they are in
 */
export function parseOutput(input: string): ParsedOutput {
  try {
    const [from, to] = (tokenAt(input, 0, input.length) as OutputToken).contentRange;
    const tokenizer = new Tokenizer(input, liquid.options.operators, undefined, [from, to]);
    const token = tokenizer.readFilteredValue();
    tokenizer.skipBlank();
    const isWhole = tokenizer.end() && input[from] !== '.' && isOneValue(token.initial);
    tokenizer.assert(isWhole, () => `invalid value expression: ${tokenizer.snapshot(from)}`);
    return { value: new Value(token, liquid) };
  } catch (error) {
    if (error instanceof Error) return { error };
    throw error;
  }
}

function isOneValue({ postfix }: Expression): boolean {
  let values = 0;
  for (const token of postfix) {
    if (!TypeGuards.isOperatorToken(token)) values += 1;
    else if (token.operator !== 'not') values -= 1;
  }
  return values === 1;
}
