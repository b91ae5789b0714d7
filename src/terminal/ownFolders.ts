import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { findStateFolder } from '../storage/stateFolder.ts';

const program = 'parallel-candidates';

/** Folders of the person who runs the program, absolute; undefined for a user without a home. */
export interface OwnFolders {
  readonly config: string | undefined;
  readonly state: string | undefined;
}

export async function ownFolders(): Promise<OwnFolders> {
  const state = await findStateFolder();
  return { config: await configFolder(), state: state.ok ? state.value : undefined };
}

async function configFolder(): Promise<string | undefined> {
  try {
    // Asks for the home folder when it is loaded, which fails for a user without one.
    const { default: envPaths } = await import('env-paths');
    const { config } = envPaths(program, { suffix: '' });
    // The XDG Base Directory Specification: a path that is not absolute counts as none.
    return [config, join(homedir(), '.config', program)].find((each) => isAbsolute(each));
  } catch {
    return undefined;
  }
}
