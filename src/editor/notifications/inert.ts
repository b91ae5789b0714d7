import { visible, visibleLines } from '../../base/visible.ts';

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

/** A sentence with foreign parts for a hover, whose strings are Markdown: each sign that could be markup is escaped. */
export function inertMarkdown(text: string): string {
  return visible(text.replace(/\s+/g, ' ')).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

/**
 * Foreign text of several lines for a hover, as the text that it is. The editor puts it between fences, which nothing in it
 * may close.
 */
export function inertBlock(text: string): { readonly language: 'plaintext'; readonly value: string } {
  return { language: 'plaintext', value: visibleLines(text).replace(/`{3,}/g, (marks) => "'".repeat(marks.length)) };
}
