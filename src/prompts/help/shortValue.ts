/** UTF-16 units of a value beside its name. */
const longest = 80;

/** A value on one line. */
export function shortValue(value: unknown): string {
  const text = valueText(value, longest * 2)
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > longest ? `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}

/** A value as a template writes it, cut. */
export function valueText(value: unknown, most: number): string {
  const text = typeof value === 'string' ? value : ((JSON.stringify(value) as string | undefined) ?? '');
  return text.length > most ? `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}
