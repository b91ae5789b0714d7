import { oneLine } from '../cleanText.ts';

/**
 * Braces must be in pairs even where they are escaped, so they go by their names. Pairs of hyphens and quotes would be
 * one sign, and what stands between them keeps them apart.
 */
const named: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\textbraceleft{}',
  '}': '\\textbraceright{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

/** A foreign text between the braces of an entry. */
export function latexText(text: string): string {
  return oneLine(text)
    .replace(/[\\{}~^]|[$&#_%]/g, (sign) => named[sign] ?? `\\${sign}`)
    .replace(/([-'`])(?=\1)|[?!](?=`)/g, '$&{}');
}

/** An address or a DOI, which programs read as it stands: without what would end the field. */
export function latexVerbatim(text: string): string {
  return oneLine(text).replace(
    /[\s\\{}]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
