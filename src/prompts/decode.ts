import { failed, success, type Outcome } from '../base/outcome.ts';
import { grouped } from '../base/sentence.ts';

function startsWith(bytes: Uint8Array, ...mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

function noText(encoding: string, offset: number): { readonly ok: false; readonly failure: string } {
  return failed(`is no ${encoding} text at byte ${grouped(offset + 1)}: save it as UTF-8.`);
}

/** 0-based place of the first character that is none, in bytes that are no UTF-8. */
function firstBroken(bytes: Uint8Array): number {
  const mended = new TextEncoder().encode(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
  let at = mended.findIndex((byte, index) => byte !== bytes[index]);
  // What stands for a broken character may begin as it does.
  while (at > 0 && ((mended[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return Math.max(at, 0);
}

function decodeUtf8(bytes: Uint8Array, offset: number): Outcome<string, string> {
  try {
    return success(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return noText('UTF-8', offset + firstBroken(bytes));
  }
}

function decodeUtf16(bytes: Uint8Array, offset: number, isBigEndian: boolean): Outcome<string, string> {
  const whole = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  const text = (isBigEndian ? whole.swap16() : whole).toString('utf16le');
  const lone = text.search(/\p{Cs}/u);
  if (lone !== -1) return noText('UTF-16', offset + lone * 2);
  return whole.length === bytes.length ? success(text) : noText('UTF-16', offset + whole.length);
}

/**
 * The text of a prompt file: UTF-8, or UTF-16 by its byte order mark, which is left out.
 *
 * @returns the end of a sentence about a file that is no text: `is no UTF-8 text at byte 12: save it as UTF-8.`, counted from 1
 */
export function decodePrompt(bytes: Uint8Array): Outcome<string, string> {
  const isBigEndian = startsWith(bytes, 0xfe, 0xff);
  const isUtf16 = isBigEndian || startsWith(bytes, 0xff, 0xfe);
  const mark = isUtf16 ? 2 : startsWith(bytes, 0xef, 0xbb, 0xbf) ? 3 : 0;
  const content = bytes.subarray(mark);
  const decoded = isUtf16 ? decodeUtf16(content, mark, isBigEndian) : decodeUtf8(content, mark);
  if (!decoded.ok) return decoded;
  const zero = decoded.value.indexOf('\0');
  if (zero === -1) return decoded;
  const before = decoded.value.slice(0, zero);
  const at = mark + (isUtf16 ? zero * 2 : Buffer.byteLength(before));
  return failed(`has a zero character at byte ${grouped(at + 1)} and is no text: save it as UTF-8.`);
}
