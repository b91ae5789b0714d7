import { failed, success, type Outcome } from '../base/outcome.ts';

const encodings = [
  { label: 'utf-16le', mark: [0xff, 0xfe] },
  { label: 'utf-16be', mark: [0xfe, 0xff] },
] as const;

/**
 * The text of a prompt file: UTF-8 with or without a byte order mark, or UTF-16 with one. The mark is no part of it.
 *
 * @returns a failure that ends a sentence with the file's name
 */
export function decodePrompt(bytes: Uint8Array): Outcome<string, string> {
  const encoding = encodings.find(({ mark }) => mark.every((byte, at) => bytes[at] === byte));
  if (encoding) {
    try {
      return success(new TextDecoder(encoding.label, { fatal: true }).decode(bytes));
    } catch {
      return failed('begins as UTF-16 and is none further on: save it as UTF-8.');
    }
  }
  const zero = bytes.indexOf(0);
  if (zero !== -1) return failed(`is no text, because byte ${zero} is 0: save it as UTF-8.`);
  try {
    return success(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    const at = firstBadByte(bytes);
    const byte = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0');
    return failed(`is no UTF-8, because of byte ${at} (0x${byte}): save it as UTF-8.`);
  }
}

/** Where the first character begins that is none. */
function firstBadByte(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let at = 0; at < bytes.length;) {
    const length = lengthOf(bytes[at] ?? 0);
    try {
      decoder.decode(bytes.subarray(at, at + length));
    } catch {
      return at;
    }
    at += length;
  }
  return bytes.length;
}

/** Bytes of a character, by its first. */
function lengthOf(first: number): number {
  if (first < 0xc0) return 1;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
