import { failed, type Outcome } from '../../base/outcome.ts';
import type { OwnerView } from './records.ts';

/** Why the journal could not do something: one word per cause that a caller or a person treats differently. */
export type JournalFailureReason =
  /** Another program holds the database. */
  | 'busy'
  | 'disk-full'
  | 'read-only'
  /** The disk does not do what it should. */
  | 'disk-error'
  /** The folder that the journal is of or lies in is not there. */
  | 'no-folder'
  /** Somebody else has made the folder that the journal lies in. */
  | 'not-yours'
  /** Written by a later version of this program. */
  | 'newer-version'
  | 'damaged'
  /** This Node has no node:sqlite. */
  | 'unsupported'
  /** Somebody else works on the run. */
  | 'owned'
  /** Somebody else has taken the run over: this process must stop working on it. */
  | 'lost'
  /** There is no such run: it was discarded, or it belongs to another folder. */
  | 'no-run'
  /** The run has no such item. */
  | 'no-item'
  /** The journal was closed or its worker is gone. */
  | 'closed'
  | 'internal';

export interface JournalFailure {
  readonly reason: JournalFailureReason;
  /** One sentence that says what happened and what to do. Never holds a secret. */
  readonly message: string;
  /** With `owned` and `lost`. */
  readonly owner?: OwnerView;
}

/** What a call of the journal comes to. */
export type JournalOutcome<Value> = Outcome<Value, JournalFailure>;

export function failure(
  reason: JournalFailureReason,
  message: string,
  owner?: OwnerView,
): { readonly ok: false; readonly failure: JournalFailure } {
  return failed({ reason, message, ...(owner && { owner }) });
}

/** For causes that no other error stands for. */
export class JournalError extends Error {
  readonly reason: JournalFailureReason;

  constructor(reason: JournalFailureReason, message: string = reason) {
    super(message);
    this.reason = reason;
  }
}

const sqliteReasons: ReadonlyMap<number, JournalFailureReason> = new Map([
  [3, 'read-only'],
  [5, 'busy'],
  [6, 'busy'],
  [8, 'read-only'],
  [10, 'disk-error'],
  [11, 'damaged'],
  [13, 'disk-full'],
  [14, 'read-only'],
  [15, 'busy'],
  [24, 'damaged'],
  [26, 'damaged'],
]);

/** What tells more than the primary code: the shared memory beside the database cannot grow (SQLITE_IOERR_SHMSIZE). */
const extendedReasons: ReadonlyMap<number, JournalFailureReason> = new Map([[10 | (19 << 8), 'disk-full']]);

const fileReasons: ReadonlyMap<string, JournalFailureReason> = new Map([
  ['EACCES', 'read-only'],
  ['EPERM', 'read-only'],
  ['EROFS', 'read-only'],
  ['EEXIST', 'read-only'],
  ['ENOTDIR', 'read-only'],
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['ENOENT', 'no-folder'],
  ['EBUSY', 'busy'],
  ['EIO', 'disk-error'],
  ['ERR_UNKNOWN_BUILTIN_MODULE', 'unsupported'],
]);

/** SQLite's extended result code (sqlite.org/rescode.html); undefined for any other error. */
function sqliteCode(error: unknown): number | undefined {
  const code = (error as { readonly errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' ? code : undefined;
}

export function reasonOf(error: unknown): JournalFailureReason {
  if (error instanceof JournalError) return error.reason;
  const sqlite = sqliteCode(error);
  if (sqlite !== undefined) return extendedReasons.get(sqlite) ?? sqliteReasons.get(sqlite & 0xff) ?? 'internal';
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return (code === undefined ? undefined : fileReasons.get(code)) ?? 'internal';
}

/** One sentence for whatever the database or the file system said. */
export function describeFailure(reason: JournalFailureReason, path: string, error?: unknown): JournalFailure {
  switch (reason) {
    case 'busy':
      return { reason, message: `Another program keeps the journal ${path} locked: close it there, then try again.` };
    case 'disk-full':
      return {
        reason,
        message: `The disk is full, so the journal ${path} cannot grow: free some space, then start or resume the run.`,
      };
    case 'read-only':
      return { reason, message: `The journal ${path} cannot be written: make its folder writable, then try again.` };
    case 'disk-error':
      return {
        reason,
        message: `The disk with the journal ${path} reports an error: check the disk, then start or resume the run.`,
      };
    case 'no-folder':
      return { reason, message: `The folder of the journal ${path} is gone: bring it back, then try again.` };
    case 'not-yours':
      return {
        reason,
        message: `The folder of the journal ${path} was made by somebody else: name a folder of yours in PARALLEL_CANDIDATES_STATE.`,
      };
    case 'newer-version':
      return {
        reason,
        message: `The journal ${path} was written by a newer version of Parallel Candidates: update this one, then try again.`,
      };
    case 'damaged':
      return { reason, message: `The journal ${path} is damaged: open it again to keep what is intact.` };
    case 'unsupported':
      return {
        reason,
        message: `The journal ${path} needs Node 22.13 or newer: this is Node ${process.versions.node}.`,
      };
    case 'closed':
      return { reason, message: `The journal ${path} was closed: open it again.` };
    case 'owned':
    case 'lost':
    case 'no-run':
    case 'no-item':
    case 'internal': {
      const cause = error instanceof Error ? error.message : String(error);
      return { reason, message: `The journal ${path} failed unexpectedly (${cause}): please report this.` };
    }
  }
}
