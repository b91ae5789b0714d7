import { unzipSync } from 'fflate';

/** The files of a zip by their paths. */
export function readZip(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(unzipSync(bytes)));
}
