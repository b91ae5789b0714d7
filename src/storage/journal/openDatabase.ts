import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DamageError, Database } from './tables/database.ts';
import { withLock } from '../folderLock.ts';
import { JournalError, reasonOf } from './journalFailure.ts';
import { copyDamagedLog, damagedName, logRepair, mend, moveAside } from './repair/mend.ts';
import { takeOver } from './repair/salvage.ts';
import { removeDatabase } from './repair/salvageCopy.ts';
import { buildDatabase, currentVersion, definitions, migrate, migrations, versionOf } from './tables/schema.ts';
import { folderFile, journalPath, type JournalPlace, type Repair } from './settings.ts';
import { walFileIsDamaged } from './repair/walCheck.ts';

/** Larger databases are checked without their indexes, so that opening stays below a second. */
const wholeCheckBytes = 16 * 1024 * 1024;
/** The write-ahead log is cut back to this after a long transaction, bytes. */
const mostLogBytes = 16 * 1024 * 1024;

const headerBytes = 100;

export interface OpenDatabase {
  readonly database: Database;
  /** Of the file at the time of opening. */
  readonly identity: FileIdentity;
  readonly repair?: Repair;
}

export interface OpenOptions extends JournalPlace {
  /** How long to wait for other processes, ms. */
  readonly busyMs: number;
  /** Epoch ms. */
  readonly now: () => number;
  /** The file that turned out to be damaged, although SQLite does not see it. */
  readonly damaged?: FileIdentity;
}

/** Tells a file from another one at the same path. */
export type FileIdentity = string;

/** Undefined when there is no such file. */
export function identityOf(path: string): FileIdentity | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

/** Whatever lies in the folder is this person's: nobody else may have made it, or may look into it. */
function prepareFolder({ directory, folder }: JournalPlace): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const there = lstatSync(directory, { throwIfNoEntry: false });
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !there || there.isFile()) throw error;
    // Windows has no owners that Node tells of.
    const me = process.getuid?.();
    if (!there.isDirectory() || (me !== undefined && there.uid !== me)) throw new JournalError('not-yours');
    if (me !== undefined && (there.mode & 0o077) !== 0) chmodSync(directory, 0o700);
  }
  const path = join(directory, folderFile);
  const text = `${JSON.stringify({ folder })}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    writeFileSync(draft, text, { flag: 'wx' });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Opens the journal of a folder. One that is damaged is moved aside, and what is intact in it goes into a new one.
 *
 * @throws JournalError, or what SQLite and the file system throw: see `reasonOf`
 */
export function openDatabase(options: OpenOptions): OpenDatabase {
  const { directory, busyMs } = options;
  const path = journalPath(directory);
  prepareFolder(options);
  if (existsSync(path) && options.damaged === undefined) {
    try {
      return openIntact(path, options);
    } catch (error) {
      if (reasonOf(error) !== 'damaged' && existsSync(path)) throw error;
    }
  }
  return withLock(join(directory, 'journal.lock'), busyMs, () => openLocked(path, options));
}

/** Moves a journal whose folder went away from under it, and all that is in it, back to its place. */
export function reopenMoved(live: Database, options: OpenOptions): OpenDatabase {
  const opened = openDatabase(options);
  takeOver(live.raw, opened.database);
  live.raw.close();
  return opened;
}

function openLocked(path: string, options: OpenOptions): OpenDatabase {
  // A mended journal that was not yet in its place when its process was killed.
  const mended = `${path}.mended`;
  if (!existsSync(path)) {
    moveAside(`${path}-wal`, damagedName(path, options.now()));
    rmSync(`${path}-shm`, { force: true });
    if (existsSync(mended) && !existsSync(`${mended}-journal`)) renameSync(mended, path);
    else create(path);
  }
  // Another process may have mended it meanwhile.
  if (options.damaged === undefined || options.damaged !== identityOf(path)) {
    try {
      return openIntact(path, options);
    } catch (error) {
      if (reasonOf(error) !== 'damaged') throw error;
    }
  }
  const repair = mend(path, mended, options);
  return { ...openIntact(path, options), repair };
}

/** Builds the tables aside, so that a journal that is there is never empty: an empty one was truncated. */
function create(path: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    buildDatabase(draft);
    moveIntoPlace(draft, path);
  } finally {
    removeDatabase(draft);
  }
}

function moveIntoPlace(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
    // No links here; the lock keeps others away.
    renameSync(draft, path);
  }
}

/** @throws DamageError */
function openIntact(path: string, { busyMs, now }: OpenOptions): OpenDatabase {
  const identity = identityOf(path) ?? '';
  checkHeader(path);
  const suspicious = walFileIsDamaged(path);
  const raw = new DatabaseSync(path);
  try {
    raw.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON`);
    checkVersion(raw);
    const copy = suspicious ? copyDamagedLog(raw, path, now()) : undefined;
    checkPages(raw, path);
    // Every commit reaches the disk, also on macOS: what was paid for survives a power cut, and commits are batched.
    raw.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
      PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = ${mostLogBytes};
    `);
    migrate(raw);
    if (copy === undefined) return { database: new Database(raw), identity };
    raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return { database: new Database(raw), identity, repair: logRepair(path, copy) };
  } catch (error) {
    raw.close();
    throw error;
  }
}

function checkVersion(raw: DatabaseSync): void {
  const version = versionOf(raw);
  if (version === undefined || version === 0) throw new DamageError('The version is missing.');
  if (version > currentVersion) throw new JournalError('newer-version');
  const reference = new DatabaseSync(':memory:');
  migrate(reference, migrations.slice(0, version));
  const expected = definitions(reference);
  reference.close();
  const there = definitions(raw);
  if (![...expected].every((definition) => there.has(definition))) throw new DamageError('A table is missing.');
}

/** What SQLite takes for "read-only" or reads in another way instead of calling it damaged (sqlite.org/fileformat2.html). */
function checkHeader(path: string): void {
  const header = Buffer.alloc(headerBytes);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, headerBytes, 0);
  } finally {
    closeSync(file);
  }
  const [writeVersion = 0, readVersion = 0, ...rest] = header.subarray(18, 24);
  const isSound = [1, 2].includes(writeVersion) && writeVersion === readVersion && String(rest) === '0,64,32,32';
  if (!isSound) throw new DamageError('The header is damaged.');
}

function checkPages(raw: DatabaseSync, path: string): void {
  const check = statSync(path).size <= wholeCheckBytes ? 'integrity_check' : 'quick_check';
  const rows = raw.prepare(`PRAGMA ${check}(1)`).all();
  if (rows.length !== 1 || rows[0]?.[check] !== 'ok') throw new DamageError('A page is damaged.');
}
