import { TextDecoder } from 'node:util';
import { brief, grouped } from '../base/sentence.ts';
import type { Findings } from './findings.ts';

export interface EncodedFile {
  /** As problems name it. */
  readonly file: string;
  /** A WHATWG name; absent: UTF-8, or what the byte order mark says. */
  readonly encoding?: string;
}

const marks = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
] as const;

const longestMark = 3;

const strictly = { fatal: true, ignoreBOM: true };

function newDecoder(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label, strictly);
  } catch {
    return undefined;
  }
}

/** Enough bytes to see a byte order mark, then the rest as it comes. */
async function* withWholeStart(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let start: Uint8Array | undefined = new Uint8Array();
  for await (const chunk of chunks) {
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
    if (start.length < longestMark) continue;
    yield start;
    start = undefined;
  }
  if (start !== undefined) yield start;
}

/** Bytes that a decoded text came from, where that is known. */
function bytesOf(text: string, encoding: string): number | undefined {
  if (encoding === 'utf-8') return Buffer.byteLength(text);
  return encoding.startsWith('utf-16') ? text.length * 2 : undefined;
}

/**
 * What can be decoded of bytes that start with a whole character, and cannot all be decoded.
 *
 * @property at 0-based place of the first byte that cannot
 */
function decodeStart(bytes: Uint8Array, encoding: string): { readonly text: string; readonly at: number } {
  let whole = 0;
  let broken = bytes.length;
  let text = '';
  while (broken - whole > 1) {
    const middle = Math.floor((whole + broken) / 2);
    try {
      text = new TextDecoder(encoding, strictly).decode(bytes.subarray(0, middle), { stream: true });
      whole = middle;
    } catch {
      broken = middle;
    }
  }
  const at = bytesOf(text, encoding);
  return at === undefined ? { text: '', at: whole } : { text, at };
}

/**
 * The text of a file without its byte order mark, strictly: what cannot be decoded stops it, and so does a text with a
 * zero in it, because that is no text.
 */
export async function* decodeText(
  chunks: AsyncIterable<Uint8Array>,
  { file, encoding }: EncodedFile,
  findings: Findings,
): AsyncIterable<string> {
  let decoder: TextDecoder | undefined;
  let hasMark = false;
  /** 0-based place in the file of what comes next, and the bytes before it that belong to a character with it. */
  let place = 0;
  let before: Uint8Array = new Uint8Array();
  const stop = (message: string): void => findings.stop({ file, message });
  for await (let bytes of withWholeStart(chunks)) {
    if (decoder === undefined) {
      const mark = marks.find((each) => each.bytes.every((byte, index) => bytes[index] === byte));
      decoder = newDecoder(mark?.encoding ?? encoding ?? 'utf-8');
      if (decoder === undefined) {
        stop(
          `There is no encoding "${brief(encoding ?? '', 40)}": name one in candidates.data.encoding, such as latin1.`,
        );
        return;
      }
      hasMark = mark !== undefined;
      place = mark?.bytes.length ?? 0;
      bytes = bytes.subarray(place);
    }
    let text: string;
    let brokenAt: number | undefined;
    // Elsewhere a zero byte is a zero, whatever comes before it, and what comes behind it says nothing any more.
    const zeroByte = bytesOf('', decoder.encoding) === undefined ? bytes.indexOf(0) : -1;
    const read = zeroByte === -1 ? bytes : bytes.subarray(0, zeroByte);
    try {
      text = decoder.decode(read, { stream: true });
      if (zeroByte !== -1) text += '\0';
    } catch {
      const start = decodeStart(Buffer.concat([before, read]), decoder.encoding);
      text = start.text;
      brokenAt = place - before.length + start.at;
    }
    const zero = text.indexOf('\0');
    if (zero !== -1) {
      if (zero > 0) yield text.slice(0, zero);
      findings.isBinary = true;
      stop('The file holds zero bytes: it is no text, or it is UTF-16, so set "candidates.data.encoding: utf-16le".');
      return;
    }
    if (text !== '') yield text;
    if (brokenAt !== undefined) {
      findings.isBinary = bytes.includes(0);
      const mend =
        encoding === undefined && !hasMark
          ? 'save it as UTF-8, or name its encoding, such as "candidates.data.encoding: latin1"'
          : 'mend it, or name its encoding in candidates.data.encoding';
      stop(`The file is no ${decoder.encoding.toUpperCase()} at byte ${grouped(brokenAt + 1)}: ${mend}.`);
      return;
    }
    place += bytes.length;
    before = unfinished(before, bytes, text, decoder.encoding);
  }
  if (decoder === undefined) return;
  try {
    decoder.decode();
  } catch {
    const at = grouped(place - before.length + 1);
    stop(`The file ends within a character at byte ${at}: it is cut off, so get it again.`);
  }
}

/** The bytes at the end that are no whole character yet; none where nobody knows how many bytes characters take. */
function unfinished(before: Uint8Array, bytes: Uint8Array, text: string, encoding: string): Uint8Array {
  const decoded = bytesOf(text, encoding);
  const left = decoded === undefined ? 0 : before.length + bytes.length - decoded;
  return left <= bytes.length ? bytes.slice(bytes.length - left) : Buffer.concat([before, bytes]);
}
