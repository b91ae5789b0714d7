import type { MissingMember } from '../../flow/record.ts';
import { escapeMarkup, oneLine } from '../cleanText.ts';
import type { DeliveredRecord, DeliveryContext } from '../delivery.ts';
import { valueAt, wordsOf } from '../recordFields.ts';

export const missingTitle = 'Missing parts';

/** What did not come through: of the whole run, and of what was gathered. Each once, in order. */
export function missingParts(records: readonly DeliveredRecord[], context: DeliveryContext): readonly MissingMember[] {
  const gathered = records.flatMap(({ data: { missing } }) =>
    Array.isArray(missing) ? missing.flatMap(memberOf) : [],
  );
  const parts = new Map(
    [...gathered, ...context.missing].map((part) => [JSON.stringify([part.key, part.stage]), part]),
  );
  return [...parts.values()];
}

function memberOf(value: unknown): readonly MissingMember[] {
  const key = wordsOf(valueAt(value, 'key'));
  if (key === undefined) return [];
  return [{ key, stage: wordsOf(valueAt(value, 'stage')) ?? '', message: wordsOf(valueAt(value, 'message')) ?? '' }];
}

/** A line for each part, in one sentence. */
export function missingLines(parts: readonly MissingMember[]): readonly string[] {
  return parts.map(({ key, stage, message }) => {
    const where = stage === '' ? '' : ` (${oneLine(stage)})`;
    const why = oneLine(message);
    return `${oneLine(key)}${where}${why === '' ? '' : `: ${why}`}`;
  });
}

/** @param level of its heading @returns empty where nothing is missing */
export function missingHtml(lines: readonly string[], level: 1 | 2): string {
  if (lines.length === 0) return '';
  const items = lines.map((line) => `<li>${escapeMarkup(line)}</li>\n`).join('');
  return `<section>\n<h${level}>${missingTitle}</h${level}>\n<ul>\n${items}</ul>\n</section>\n`;
}
