import { visible } from '../../base/visible.ts';

/** The editor itself cuts messages here. */
const longest = 1000;

/**
 * Text with foreign parts for a place of the editor that reads more than letters: its messages make links of
 * `[label](command:…)`, its pick lists and the status bar make icons of `$(name)`. Nothing of that is left; controls and
 * format characters are shown as what they are, line breaks as spaces.
 */
export function inert(text: string): string {
  // Not half of a character that takes two places.
  const cut = text.length > longest ? `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
  return visible(cut.replace(/\s+/g, ' ')).replaceAll('](', '] (').replaceAll('$(', '$ (');
}
