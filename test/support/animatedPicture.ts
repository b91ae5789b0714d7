import { crc32 } from 'node:zlib';
import { PNG } from 'pngjs';

export interface Frame {
  /** A PNG; all frames have one size. */
  readonly png: Uint8Array;
  /** How long it is shown, ms. */
  readonly ms: number;
}

interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const bytesPerPixel = 4;

/**
 * An animated PNG that is shown again and again: of each frame it has what is different from the one before.
 * https://www.w3.org/TR/png-3/#animation-information
 */
export function animatedPicture(frames: readonly Frame[]): Buffer {
  const pictures = frames.map(({ png, ms }) => ({ picture: PNG.sync.read(Buffer.from(png)), ms }));
  const [first] = pictures;
  if (!first) throw new Error('An animated picture needs a frame.');
  const { width, height } = first.picture;
  const shown: { readonly picture: PNG; readonly part: Part; ms: number }[] = [];
  for (const { picture, ms } of pictures) {
    const last = shown.at(-1);
    const part = last ? changedPart(last.picture, picture) : { x: 0, y: 0, width, height };
    if (part) shown.push({ picture, part, ms });
    else if (last) last.ms += ms;
  }
  const chunks: Buffer[] = [];
  let sequence = 0;
  for (const [place, { picture, part, ms }] of shown.entries()) {
    const encoded = chunksOf(PNG.sync.write(cropped(picture, part), { colorType: 2 }));
    if (place === 0)
      chunks.push(...encoded.filter(({ type }) => type === 'IHDR').map(rawChunk), animation(shown.length));
    chunks.push(frameControl(sequence++, part, ms));
    for (const { type, data } of encoded) {
      if (type !== 'IDAT') continue;
      chunks.push(
        place === 0
          ? rawChunk({ type, data })
          : rawChunk({ type: 'fdAT', data: Buffer.concat([uint32(sequence++), data]) }),
      );
    }
  }
  return Buffer.concat([signature, ...chunks, rawChunk({ type: 'IEND', data: Buffer.alloc(0) })]);
}

/** Undefined where they are the same. */
function changedPart(one: PNG, other: PNG): Part | undefined {
  const { width, height } = one;
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * bytesPerPixel;
      if (one.data.readUInt32BE(at) === other.data.readUInt32BE(at)) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), y];
    }
  }
  return right < 0 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function cropped(picture: PNG, { x, y, width, height }: Part): PNG {
  const part = new PNG({ width, height });
  PNG.bitblt(picture, part, x, y, width, height, 0, 0);
  return part;
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = signature.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

function rawChunk({ type, data }: Chunk): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32(data.length), named, uint32(crc32(named))]);
}

function animation(count: number): Buffer {
  const endless = 0;
  return rawChunk({ type: 'acTL', data: Buffer.concat([uint32(count), uint32(endless)]) });
}

function frameControl(sequence: number, { x, y, width, height }: Part, ms: number): Buffer {
  const timed = Buffer.alloc(6);
  timed.writeUInt16BE(ms, 0);
  timed.writeUInt16BE(1000, 2);
  return rawChunk({
    type: 'fcTL',
    data: Buffer.concat([...[sequence, width, height, x, y].map(uint32), timed]),
  });
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
