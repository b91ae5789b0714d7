import * as fs from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { systemClock, type Clock } from '../base/clock.ts';
import { contentHash } from '../base/hash.ts';
import { isResultTable, type ResultTableFormat } from '../candidates/resultTable.ts';
import { codeOf } from './fileSystem.ts';
import { readOwnFile } from './ownFiles.ts';
import type { GatedFolder, PathGate } from './pathGate.ts';
import { causeOf } from './writeFailure.ts';

/** Changes wait for others at least so long, ms. */
const gatherMs = 1_000;
/** Writing takes at most one part in this many of the time, so that large tables are written less often. */
const restPerPass = 10;

/** More than the table of a whole run, and a text that still fits into memory. */
const mostBytes = 256 * 1024 * 1024;

/** More copies than anybody keeps. */
const mostKept = 1_000;

export interface ResultTableOptions {
  /** Absolute. */
  readonly path: string;
  /** The folder that it must stay inside once symbolic links are resolved. */
  readonly root: string;
  readonly gate: PathGate;
  readonly format: ResultTableFormat;
  /** The whole table as it is now. */
  readonly text: () => string;
  /**
   * Whether a run has left a table with this SHA-256, hex: then nobody has changed it since, and it is written over. Absent,
   * or for another one: it is kept under another name.
   */
  readonly isOurs?: (hash: string) => boolean;
  /** Told of the SHA-256 of each table that was written, for `isOurs` of later runs. */
  readonly onWritten?: (hash: string) => void;
  /** Told of a sentence when a table was kept, and of the first problem until the table is written again. */
  readonly report: (message: string) => void;
  readonly clock?: Clock;
}

/**
 * Keeps a table of results on a disk in step with a run: whole at every moment, written at most once a second and at the
 * end. What a person has changed in it meanwhile is kept beside it; a file that is no table of ours is never touched.
 */
export class ResultTableFile {
  readonly #options: ResultTableOptions;
  readonly #clock: Clock;
  /** Of the last table that was written. */
  #written: string | undefined;
  #isChanged = false;
  #callOff: (() => void) | undefined;
  #passes: Promise<void> = Promise.resolve();
  #lastPassMs = 0;
  #isReported = false;

  constructor(options: ResultTableOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The table is written soon. */
  changed(): void {
    this.#isChanged = true;
    this.#callOff ??= this.#clock.schedule(Math.max(gatherMs, this.#lastPassMs * restPerPass), () => {
      this.#callOff = undefined;
      void this.#write();
    });
  }

  /** Resolves when the table is as it should be now, or could not be written. */
  close(): Promise<void> {
    this.#callOff?.();
    this.#callOff = undefined;
    return this.#write();
  }

  #write(): Promise<void> {
    this.#passes = this.#passes.then(() => this.#pass());
    return this.#passes;
  }

  async #pass(): Promise<void> {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    const startedAt = this.#clock.now();
    const { path, root, gate } = this.#options;
    let problem: string | undefined;
    try {
      gate.checkName(path, root);
      const folder = await gate.enter(dirname(path), root);
      try {
        problem = await this.#replace(folder, this.#options.text());
      } finally {
        await folder.close();
      }
    } catch (error) {
      problem = `The table ${path} could not be written: ${causeOf(error)}. Mend that, and it is written again.`;
    }
    if (problem !== undefined) {
      this.#isChanged = true;
      if (!this.#isReported) this.#options.report(problem);
    }
    this.#isReported = problem !== undefined;
    this.#lastPassMs = this.#clock.now() - startedAt;
  }

  /** @returns what is wrong with the file that is there */
  async #replace(folder: GatedFolder, text: string): Promise<string | undefined> {
    const { path, format, onWritten } = this.#options;
    const name = basename(path);
    const there = await readIfThere(folder.at(name));
    if (there !== undefined && there !== text && !this.#isKnown(there)) {
      if (!isResultTable(format, there)) {
        return `The file ${path} is no table of results, so the results were not written to it: choose another name for candidates.table.`;
      }
      await this.#keep(folder, name);
    }
    if (there !== text) await moveInto(folder, name, text);
    this.#written = text;
    onWritten?.(contentHash(text));
    return undefined;
  }

  #isKnown(text: string): boolean {
    return text === this.#written || this.#options.isOurs?.(contentHash(text)) === true;
  }

  async #keep(folder: GatedFolder, name: string): Promise<void> {
    const extension = extname(name);
    const stem = name.slice(0, name.length - extension.length);
    const names = new Set(await fs.readdir(folder.here));
    for (let number = 1; number <= mostKept; number += 1) {
      const free = `${stem}.kept-${number}${extension}`;
      if (names.has(free)) continue;
      await fs.rename(folder.at(name), folder.at(free));
      this.#options.report(`The table ${this.#options.path} was there with other contents: it is kept as ${free}.`);
      return;
    }
    throw new Error(`there are ${mostKept} copies of it already`);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readOwnFile(path, mostBytes)).toString('utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function moveInto(folder: GatedFolder, name: string, text: string): Promise<void> {
  // Always the same name: what a killed process left is cleared by the next one.
  const temporary = folder.at(`.${name}.tmp`);
  await fs.rm(temporary, { force: true });
  try {
    await fs.writeFile(temporary, text, { flag: 'wx', flush: true });
    await folder.settle();
    await fs.rename(temporary, folder.at(name));
    await folder.check();
  } finally {
    await fs.rm(temporary, { force: true });
  }
}
