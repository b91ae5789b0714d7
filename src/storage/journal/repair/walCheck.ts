import { existsSync, readFileSync } from 'node:fs';

const headerSize = 32;
const frameHeaderSize = 24;

/** SQLite's running checksum (sqlite.org/fileformat2.html#checksum_algorithm). */
function addChecksum(view: DataView, from: number, to: number, littleEndian: boolean, sums: Uint32Array): void {
  let [first = 0, second = 0] = sums;
  for (let at = from; at < to; at += 8) {
    first = (first + view.getUint32(at, littleEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, littleEndian) + first) >>> 0;
  }
  sums[0] = first;
  sums[1] = second;
}

/**
 * Whether a write-ahead log lost commits to damage. SQLite stops at the first frame whose checksum is wrong and says
 * nothing; what a killed process left unfinished looks the same, but no commit of the same log follows it.
 */
function walIsDamaged(bytes: Uint8Array): boolean {
  if (bytes.length < headerSize + frameHeaderSize) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  // The last bit says in which byte order the checksums are computed; everything else is big-endian.
  const littleEndian = (magic & 1) === 0;
  const sums = new Uint32Array(2);
  addChecksum(view, 0, headerSize - 8, littleEndian, sums);
  const pageSize = view.getUint32(8);
  if (
    magic >>> 1 !== 0x377f0682 >>> 1 ||
    pageSize < 512 ||
    pageSize > 65_536 ||
    view.getUint32(24) !== sums[0] ||
    view.getUint32(28) !== sums[1]
  ) {
    return true;
  }
  let valid = true;
  for (let at = headerSize; at + frameHeaderSize + pageSize <= bytes.length; at += frameHeaderSize + pageSize) {
    const sameLog = view.getUint32(at + 8) === view.getUint32(16) && view.getUint32(at + 12) === view.getUint32(20);
    if (!valid) {
      const isCommit = view.getUint32(at + 4) !== 0;
      if (sameLog && isCommit) return true;
      continue;
    }
    addChecksum(view, at, at + 8, littleEndian, sums);
    addChecksum(view, at + frameHeaderSize, at + frameHeaderSize + pageSize, littleEndian, sums);
    const intact = view.getUint32(at + 16) === sums[0] && view.getUint32(at + 20) === sums[1];
    if (sameLog && !intact && view.getUint32(at + 4) !== 0) return true;
    valid = sameLog && intact;
  }
  return false;
}

/** Whether the write-ahead log beside a database is there and damaged. */
export function walFileIsDamaged(databasePath: string): boolean {
  const path = `${databasePath}-wal`;
  return existsSync(path) && walIsDamaged(readFileSync(path));
}
