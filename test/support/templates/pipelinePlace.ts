import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { unzipSync } from 'fflate';
import { contentHash } from '../../../src/base/hash.ts';
import { startCli, type RunningCli } from '../cli.ts';
import { askJournal, journalDirectoryOf } from '../crash.ts';
import type { DemoServer } from './demoServer.ts';

/** A folder with one pipeline in a folder of its own, and the terminal program in it. */
export class PipelinePlace {
  readonly folder = mkdtempSync(join(tmpdir(), 'parallel-candidates-place-'));
  readonly name: string;
  readonly #server: DemoServer;

  /** @param source folder that the pipeline comes from; its file has the name of the folder */
  constructor(source: string, name: string, server: DemoServer) {
    this.name = name;
    this.#server = server;
    const target = join(this.folder, name);
    // The order of files is that of their last change.
    cpSync(source, target, { recursive: true, preserveTimestamps: true });
    mkdirSync(join(this.folder, '.state'));
    const file = join(target, `${name}.pipeline.yml`);
    writeFileSync(file, server.rewired(readFileSync(file, 'utf8')));
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCli {
    return startCli(args, { cwd: this.folder, env: { OPENAI_API_KEY: 'key', ...env } });
  }

  /** @param slots calls in flight at once */
  run(slots: number, more: readonly string[] = [], env: Readonly<Record<string, string>> = {}): RunningCli {
    const file = `${this.name}/${this.name}.pipeline.yml`;
    const { baseUrl } = this.#server;
    return this.start(['run', file, '--json', '--base-url', baseUrl, '--concurrency', String(slots), ...more], env);
  }

  /** Items whose result is committed, as `stage` and `key`. */
  committed(): readonly { readonly stage: string; readonly key: string }[] {
    return askJournal(
      journalDirectoryOf(this.folder),
      `SELECT stages.name AS stage, items.record_key AS key FROM items
        JOIN stages USING (run, stage) LEFT JOIN results USING (run, position)
        WHERE results.text IS NOT NULL OR items.state = 'written'`,
    );
  }

  /** Hashes of what lies in files and folders of the pipeline, without the moments at which books and decks were made. */
  contents(paths: readonly string[]): Readonly<Record<string, string>> {
    const root = join(this.folder, this.name);
    const files = paths.flatMap((path) =>
      statSync(join(root, path)).isDirectory()
        ? readdirSync(join(root, path)).map((each) => `${path}/${each}`)
        : [path],
    );
    return Object.fromEntries(
      files.sort().map((file) => [file, contentHash(contentOf(file, readFileSync(join(root, file))))]),
    );
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function contentOf(file: string, bytes: Buffer): string {
  if (file.endsWith('.epub')) {
    const entries = Object.entries(unzipSync(bytes)).map(([name, content]) => [name, Buffer.from(content).toString()]);
    return JSON.stringify(entries).replace(/(dcterms:modified[^>]*>)[^<]*/g, '$1');
  }
  return file.endsWith('.apkg') ? notesOf(bytes) : bytes.toString('latin1');
}

/** What is on the cards of a deck, and by what it is known. */
function notesOf(bytes: Buffer): string {
  const collection = unzipSync(bytes)['collection.anki2'];
  assert.ok(collection);
  const folder = mkdtempSync(join(tmpdir(), 'parallel-candidates-deck-'));
  try {
    const file = join(folder, 'collection.anki2');
    writeFileSync(file, collection);
    const database = new DatabaseSync(file);
    const notes = database.prepare('SELECT guid, tags, flds, sfld FROM notes ORDER BY id').all();
    const cards = database.prepare('SELECT ord, due, type FROM cards ORDER BY id').all();
    database.close();
    return JSON.stringify([notes, cards]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
