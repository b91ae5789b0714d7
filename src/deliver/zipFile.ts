import { zipSync, type ZipOptions } from 'fflate';

export interface ZipEntry {
  readonly path: string;
  readonly content: Uint8Array | string;
  /** Not made smaller: images are small already, and a book's `mimetype` must be readable as it lies there. */
  readonly isStored?: boolean;
}

/** The day is the same in every time zone, so that the same entries are the same bytes. */
const mtime = new Date(1980, 0, 2);

/** In the order given. */
export function zipFile(entries: readonly ZipEntry[]): Uint8Array {
  const encoder = new TextEncoder();
  return zipSync(
    Object.fromEntries(
      entries.map(({ path, content, isStored = false }): [string, [Uint8Array, ZipOptions]] => [
        path,
        [typeof content === 'string' ? encoder.encode(content) : content, { mtime, level: isStored ? 0 : 6 }],
      ]),
    ),
  );
}
