import { defaultOperators, isTruthy, type Context } from 'liquidjs';

/** CSV holds texts only: one that looks like a number is one where it meets a number. */
const numeral = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/** No number is longer. */
const longestNumeral = 400;

/** As spreadsheets of half of the world write them. Three digits behind a lone comma may be thousands: that is no number. */
const decimalComma = /^\s*[+-]?(?:\d+,(?:\d{1,2}|\d{4,})|\d{1,3}(?:\.\d{3})+,\d+)\s*$/;
const groupedByCommas = /^\s*[+-]?\d{1,3}(?:,\d{3})+\.\d+\s*$/;

function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > longestNumeral) return undefined;
  if (numeral.test(value)) return Number(value);
  if (decimalComma.test(value)) return Number(value.replaceAll('.', '').replace(',', '.'));
  return groupedByCommas.test(value) ? Number(value.replaceAll(',', '')) : undefined;
}

/** Whether Liquid compares it by itself: `empty`, `blank` and `nil`. */
function comparesItself(value: unknown): boolean {
  return typeof (value as { readonly equals?: unknown } | null | undefined)?.equals === 'function';
}

/** Negative, zero or positive; undefined for what has no order. */
function compare(left: unknown, right: unknown): number | undefined {
  const [leftNumber, rightNumber] = [asNumber(left), asNumber(right)];
  if (leftNumber !== undefined && rightNumber !== undefined) return leftNumber - rightNumber;
  if (typeof left !== 'string' || typeof right !== 'string') return undefined;
  return left === right ? 0 : left < right ? -1 : 1;
}

function isSame(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' || typeof right === 'number') {
    const number = asNumber(left);
    return number !== undefined && number === asNumber(right);
  }
  if (typeof left === 'boolean') return isBoolean(right, left);
  if (typeof right === 'boolean') return isBoolean(left, right);
  if (Array.isArray(left) && Array.isArray(right)) return JSON.stringify(left) === JSON.stringify(right);
  return (left ?? undefined) === (right ?? undefined);
}

function isBoolean(value: unknown, wanted: boolean): boolean {
  return value === wanted || (typeof value === 'string' && value.trim().toLowerCase() === String(wanted));
}

/** An empty cell is nothing, and so is one that says `false`. */
export function counts(value: unknown, context: Context): boolean {
  if (typeof value !== 'string') return isTruthy(value, context);
  const text = value.trim();
  return text !== '' && !isBoolean(text, false);
}

type Comparison = (left: unknown, right: unknown) => boolean | Promise<boolean> | Generator<unknown, boolean, unknown>;

/** @param own Liquid's way, for what compares itself */
function comparison(own: keyof typeof defaultOperators, ours: Comparison): Comparison {
  const liquids = defaultOperators[own] as unknown as Comparison;
  return (left, right) => (comparesItself(left) || comparesItself(right) ? liquids(left, right) : ours(left, right));
}

function ordered(own: keyof typeof defaultOperators, accepts: (difference: number) => boolean): Comparison {
  return comparison(own, (left, right) => {
    const difference = compare(left, right);
    return difference !== undefined && accepts(difference);
  });
}

function contains(left: unknown, right: unknown): boolean {
  if (Array.isArray(left)) return left.some((entry) => isSame(entry, right));
  if (typeof left !== 'string') return false;
  return (typeof right === 'string' || typeof right === 'number') && left.includes(String(right));
}

/** Liquid's operators for rows, whose values may all be texts. */
export const rowOperators = {
  '==': comparison('==', isSame),
  '!=': comparison('!=', (left, right) => !isSame(left, right)),
  '>': ordered('>', (difference) => difference > 0),
  '<': ordered('<', (difference) => difference < 0),
  '>=': ordered('>=', (difference) => difference >= 0),
  '<=': ordered('<=', (difference) => difference <= 0),
  contains,
  not: (value: unknown, context: Context) => !counts(value, context),
  and: (left: unknown, right: unknown, context: Context) => counts(left, context) && counts(right, context),
  or: (left: unknown, right: unknown, context: Context) => counts(left, context) || counts(right, context),
};

/** How they compare, with the words between conditions left to Liquid. */
export const comparisons = {
  '==': rowOperators['=='],
  '!=': rowOperators['!='],
  '>': rowOperators['>'],
  '<': rowOperators['<'],
  '>=': rowOperators['>='],
  '<=': rowOperators['<='],
};
