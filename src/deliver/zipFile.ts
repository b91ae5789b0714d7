import { zipSync, type ZipOptions } from 'fflate';

export interface ZipEntry {
  readonly path: string;
  readonly content: Uint8Array | string;
  /** Not made smaller: images are small already, and a book's `mimetype` must be readable as it lies there. */
  readonly isStored?: boolean;
}

/** What the time of an entry is kept in, ms: two seconds. */
export const zipTimeStep = 2000;
const earliest = Date.UTC(1980, 0, 1);
const latest = Date.UTC(2099, 0, 1);

/**
 * In the order given; the same entries and time are the same bytes.
 *
 * @param madeAt epoch ms, of all entries
 */
export function zipFile(entries: readonly ZipEntry[], madeAt: number): Uint8Array {
  const encoder = new TextEncoder();
  const mtime = withPartsOf(new Date(Math.min(latest, Math.max(earliest, madeAt))));
  return zipSync(
    Object.fromEntries(
      entries.map(({ path, content, isStored = false }): [string, [Uint8Array, ZipOptions]] => [
        path,
        [typeof content === 'string' ? encoder.encode(content) : content, { mtime, level: isStored ? 0 : 6 }],
      ]),
    ),
  );
}

/** A date whose parts in this time zone, which is what a zip keeps, are those of the given one in UTC. */
function withPartsOf(utc: Date): Date {
  const [year, month, day] = [utc.getUTCFullYear(), utc.getUTCMonth(), utc.getUTCDate()];
  return new Date(year, month, day, utc.getUTCHours(), utc.getUTCMinutes(), utc.getUTCSeconds());
}

/** Of the first entry, epoch ms: where a zip begins with its four bytes, its version, flags and kind of packing come first. */
export function zipMadeAt(bytes: Uint8Array): number | undefined {
  if (bytes.length < 30) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== 0x04034b50) return undefined;
  const [time, date] = [view.getUint16(10, true), view.getUint16(12, true)];
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  return Date.UTC(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2);
}
