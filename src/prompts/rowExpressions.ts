import {
  Context,
  Liquid,
  TokenKind,
  Tokenizer,
  toValueSync,
  Value,
  type FilteredValueToken,
  type FilterImplOptions,
  type PropertyAccessToken,
  type Token,
} from 'liquidjs';
import { failed, success, type Outcome } from '../base/outcome.ts';
import { brief } from '../base/sentence.ts';
import type { RowExpression, RowExpressions } from '../model/data.ts';
import type { NameUse } from './liquidNames.ts';
import { counts, rowOperators } from './rowOperators.ts';

/** UTF-16 units of a filter or key. */
const longest = 1_000;

/** UTF-16 units of a template of a stage: a line for a shell, or a text that a program reads. */
const longestTemplate = 20_000;

/** Roughly, UTF-16 units that one row may make. */
const memoryLimit = 5_000_000;

/** Those whose cost is that of the text they are given; none evaluates an expression for every entry of a list. */
const filters = [
  ...['abs', 'append', 'at_least', 'at_most', 'capitalize', 'ceil', 'default', 'divided_by', 'downcase', 'first'],
  ...['floor', 'last', 'lstrip', 'minus', 'modulo', 'plus', 'prepend', 'remove', 'replace', 'round', 'rstrip', 'size'],
  ...['slice', 'slugify', 'split', 'strip', 'times', 'truncate', 'upcase', 'url_encode'],
];

const liquid = new Liquid({
  memoryLimit,
  strictFilters: true,
  ownPropertyOnly: true,
  groupedExpressions: true,
  operators: rowOperators,
  // Else a row without a column `size` would have its own size in it.
  globals: { size: undefined },
  locale: 'en-US',
  templates: {},
});

for (const name of Object.keys(liquid.filters)) {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- Liquid has no other way to do without one.
  if (!filters.includes(name)) delete liquid.filters[name];
}

function costly(filter: FilterImplOptions): FilterImplOptions {
  const handler = typeof filter === 'function' ? filter : filter.handler;
  return function (value: unknown, ...args: unknown[]): unknown {
    const [, replacement] = args;
    if (typeof value === 'string' && typeof replacement === 'string') {
      this.context.memoryLimit.use(value.length * replacement.length);
    }
    return handler.call(this, value, ...args);
  };
}

const { replace } = liquid.filters;
if (replace) liquid.registerFilter('replace', costly(replace));

/** What is wrong with an expression; its message is the end of a sentence. */
class Invalid extends Error {}

/** Liquid reads what it can of an expression and leaves the rest alone: here, all of it must make sense. */
class Checker {
  readonly used: NameUse[] = [];
  #mayBeMissing = false;

  checkValue({ initial, filters: used }: FilteredValueToken): void {
    const isNeeded = this.#mayBeMissing;
    this.#mayBeMissing ||= used[0]?.name === 'default';
    this.#checkPostfix(initial.postfix);
    this.#mayBeMissing = isNeeded;
    for (const { name, args } of used) {
      if (!filters.includes(name)) {
        throw new Invalid(`there is no filter "${brief(name, 80)}" here, but ${filters.join(', ')}`);
      }
      for (const argument of args) {
        const token = Array.isArray(argument) ? argument[1] : argument;
        if (token) this.#check(token);
      }
    }
  }

  #checkPostfix(tokens: readonly Token[]): void {
    let operands = 0;
    let hasOr = false;
    for (const token of tokens) {
      if (token.kind !== TokenKind.Operator) {
        this.#check(token);
        operands += 1;
        continue;
      }
      const operator = token.getText();
      const taken = operator === 'not' ? 1 : 2;
      if (operands < taken) throw new Invalid(`"${operator}" lacks a value`);
      operands -= taken - 1;
      // Operators come in reverse order. Liquid would take "a and b or c" for "a and (b or c)".
      if (operator === 'and' && hasOr) {
        throw new Invalid('"and" before "or" needs parentheses, such as "(a and b) or c"');
      }
      hasOr ||= operator === 'or';
    }
    if (operands !== 1) throw new Invalid('there is no operator, such as "==", between two values');
  }

  #check(token: Token): void {
    switch (token.kind) {
      case TokenKind.FilteredValue:
        this.checkValue(token as FilteredValueToken);
        break;
      case TokenKind.Range:
        throw new Invalid('ranges such as "(1..3)" cannot be used here');
      case TokenKind.PropertyAccess: {
        const { variable, props } = token as PropertyAccessToken;
        if (variable) this.#check(variable);
        else if (props[0] && 'content' in props[0]) {
          const { content, begin, end } = props[0];
          this.used.push({ name: String(content), begin, end, mayBeMissing: this.#mayBeMissing });
        }
        for (const property of props) this.#check(property);
        break;
      }
      case TokenKind.Quoted: {
        const text = token.getText();
        if (text.length < 2 || !text.endsWith(text.charAt(0))) throw new Invalid('a quote is not closed');
        break;
      }
      default:
    }
  }
}

/** An expression, read once for all rows. */
interface Compiled {
  readonly used: readonly NameUse[];
  /** @throws Liquid's error when it makes too much */
  read(values: Readonly<Record<string, unknown>>): { readonly value: unknown; readonly context: Context };
}

/** @throws Invalid, or what Liquid throws */
function compile(source: string): Compiled {
  const tokenizer = new Tokenizer(source, liquid.options.operators, undefined, undefined, true);
  const token = tokenizer.readFilteredValue();
  tokenizer.skipBlank();
  if (!tokenizer.end()) throw new Invalid(`"${brief(source.slice(tokenizer.p), 40)}" cannot stand there`);
  const checker = new Checker();
  checker.checkValue(token);
  const expression = new Value(token, liquid);
  return {
    used: checker.used,
    read: (values) => {
      const context = new Context(values, liquid.options, { sync: true }, { liquid });
      return { value: toValueSync(expression.value(context, true)), context };
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  if (error instanceof Invalid) return error.message;
  if (error.message.startsWith('expected "|"')) {
    return 'an operator is none of "==", "!=", ">", "<", ">=", "<=", "contains", "and", "or" and "not"';
  }
  if (error.message.startsWith('Maximum call stack')) return 'its brackets lie too deep in each other';
  return brief(error.message.replace(/, line:\d+, col:\d+$/, '').replace(/\s+/g, ' '));
}

/** @param what `filter`, `key` or `template` */
function tryToCompile<Made>(
  what: string,
  source: string,
  make: () => Made,
  most: number = longest,
): Outcome<Made, string> {
  if (source.length > most) return failed(`The ${what} has more than ${most} characters: make it shorter.`);
  try {
    return success(make());
  } catch (error) {
    return failed(`The ${what} "${brief(source, 80)}" cannot be read, because ${reasonOf(error)}: correct it.`);
  }
}

function evaluating<Made>(what: string, evaluate: () => Made): Outcome<Made, string> {
  try {
    return success(evaluate());
  } catch (error) {
    return failed(`The ${what} cannot be worked out for a row (${reasonOf(error)}): make it simpler.`);
  }
}

/** A part of a key: fixed text, or an expression that begins somewhere in it. */
type Piece = string | (Compiled & { readonly begin: number });

function columnsOf(pieces: readonly (string | Compiled)[]): readonly string[] {
  const used = pieces.flatMap((piece) => (typeof piece === 'string' ? [] : piece.used));
  return [...new Set(used.map(({ name }) => name))];
}

/** @throws as `compile` does */
function piecesOf(source: string): readonly Piece[] {
  if (source.includes('{%')) throw new Invalid('tags such as "{% if %}" cannot be used in it');
  const pieces: Piece[] = [];
  let end = 0;
  for (let start = source.indexOf('{{'); start !== -1; start = source.indexOf('{{', end)) {
    pieces.push(source.slice(end, start));
    const close = source.indexOf('}}', start);
    if (close === -1) throw new Invalid('a "{{" is not closed by "}}"');
    const content = source.slice(start + 2, close);
    const compiled = compile(content.replace(/^-|-$/g, ''));
    pieces.push({ ...compiled, begin: start + 2 + (content.startsWith('-') ? 1 : 0) });
    end = close + 2;
  }
  if (end === 0) return [{ ...compile(source), begin: 0 }];
  pieces.push(source.slice(end));
  return pieces;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** `{{ … }}` around the whole is as good as none. */
function withoutBraces(source: string): string {
  const trimmed = source.trim();
  return trimmed.startsWith('{{') && trimmed.indexOf('}}') === trimmed.length - 2 ? trimmed.slice(2, -2) : trimmed;
}

/** Filters and keys of data in Liquid. */
export const rowExpressions: RowExpressions = {
  condition: (source) =>
    tryToCompile('filter', source, () => {
      const compiled = compile(withoutBraces(source));
      return {
        columns: columnsOf([compiled]),
        evaluate: (values) =>
          evaluating('filter', () => {
            const { value, context } = compiled.read(values);
            return counts(value, context);
          }),
      };
    }),
  text: (source) =>
    tryToCompile('key', source, () => {
      const pieces = piecesOf(source);
      return {
        columns: columnsOf(pieces),
        evaluate: (values) =>
          evaluating('key', () => {
            const texts = pieces.map((piece) => (typeof piece === 'string' ? piece : textOf(piece.read(values).value)));
            const hasValue = texts.some((text, place) => typeof pieces[place] !== 'string' && text.trim() !== '');
            return hasValue ? texts.join('') : '';
          }),
      };
    }),
};

/** `{{ … }}` with text around them: each is filled in where it stands, empty ones too. */
export function recordTemplate(source: string): Outcome<RowExpression<string>, string> {
  const make = (): RowExpression<string> => {
    const pieces = piecesOf(source);
    const write = (values: Readonly<Record<string, unknown>>): string =>
      pieces.map((piece) => (typeof piece === 'string' ? piece : textOf(piece.read(values).value))).join('');
    return { columns: columnsOf(pieces), evaluate: (values) => evaluating('template', () => write(values)) };
  };
  return tryToCompile('template', source, make, longestTemplate);
}

/**
 * The names that a template over a record asks for, with their places in it.
 *
 * @returns why it cannot be read, to follow "because"
 */
export function templateNames(template: string): Outcome<readonly NameUse[], string> {
  if (template.length > longestTemplate) return failed(`it has more than ${longestTemplate} characters`);
  try {
    return success(
      piecesOf(template).flatMap((piece) => {
        if (typeof piece === 'string') return [];
        const { used, begin: from } = piece;
        return used.map((use) => ({ ...use, begin: use.begin + from, end: use.end + from }));
      }),
    );
  } catch (error) {
    return failed(reasonOf(error));
  }
}
