import { crc32 } from 'node:zlib';

/** CRC-32 of values in order, null included: SQLite itself does not notice a flipped bit inside a row. */
export function checksum(...values: readonly (string | number | null)[]): number {
  return crc32(values.map((value) => value ?? '\0').join('\u001f'));
}

/** For integer columns, which take nothing else. */
export function whole(value: number): number {
  return Number.isFinite(value) ? Math.round(value) : 0;
}
