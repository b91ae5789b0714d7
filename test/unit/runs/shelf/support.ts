import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentHash } from '../../../../src/base/hash.ts';
import type { Outcome } from '../../../../src/base/outcome.ts';
import { mergeManifest, type ManifestEntry } from '../../../../src/candidates/manifest.ts';
import type { ChosenPrompt, Choosing } from '../../../../src/runs/shelf/choosing.ts';
import { listCandidates, type ShelfCandidate, type ShelfListing } from '../../../../src/runs/shelf/listCandidates.ts';
import { DiskFiles } from '../../../../src/storage/diskFiles.ts';
import { PathGate } from '../../../../src/storage/pathGate.ts';
import { DiskShelves } from '../../../../src/storage/shelfFile.ts';
import { manifestEntry } from '../../../support/manifestEntry.ts';

export function value<Value>(outcome: Outcome<Value, string>): Value {
  return outcome.ok ? outcome.value : assert.fail(outcome.failure);
}

export function failure(outcome: Outcome<unknown, string>): string {
  return outcome.ok ? assert.fail('It went well.') : outcome.failure;
}

/** A folder with a prompt file and candidates that somebody chooses from. */
export class ShelfBench {
  readonly root: string;
  readonly choosing: Choosing;
  prompt: ChosenPrompt;
  #now = Date.UTC(2026, 10, 26);

  constructor(scratch: string) {
    this.root = join(scratch, 'root');
    mkdirSync(this.root);
    const now = (): number => ++this.#now;
    const shelves = new DiskShelves({ gate: new PathGate(), root: this.root, lockPath: join(scratch, 'lock'), now });
    this.choosing = { files: new DiskFiles(), shelves, root: this.root };
    this.prompt = { path: this.at('a.prompt.md'), name: 'a', isJson: false };
    this.put('a.prompt.md', 'Write a line.\n');
  }

  at(...names: readonly string[]): string {
    return join(this.root, ...names);
  }

  put(path: string, text: string | Uint8Array): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text);
  }

  read(path: string): string {
    return readFileSync(this.at(path), 'utf8');
  }

  isThere(path: string): boolean {
    return existsSync(this.at(path));
  }

  /** Candidates with their manifest, as a run leaves them. */
  generated(
    texts: Readonly<Record<string, string>>,
    folder = 'candidates/a',
    changes: Partial<ManifestEntry> = {},
  ): void {
    const entries = Object.entries(texts).map(([file, text], place) => {
      this.put(`${folder}/${file}`, text);
      return manifestEntry(file, { contentHash: contentHash(text), index: place + 1, model: 'small', ...changes });
    });
    const path = `${folder}/manifest.json`;
    const merged = mergeManifest(this.isThere(path) ? this.read(path) : undefined, entries);
    if (merged.isReadable) this.put(path, merged.text);
  }

  async list(): Promise<ShelfListing> {
    return value(await listCandidates(this.prompt, this.choosing));
  }

  /** By its path from the root down. */
  async candidate(path: string): Promise<ShelfCandidate> {
    const { candidates } = await this.list();
    return candidates.find((each) => each.path === this.at(...path.split('/'))) ?? assert.fail(`There is no ${path}.`);
  }

  /** What a person sees of all candidates. */
  async seen(): Promise<readonly unknown[]> {
    const { candidates } = await this.list();
    return candidates.map(({ path, row, number, model, isPicked, isArchived, rating, note }) => {
      return { path, row, number, model, isPicked, isArchived, rating, note };
    });
  }

  /** All files but the shelf, with what they hold, by their paths. */
  files(folder = this.root): ReadonlyMap<string, string> {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true });
    return new Map(
      names
        .filter((entry) => entry.isFile() && entry.name !== 'shelf.json')
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
        .map((path) => [path, readFileSync(path, 'latin1')]),
    );
  }
}
