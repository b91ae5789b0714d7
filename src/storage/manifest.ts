import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Parameters } from '../services/service.ts';
import type { PathLocks } from './pathLocks.ts';

/** What `manifest.json` tells of one candidate. Times are ISO 8601. */
export interface ManifestEntry {
  /** Relative to the manifest, with `/`. */
  readonly file: string;
  readonly item: string;
  readonly run: string;
  readonly prompt: { readonly path: string; readonly hash: string };
  readonly row: string;
  readonly index: number;
  readonly service: string;
  readonly model: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly parameters: Parameters;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly cost?: number;
  readonly attempts: number;
  readonly startedAt: string;
  readonly finishedAt: string;
}

interface Manifest {
  readonly version: 1;
  readonly candidates: readonly ManifestEntry[];
}

/** A person may have edited or broken the file: what is not ours is set aside, never lost. */
async function readManifest(path: string): Promise<readonly ManifestEntry[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    const parsed = JSON.parse(text) as Partial<Manifest>;
    if (parsed.version === 1 && Array.isArray(parsed.candidates)) return parsed.candidates as ManifestEntry[];
  } catch {
    // Set aside below.
  }
  await rename(path, `${path}.${randomBytes(3).toString('hex')}.unreadable`);
  return [];
}

/** Keeps the `manifest.json` beside candidates; entries that arrive while one is being written share the next write. */
export class ManifestWriter {
  readonly #locks: PathLocks;
  readonly #waiting = new Map<string, { readonly entries: ManifestEntry[]; readonly written: Promise<void> }>();

  constructor(locks: PathLocks) {
    this.#locks = locks;
  }

  /** Resolves when the entry is on disk. */
  async add(path: string, entry: ManifestEntry): Promise<void> {
    let batch = this.#waiting.get(path);
    if (!batch) {
      const entries: ManifestEntry[] = [];
      const written = this.#locks.run(path, async () => {
        this.#waiting.delete(path);
        await this.#merge(path, entries);
      });
      batch = { entries, written };
      this.#waiting.set(path, batch);
    }
    batch.entries.push(entry);
    await batch.written;
  }

  async #merge(path: string, entries: readonly ManifestEntry[]): Promise<void> {
    const byFile = new Map<string, ManifestEntry>();
    for (const entry of [...(await readManifest(path)), ...entries]) byFile.set(entry.file, entry);
    const candidates = [...byFile.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
    const manifest: Manifest = { version: 1, candidates };
    const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
    try {
      await writeFile(temporary, `${JSON.stringify(manifest, null, 2)}\n`, { flag: 'wx', flush: true });
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }
}
