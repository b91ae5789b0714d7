import { nameAt } from '../nameAt.ts';
import { isWatched } from '../promptAction.ts';
import { filterNotes } from './filterNotes.ts';
import { formatKeys } from './formatKeys.ts';
import { keyAt, type Key } from './key.ts';
import { partsOf } from './places.ts';
import { templatePlace } from './templatePlace.ts';
import { outlineOf } from './yamlOutline.ts';

/** What the mouse is over; offsets are UTF-16 units of the text. */
export type Hovered = { readonly from: number; readonly to: number; readonly name: string } & (
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'filter'; readonly note: string }
  /** `input`: `${input:name}`. */
  | { readonly kind: 'variable' | 'input' }
  /** A name that the template itself gives a value. */
  | { readonly kind: 'own' }
);

export function hoveredAt(path: string, text: string, offset: number): Hovered | undefined {
  if (!isWatched(path, text)) return undefined;
  const { format, settings, body } = partsOf(path, text);
  if (settings && settings.from <= offset && offset <= settings.to) {
    const { keys } = outlineOf(text, settings.from, settings.to, -1);
    const found = keys.find(({ from, to }) => from <= offset && offset < to);
    const key = found && keyAt(formatKeys[format], [...found.block.path, found.name]);
    if (key) return { kind: 'key', key, name: found.name, from: found.from, to: found.to };
    if (format !== 'github') return undefined;
  }
  const span = body ?? settings;
  if (!span) return undefined;
  const { from, end } = wordAround(text, offset);
  const place = templatePlace(text, span, end);
  const word = text.slice(from, end);
  if (place?.kind === 'filter') {
    const note = Object.hasOwn(filterNotes, word) ? filterNotes[word] : undefined;
    return note === undefined ? undefined : { kind: 'filter', name: word, note, from, to: end };
  }
  const found = nameAt(text, offset);
  if (found?.kind !== 'variable' && found?.kind !== 'input') return undefined;
  const { kind, name } = found;
  const isOwn = place?.kind === 'variable' && (place.own.includes(name) || name === 'forloop');
  return { kind: isOwn ? 'own' : kind, name, from: found.from, to: found.to };
}

function wordAround(text: string, offset: number): { readonly from: number; readonly end: number } {
  const isWord = (at: number): boolean => /[\p{L}\p{N}_-]/u.test(text[at] ?? '');
  let from = offset;
  while (from > 0 && isWord(from - 1)) from -= 1;
  let end = offset;
  while (end < text.length && isWord(end)) end += 1;
  return { from, end };
}
