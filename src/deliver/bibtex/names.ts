import { isJsonObject } from '../../base/jsonObject.ts';
import { oneLine } from '../cleanText.ts';
import { isNothing, valueAt, wordsOf } from '../recordFields.ts';
import { latexText } from './latex.ts';

/** Who wrote something. */
export type Name =
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'person'; readonly family: string; readonly given?: string; readonly suffix?: string };

/** In a name that is not said to be one of these. */
const groupWords =
  /(?<![\p{L}\p{N}])(?:universit\p{L}+|institut\p{L}*|organi[sz]ation|consortium|collaboration|committee|commission|ministry|association|foundation|society|agency|council|bureau|department|laborator\p{L}+|cent(?:er|re)|corporation|company|group|team|network|union|academy|board|office|inc|ltd|llc|gmbh)(?![\p{L}\p{N}])/iu;

/** Lower-case words in front of a family name that belong to it. */
const particle = /^(?:\p{Ll}[\p{Ll}'’]*|d['’])$/u;

const suffixes = /^(?:jr|sr)\.?$|^(?:ii|iii|iv)$/i;

function textAt(value: unknown, ...paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const words = wordsOf(valueAt(value, path));
    const text = words === undefined ? '' : oneLine(words);
    if (text !== '') return text;
  }
  return undefined;
}

/** Names of OpenAlex, Crossref, CSL or plain texts; several in one text are parted by `;` or `and`. */
export function namesOf(value: unknown): readonly Name[] {
  if (Array.isArray(value)) return value.flatMap(namesOf);
  if (typeof value === 'string') return partedNames(value).map(nameOfText);
  if (!isJsonObject(value)) return [];
  const family = textAt(value, 'family', 'last', 'lastName', 'family_name');
  if (family !== undefined) {
    const before = textAt(value, 'non-dropping-particle', 'dropping-particle');
    const given = textAt(value, 'given', 'first', 'firstName', 'given_name');
    const suffix = textAt(value, 'suffix');
    return [
      {
        kind: 'person',
        family: before === undefined ? family : `${before} ${family}`,
        ...(given === undefined ? {} : { given }),
        ...(suffix === undefined ? {} : { suffix }),
      },
    ];
  }
  const group = textAt(value, 'literal');
  if (group !== undefined) return [{ kind: 'group', name: group }];
  const display = textAt(value, 'author.display_name', 'raw_author_name', 'display_name', 'author', 'full_name');
  if (display !== undefined) return [nameOfText(display)];
  // Crossref has members with `name` for groups, others for anybody.
  const name = textAt(value, 'name');
  if (name === undefined) return [];
  return [isNothing(value.sequence) ? nameOfText(name) : { kind: 'group', name }];
}

function partedNames(text: string): readonly string[] {
  const line = oneLine(text);
  const parts = line.includes(';') ? line.split(';') : groupWords.test(line) ? [line] : line.split(/\s+(?:and|&)\s+/i);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** One name as people write it: `Donald E. Knuth`, `Knuth, Donald E.`, `Vincent van Gogh`, `World Health Organization`. */
function nameOfText(text: string): Name {
  if (groupWords.test(text)) return { kind: 'group', name: text };
  const [family = '', ...rest] = text.split(',').map((part) => part.trim());
  if (family !== '' && rest.some((part) => part !== '')) {
    const [first = '', last] = rest;
    if (last === undefined) return { kind: 'person', family, given: first };
    const [suffix, given] = suffixes.test(first) ? [first, last] : [last, first];
    return { kind: 'person', family, given, ...(suffix === '' ? {} : { suffix }) };
  }
  const words = text.split(' ').filter((word) => word !== '');
  const suffix = words.length > 2 && suffixes.test(words.at(-1) ?? '') ? words.pop() : undefined;
  let start = words.length - 1;
  while (start > 1 && particle.test(words[start - 1] ?? '')) start -= 1;
  const given = words.slice(0, start).join(' ');
  return {
    kind: 'person',
    family: words.slice(start).join(' '),
    ...(given === '' ? {} : { given }),
    ...(suffix === undefined ? {} : { suffix }),
  };
}

/** A part of a name; in braces of its own where BibTeX would read more than one part. */
function part(text: string): string {
  // Some readers take the space behind an escaped sign for a part of it, and that before "and" is wanted.
  const escaped = latexText(text).replace(/\\\W$/, '$&{}');
  return /,|=|(?:^|\s)and(?:\s|$)/i.test(text) ? `{${escaped}}` : escaped;
}

/** As an entry has it: `Knuth, Donald E.`, and groups in braces. */
export function writtenName(name: Name): string {
  if (name.kind === 'group') return `{${latexText(name.name)}}`;
  const { family, given, suffix } = name;
  // A name of one word has no comma, and a lower-case one would be a particle without a name.
  if (given === undefined && suffix === undefined) return `{${latexText(family)}}`;
  return [family, ...(suffix === undefined ? [] : [suffix]), given ?? ''].map(part).join(', ');
}
