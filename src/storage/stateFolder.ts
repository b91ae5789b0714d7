import { createHash } from 'node:crypto';
import { platform } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { success } from '../base/outcome.ts';
import { failure, type JournalOutcome } from './journal/journalFailure.ts';
import { platformFolders, programName } from './platformFolders.ts';

/** Moves the state folder, for the editor and the terminal alike: for containers, whose home does not last. */
export const stateVariable = 'PARALLEL_CANDIDATES_STATE';

/** Whatever names a state folder; what is empty names none. */
export interface StateSources {
  /** Of `stateVariable`. */
  readonly variable: string | undefined;
  /** The person's setting, absolute. */
  readonly setting: string | undefined;
  /** What the platform has for the state of programs. */
  readonly platform: string | undefined;
  /** The person's home. */
  readonly home: string | undefined;
}

/**
 * The folder that holds a folder for each journal of this person, absolute. The variable wins over the setting, because
 * editor and terminal both see it.
 */
export function chooseStateFolder({ variable = '', setting = '', ...own }: StateSources): JournalOutcome<string> {
  if (variable !== '') {
    if (isAbsolute(variable)) return success(variable);
    return noStateFolder(`${stateVariable} must be an absolute path, not "${variable}"`);
  }
  if (setting !== '') return success(setting);
  // The XDG Base Directory Specification: a path that is not absolute counts as none.
  if (own.platform !== undefined && isAbsolute(own.platform)) return success(own.platform);
  if (own.home !== undefined && isAbsolute(own.home)) return success(join(own.home, '.local', 'state', programName));
  return noStateFolder('You have no home folder');
}

/** As `chooseStateFolder`, for this process. */
export async function findStateFolder(setting?: string): Promise<JournalOutcome<string>> {
  const variable = process.env[stateVariable];
  const isNamed = [variable, setting].some((named) => named !== undefined && named !== '');
  return chooseStateFolder({
    variable,
    setting,
    ...(isNamed ? { platform: undefined, home: undefined } : await ownFolders()),
  });
}

/** Name of the folder of a journal in the state folder. */
export function journalKey(folder: string): string {
  return createHash('sha256').update(folder).digest('hex').slice(0, 32);
}

async function ownFolders(): Promise<Pick<StateSources, 'platform' | 'home'>> {
  const folders = await platformFolders();
  // Only Linux has a place of its own for state; there it goes by the name of logs.
  const hasState = platform() !== 'win32' && platform() !== 'darwin';
  return { platform: hasState ? folders?.log : folders?.data, home: folders?.home };
}

function noStateFolder(problem: string): { readonly ok: false } & JournalOutcome<never> {
  return failure(
    'no-folder',
    `${problem}, so there is no place for the journal: name a folder of yours in ${stateVariable}.`,
  );
}
