/** What begins like this is a formula for some spreadsheet; the wide signs are for those that fold them. */
const formulaStart = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
/** A number is a number there too. */
const plainNumber = /^[+-]?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?$/i;

/** A spreadsheet computes what begins like a formula, and nobody has looked at what a model or a stranger's data says. */
export function withoutFormula(text: string): string {
  return formulaStart.test(text) && !(text.length < 100 && plainNumber.test(text)) ? `'${text}` : text;
}

/** A value as a field of RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe in front. */
export function csvField(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = withoutFormula(typeof value === 'string' ? value : JSON.stringify(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
