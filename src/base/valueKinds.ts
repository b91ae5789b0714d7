import { isJsonObject } from './jsonObject.ts';
import { brief } from './sentence.ts';

/** What a setting of the front matter may be. */
export interface Kind<Value> {
  /** Completes the sentence: it must be … */
  readonly wanted: string;
  accepts(value: unknown): value is Value;
}

function range(low: number, high: number): string {
  return high === Number.MAX_SAFE_INTEGER ? `of ${low} or more` : `from ${low} to ${high}`;
}

export function wholeNumber(low: number, high = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    wanted: low === Number.MIN_SAFE_INTEGER ? 'a whole number' : `a whole number ${range(low, high)}`,
    accepts: (value): value is number =>
      Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high,
  };
}

export function number(low: number, high: number): Kind<number> {
  return {
    wanted: `a number ${range(low, high)}`,
    accepts: (value): value is number => typeof value === 'number' && value >= low && value <= high,
  };
}

export const positiveNumber: Kind<number> = {
  wanted: 'a number above 0',
  accepts: (value): value is number => typeof value === 'number' && value > 0 && value < Infinity,
};

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

export const text: Kind<string> = { wanted: 'a text', accepts: (value) => typeof value === 'string' };

export const modelNames: Kind<string | readonly string[]> = {
  wanted: 'the name of a model or a list of names',
  accepts: (value): value is string | readonly string[] =>
    isText(value) || (Array.isArray(value) && value.every(isText)),
};

export const block: Kind<Readonly<Record<string, unknown>>> = {
  wanted: 'a block of "name: value" lines, indented below it',
  accepts: isJsonObject,
};

export const word: Kind<string> = { wanted: 'a word', accepts: isText };

/** A text with something in it. */
export const nonEmptyText: Kind<string> = { wanted: 'a text that is not empty', accepts: isText };

export const nonEmptyTexts: Kind<string | readonly string[]> = {
  wanted: 'a text or a list of texts, none of them empty',
  accepts: (value): value is string | readonly string[] =>
    isText(value) || (Array.isArray(value) && value.every(isText)),
};

export const list: Kind<readonly unknown[]> = {
  wanted: 'a list',
  accepts: (value): value is readonly unknown[] => Array.isArray(value),
};

export const yesOrNo: Kind<boolean> = {
  wanted: 'true or false',
  accepts: (value) => typeof value === 'boolean',
};

/** Numbers by name. */
export function numbers(low: number, high: number): Kind<Readonly<Record<string, number>>> {
  const each = number(low, high);
  return {
    wanted: `a block of names with numbers ${range(low, high)}`,
    accepts: (value): value is Readonly<Record<string, number>> =>
      isJsonObject(value) && Object.values(value).every((entry) => each.accepts(entry)),
  };
}

export const texts: Kind<string | readonly string[]> = {
  wanted: 'a text or a list of texts',
  accepts: (value): value is string | readonly string[] =>
    typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string')),
};

const longestShown = 40;

/** A value as a sentence shows it. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a block';
  if (typeof value !== 'string') return String(value);
  return `"${brief(value.trim().replace(/\s+/g, ' '), longestShown)}"`;
}
