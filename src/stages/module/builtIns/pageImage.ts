/** More pixels are no page; unpacked, a few bytes of them would fill the memory. */
const mostPixels = 200_000_000;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Why a file is no picture of a page that can be read, as the end of a sentence; undefined when it may be one.
 *
 * @param bytes of a PNG, JPEG or TIFF file
 */
export function whyNoPage(bytes: Uint8Array): string | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length === 0) return 'is empty.';
  const size = sizeOf(view);
  if (size === undefined) return 'is no PNG, JPEG or TIFF picture: turn the page into one.';
  if (size === 'broken') return 'is broken: its size cannot be read.';
  const { width, height } = size;
  if (width < 3 || height < 3) return 'is too small to be a page.';
  return width * height > mostPixels
    ? `has ${width} by ${height} pixels, which is too large for a page: make it smaller.`
    : undefined;
}

function sizeOf(view: Buffer): Size | 'broken' | undefined {
  try {
    if (view.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n') {
      return { width: view.readUInt32BE(16), height: view.readUInt32BE(20) };
    }
    if (view.subarray(0, 3).toString('latin1') === '\xff\xd8\xff') return sizeOfJpeg(view);
    const start = view.subarray(0, 4).toString('latin1');
    if (start === 'II*\0' || start === 'MM\0*') return sizeOfTiff(view, start === 'II*\0');
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return 'broken';
    throw error;
  }
}

function sizeOfJpeg(view: Buffer): Size | 'broken' {
  for (let place = 2; place < view.length;) {
    if (view.readUInt8(place) !== 0xff) return 'broken';
    const marker = view.readUInt8(place + 1);
    // Frame headers, without the tables whose numbers lie among theirs.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.readUInt16BE(place + 5), width: view.readUInt16BE(place + 7) };
    }
    place += marker === 0xff ? 1 : 2 + view.readUInt16BE(place + 2);
  }
  return 'broken';
}

function sizeOfTiff(view: Buffer, isLittle: boolean): Size | 'broken' {
  const short = (place: number): number => (isLittle ? view.readUInt16LE(place) : view.readUInt16BE(place));
  const long = (place: number): number => (isLittle ? view.readUInt32LE(place) : view.readUInt32BE(place));
  const directory = long(4);
  const found = new Map<number, number>();
  for (let entry = 0; entry < short(directory); entry++) {
    const place = directory + 2 + entry * 12;
    found.set(short(place), short(place + 2) === 3 ? short(place + 8) : long(place + 8));
  }
  const [width, height] = [found.get(256), found.get(257)];
  return width === undefined || height === undefined ? 'broken' : { width, height };
}
