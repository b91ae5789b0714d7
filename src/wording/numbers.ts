import { byLanguage } from './language.ts';

const wholeFormat = byLanguage((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }));
const oneDecimalFormat = fixedDecimals(1);
const twoDecimalsFormat = fixedDecimals(2);
const fourDecimalsFormat = fixedDecimals(4);
const upToOneDecimalFormat = byLanguage((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }));
const percentFormat = byLanguage((locale) => new Intl.NumberFormat(locale, { style: 'percent' }));
const compactFormat = byLanguage(
  (locale) => new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 2 }),
);
const moneyFormats = byLanguage((locale) => moneyIn(locale, {}));
const dollarFormats = byLanguage((locale) =>
  moneyIn(locale, { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' }),
);
const twoDigitsFormat = byLanguage((locale) => new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 }));
const pluralRules = byLanguage((locale) => new Intl.PluralRules(locale));
const listFormat = byLanguage((locale) => new Intl.ListFormat(locale, { type: 'unit' }));
const timeOfDayFormat = clock({ hour: '2-digit', minute: '2-digit' });
const secondOfDayFormat = clock({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndTimeFormat = clock({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

function fixedDecimals(digits: number) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return byLanguage((locale) => new Intl.NumberFormat(locale, options));
}

/** Two decimals; of less than a tenth, two digits that count. */
function moneyIn(locale: string, style: Intl.NumberFormatOptions): (amount: number) => string {
  const usual = new Intl.NumberFormat(locale, { ...style, minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const small = new Intl.NumberFormat(locale, { ...style, maximumSignificantDigits: 2 });
  return (amount) => (amount > 0 && amount < 0.1 ? small : usual).format(amount);
}

/** English alone does not tell a region: whether it is 14:00 or 2 pm, the system knows. */
function clock(options: Intl.DateTimeFormatOptions) {
  return byLanguage((locale) => new Intl.DateTimeFormat(locale === 'en' ? undefined : locale, options));
}

/** How the language in use writes numbers, times of day and lists. */
export const numbers = {
  whole: (value: number) => wholeFormat().format(value),
  oneDecimal: (value: number) => oneDecimalFormat().format(value),
  twoDecimals: (value: number) => twoDecimalsFormat().format(value),
  fourDecimals: (value: number) => fourDecimalsFormat().format(value),
  upToOneDecimal: (value: number) => upToOneDecimalFormat().format(value),
  /** `1.2M`; below a thousand, all of it. */
  compact: (value: number) => (value < 1000 ? wholeFormat() : compactFormat()).format(value),
  /** An amount whose currency nobody knows. */
  money: (amount: number) => moneyFormats()(amount),
  dollars: (amount: number) => dollarFormats()(amount),
  /** @param share 0 to 1 */
  percent: (share: number) => percentFormat().format(share),
  twoDigits: (value: number) => twoDigitsFormat().format(value),
  /** Whether the language takes the singular for it. */
  isOne: (amount: number) => pluralRules().select(amount) === 'one',
  list: (parts: readonly string[]) => listFormat().format(parts),
  /** Epoch ms. */
  clockSecond: (at: number) => secondOfDayFormat().format(at),
  /** With the day unless it is today's. Both are epoch ms. */
  clockTime: (at: number, now: number) =>
    (new Date(at).toDateString() === new Date(now).toDateString() ? timeOfDayFormat() : dayAndTimeFormat()).format(at),
};
