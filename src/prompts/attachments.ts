import type { Attachment } from '../model/message.ts';

/** What a file is by its bytes. */
export type Inspected = Pick<Attachment, 'mediaType' | 'tokens'>;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where a picture does not say how large it is. */
const unknownSize: Size = { width: 1568, height: 1568 };
/** A page of a PDF comes as a text and as a picture (Anthropic, "PDF support": 1,500 to 3,000 tokens of text a page). */
const tokensPerPage = 3_000;
/** Where pages cannot be counted, because they lie in compressed streams. */
const bytesPerPage = 100_000;
const mostPages = 600;

/** @returns undefined for what no service takes: anything but PNG, JPEG, GIF, WebP and PDF */
export function inspectAttachment(bytes: Uint8Array): Inspected | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (starts(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return picture('image/png', pngSize(view));
  if (starts(bytes, [0xff, 0xd8, 0xff])) return picture('image/jpeg', jpegSize(view));
  if (said(bytes, 0, 6) === 'GIF87a' || said(bytes, 0, 6) === 'GIF89a') return picture('image/gif', gifSize(view));
  if (said(bytes, 0, 4) === 'RIFF' && said(bytes, 8, 12) === 'WEBP') return picture('image/webp', webpSize(view));
  if (said(bytes, 0, 5) === '%PDF-') return { mediaType: 'application/pdf', tokens: pagesOf(bytes) * tokensPerPage };
  return undefined;
}

function starts(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, place) => bytes[place] === byte);
}

function said(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

function picture(mediaType: Attachment['mediaType'], size: Size | undefined): Inspected {
  const { width, height } = size && size.width > 0 && size.height > 0 ? size : unknownSize;
  return { mediaType, tokens: Math.max(tiledTokens(width, height), areaTokens(width, height)) };
}

/** OpenAI, "Images and vision": 85, and 170 for each tile of 512 pixels, once it fits 2048 with a short side of 768. */
function tiledTokens(width: number, height: number): number {
  const fit = Math.min(1, 2048 / Math.max(width, height));
  const short = Math.min(1, 768 / (Math.min(width, height) * fit));
  const tiles = (side: number): number => Math.max(1, Math.ceil((side * fit * short) / 512));
  return 85 + 170 * tiles(width) * tiles(height);
}

/** Anthropic, "Vision": width times height over 750, once the long side is 1568 at most. */
function areaTokens(width: number, height: number): number {
  const fit = Math.min(1, 1568 / Math.max(width, height));
  return Math.min(1600, Math.ceil((width * fit * height * fit) / 750));
}

function pngSize(view: DataView): Size | undefined {
  return view.byteLength < 24 ? undefined : { width: view.getUint32(16), height: view.getUint32(20) };
}

function gifSize(view: DataView): Size | undefined {
  return view.byteLength < 10 ? undefined : { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** In the first segment that begins a frame. */
function jpegSize(view: DataView): Size | undefined {
  for (let at = 2; at + 9 < view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    // Fill bytes, and markers that stand alone.
    if (marker === 0xff) at += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) at += 2;
    else at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return undefined;
}

function webpSize(view: DataView): Size | undefined {
  if (view.byteLength < 30) return undefined;
  switch (view.getUint8(15)) {
    case 0x58: {
      const side = (at: number): number => 1 + view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
      return { width: side(24), height: side(27) };
    }
    case 0x4c: {
      const bits = view.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    default:
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
}

const pageMark = /\/Type\s{0,8}\/Page(?![A-Za-z])/g;

function pagesOf(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  let marked = 0;
  for (const _ of text.matchAll(pageMark)) if (++marked >= mostPages) break;
  return Math.min(mostPages, marked > 0 ? marked : Math.ceil(bytes.byteLength / bytesPerPage));
}
