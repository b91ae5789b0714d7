import { contentHash } from '../base/hash.ts';

/** Longest name of a file or folder, in the units of `nameSize`. */
export const maxNameSize = 100;

/** File systems allow 255 bytes as a rule; what is left over is for the temporary names of half-written files. */
const bytesPerUnit = 2;

const hashLength = 8;

/** Separators, wildcards and the like, control characters and lone surrogates. */
const forbidden = String.raw`[/\\:*?"<>|\p{Cc}\p{Cs}\p{Zl}\p{Zp}]`;

/** Marks that nobody sees: they hide or turn text, or make names that look alike. */
const invisible = String.raw`(?![\u200c\u200d\p{VS}])\p{DI}`;

/** Joiners belong inside emoji and the words of some scripts; anywhere else they are invisible marks too. */
const joined = String.raw`(?!\p{Script=Latin}|\p{DI})[\p{L}\p{M}\p{ExtPict}\p{EMod}]`;
const strayJoiner = String.raw`(?<!${joined}|\p{ExtPict}\ufe0f)[\u200c\u200d]|[\u200c\u200d](?!${joined})`;

/** The same goes for variation selectors, behind anything but what has variants. */
const strayVariation = String.raw`(?<!(?!\*|\p{DI})[\p{Emoji}\p{Ideographic}\p{Script=Mongolian}])\p{VS}`;

/** Made when a name needs it. */
let unsafe: RegExp | undefined;

/** Names that Windows keeps for devices, whatever their extension, and its short name for `.git`. */
const reserved = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]|git~\d)\s*(?:\.|$)/i;

/** Takes 10 ms to make: names that are too long are rare. */
let segmenter: Intl.Segmenter | undefined;

function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** Puts `-` in place of what a file name may not hold; Unicode NFC. The result may still be empty or too long. */
export function replaceUnsafe(text: string): string {
  // Most names.
  if (/^[\w. -]*$/.test(text)) return text;
  unsafe ??= new RegExp(`(?:${forbidden}|${invisible}|${strayJoiner}|${strayVariation})+`, 'gu');
  return text.normalize('NFC').replace(unsafe, '-');
}

/** Without what Windows drops or people overlook: spaces in front, spaces and dots at the end. */
export function trimName(name: string): string {
  let end = name.length;
  while (end > 0 && /[\s.]/.test(name.charAt(end - 1))) end -= 1;
  return name.slice(0, end).trimStart();
}

export function isReserved(name: string): boolean {
  return reserved.test(name);
}

/** How much of a name's length a text takes: its UTF-16 units, or more when they are many bytes. */
export function nameSize(text: string): number {
  return Math.max(text.length, Math.ceil(Buffer.byteLength(text) / bytesPerUnit));
}

/**
 * Shortens a text to a `nameSize` (of at least 9). What is cut gets a short hash of the whole, so that long names that
 * begin alike stay apart. Never splits what a reader takes for one character.
 */
export function shorten(text: string, size: number): string {
  if (nameSize(text) <= size) return text;
  const tail = `-${contentHash(text).slice(0, hashLength)}`;
  let kept = '';
  let bytes = 0;
  for (const { segment } of graphemesOf(text)) {
    bytes += Buffer.byteLength(segment);
    if (Math.max(kept.length + segment.length, bytes / bytesPerUnit) > size - tail.length) break;
    kept += segment;
  }
  // A joiner with nothing to join would be unsafe.
  return kept.replace(/[\u200c\u200d]+$/, '') + tail;
}

/**
 * Makes any text the name of a file or folder on Windows, macOS and Linux: 1 to 100 UTF-16 units, at most 200 bytes.
 * A safe name stays as it is. Names that differ only in what is replaced (`a/b`, `a:b`) become one.
 */
export function safeName(text: string): string {
  const name = trimName(replaceUnsafe(text));
  if (name === '') return '_';
  return shorten(isReserved(name) ? `_${name}` : name, maxNameSize);
}
