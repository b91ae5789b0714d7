import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { reasonOf } from '../journalFailure.ts';
import type { Repair } from '../settings.ts';
import { Database } from '../tables/database.ts';
import { buildDatabase } from '../tables/schema.ts';
import { takeOver, type Salvaged } from './salvage.ts';
import { readDamaged, removeDatabase } from './salvageCopy.ts';
import { walFileIsDamaged } from './walCheck.ts';

const nothingSalvaged: Salvaged = { runs: 0, items: 0, plannedItems: 0, texts: 0 };

interface MendOptions {
  /** How long to wait for other processes, ms. */
  readonly busyMs: number;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * Puts a new journal with all that is intact in a damaged one into its place, while the caller keeps other processes away.
 * Each step can be the last before a kill: until the damaged file is aside, the next opening starts over.
 *
 * @param mended where the new one is built
 */
export function mend(path: string, mended: string, { busyMs, now }: MendOptions): Repair {
  const template = `${path}.template`;
  for (const leftover of [mended, template]) removeDatabase(leftover);
  buildDatabase(template);
  copyFileSync(template, mended);
  const release = holdWrites(path, busyMs);
  const movedTo = damagedName(path, now());
  let kept: Salvaged;
  try {
    kept = salvage(path, template, mended);
    moveAside(path, movedTo);
    moveAside(`${path}-wal`, movedTo);
    moveAside(`${path}-shm`, movedTo);
    renameSync(mended, path);
  } finally {
    release();
    removeDatabase(template);
  }
  const { runs, items, plannedItems, texts } = kept;
  const outcome =
    runs === 0
      ? 'no run in it could be read, so a new one was begun'
      : `${items} of ${plannedItems} items and ${texts} texts of ${runs} runs were kept`;
  return {
    movedTo,
    message: `The journal ${path} was damaged: ${outcome}. Candidates on disk are untouched; the damaged file is now ${movedTo}.`,
  };
}

/** Keeps others from committing to a database that is about to be moved, as far as it still works. */
function holdWrites(path: string, busyMs: number): () => void {
  let raw: DatabaseSync | undefined;
  try {
    raw = new DatabaseSync(path);
    raw.exec(`PRAGMA busy_timeout = ${busyMs}; BEGIN IMMEDIATE`);
  } catch {
    // Then nobody else can write either.
  }
  return () => raw?.close();
}

function salvage(path: string, template: string, mended: string): Salvaged {
  const into = new DatabaseSync(mended);
  let kept = nothingSalvaged;
  try {
    for (const depth of ['header', 'definitions'] as const) {
      if (kept.runs > 0) break;
      try {
        kept = readDamaged(path, template, depth, (copy) => takeOver(copy, new Database(into)));
      } catch (error) {
        // A full disk is no reason to give up what can be read.
        if (reasonOf(error) === 'disk-full' || reasonOf(error) === 'read-only') throw error;
      }
    }
    return kept;
  } finally {
    into.close();
  }
}

/** A name beside a journal that nothing has yet, for what is damaged of it. @param now epoch ms */
export function damagedName(path: string, now: number): string {
  const time = new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(':', '-');
  for (let count = 1; ; count++) {
    const name = path.replace(/\.sqlite$/, `.damaged-${time}${count === 1 ? '' : `-${count}`}.sqlite`);
    if (!existsSync(name) && !existsSync(`${name}-wal`)) return name;
  }
}

/** Moves a file of a journal, if it is there, to the name of its damaged journal. */
export function moveAside(path: string, damaged: string): void {
  if (existsSync(path))
    renameSync(path, `${damaged}${path.endsWith('-wal') ? '-wal' : path.endsWith('-shm') ? '-shm' : ''}`);
}

/**
 * SQLite goes on without the part of a log that it cannot read, and overwrites it: a copy is all that can be saved.
 *
 * @returns the copy; undefined when the log was only in the middle of a write when it was read before
 */
export function copyDamagedLog(raw: DatabaseSync, path: string, now: number): string | undefined {
  raw.exec('BEGIN IMMEDIATE');
  try {
    if (!walFileIsDamaged(path)) return undefined;
    const copy = damagedName(path, now);
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    return copy;
  } finally {
    raw.exec('ROLLBACK');
  }
}

/** What to tell of a log that was damaged. @param movedTo the copy */
export function logRepair(path: string, movedTo: string): Repair {
  return {
    movedTo,
    message: `The log of the journal ${path} was damaged: what was recorded last may be missing and would be generated again. Candidates on disk are untouched; a copy of the damaged files is now ${movedTo}.`,
  };
}
