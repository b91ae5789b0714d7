import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

/** Hashes of the settings that a person trusted, by folder; the newest last. */
const schema = v.record(v.string(), v.array(v.string()));

/** Of one folder: settings go back and forth with branches. */
const mostContents = 20;

/** Which settings of which folders a person trusts, remembered from one call of the program to the next. */
export interface TrustStore {
  readonly isTrusted: (folder: string, contentHash: string) => Promise<boolean>;
  /** @returns whether it is remembered: it is not where nothing can be written */
  readonly trust: (folder: string, contentHash: string) => Promise<boolean>;
}

/** @param stateFolder the person's own, absolute; made when something is remembered */
export function trustStore(stateFolder: string): TrustStore {
  const path = join(stateFolder, 'trusted.json');
  return {
    isTrusted: async (folder, contentHash) => (await read(path)).get(folder)?.includes(contentHash) === true,
    trust: async (folder, contentHash) => {
      const trusted = await read(path);
      const others = (trusted.get(folder) ?? []).filter((each) => each !== contentHash);
      trusted.set(folder, [...others, contentHash].slice(-mostContents));
      const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
      try {
        await mkdir(stateFolder, { recursive: true, mode: 0o700 });
        await writeFile(temporary, `${JSON.stringify(Object.fromEntries(trusted), null, 2)}\n`, {
          flag: 'wx',
          mode: 0o600,
        });
        await rename(temporary, path);
        return true;
      } catch {
        await rm(temporary, { force: true }).catch(() => undefined);
        return false;
      }
    },
  };
}

/** Nobody is trusted by a file that cannot be read. */
async function read(path: string): Promise<Map<string, string[]>> {
  try {
    return new Map(Object.entries(v.parse(schema, JSON.parse(await readFile(path, 'utf8')))));
  } catch {
    return new Map();
  }
}
