import { homedir } from 'node:os';

/** Its folders have this name. */
export const programName = 'parallel-candidates';

/** Where the platform has files of a program for the person who runs it; a path that is not absolute counts as none. */
export interface PlatformFolders {
  readonly config: string;
  readonly data: string;
  readonly log: string;
  readonly home: string;
}

/** Undefined for a user without a home. */
export async function platformFolders(): Promise<PlatformFolders | undefined> {
  try {
    // Asks for the home folder when it is loaded, which fails for a user without one.
    const { default: envPaths } = await import('env-paths');
    const { config, data, log } = envPaths(programName, { suffix: '' });
    return { config, data, log, home: homedir() };
  } catch {
    return undefined;
  }
}
