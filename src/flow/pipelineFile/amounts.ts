import type { JsonObject } from '../../base/jsonObject.ts';
import type { Reading } from './reading.ts';

/** UTF-16 units of an amount as a text. */
const longest = 50;

interface Amount {
  readonly wanted: string;
  /** In order of their length; the first one is that of a number without a unit. */
  readonly units: Readonly<Record<string, number>>;
  readonly plainUnit: number;
  readonly least: number;
  readonly most: number;
}

/** A number, or a number with a unit. */
function amount({ wanted, units, plainUnit, least, most }: Amount): Reading<number> {
  const names = Object.keys(units).join('|');
  const form = new RegExp(`^\\s*(\\d{1,15}(?:\\.\\d{1,9})?)\\s*(${names})?\\s*$`, 'i');
  const schema: JsonObject = {
    anyOf: [
      { type: 'number', exclusiveMinimum: 0 },
      {
        type: 'string',
        maxLength: longest,
        pattern: `^\\s*\\d{1,15}(\\.\\d{1,9})?\\s*(${names.replace(/[a-z]/gi, eitherCase)})?\\s*$`,
      },
    ],
  };
  return {
    wanted,
    schema,
    read: (value) => {
      const read = typeof value === 'number' ? value * plainUnit : fromText(value);
      const whole = read === undefined ? NaN : Math.round(read);
      return whole >= least && whole <= most ? whole : undefined;
    },
  };

  function fromText(value: unknown): number | undefined {
    const found = typeof value === 'string' && value.length <= longest ? form.exec(value) : null;
    if (!found) return undefined;
    const [, digits, unit] = found;
    return Number(digits) * (unit === undefined ? plainUnit : (units[unit.toLowerCase()] ?? NaN));
  }
}

/** Schemas know no flag for it. */
function eitherCase(letter: string): string {
  return `[${letter.toUpperCase()}${letter.toLowerCase()}]`;
}

const durationUnits = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/** No timer goes further. */
const longestMs = 24 * durationUnits.h;

/** ms. */
export const duration = amount({
  wanted: 'seconds, or a duration such as "30s" or "2m", up to a day',
  units: durationUnits,
  plainUnit: durationUnits.s,
  least: 1,
  most: longestMs,
});

const sizeUnits = { b: 1, kb: 1_000, mb: 1_000_000, gb: 1_000_000_000, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 };

/** Bytes. */
export const size = amount({
  wanted: 'a number of bytes, or a size such as "20 MB", up to 2 GB',
  units: sizeUnits,
  plainUnit: 1,
  least: 1,
  most: 2 * sizeUnits.gb,
});
