import { homedir, platform } from 'node:os';
import { isAbsolute, join } from 'node:path';

const program = 'parallel-candidates';

/** Folders of the person who runs the program, absolute; undefined for a user without a home. */
export interface OwnFolders {
  readonly config: string | undefined;
  readonly state: string | undefined;
}

export async function ownFolders(): Promise<OwnFolders> {
  const variable = process.env.PARALLEL_CANDIDATES_STATE ?? '';
  const named = isAbsolute(variable) ? variable : undefined;
  try {
    // Asks for the home folder when it is loaded, which fails for a user without one.
    const { default: envPaths } = await import('env-paths');
    const { config, data, log } = envPaths(program, { suffix: '' });
    // Only Linux has a place of its own for state; there it goes by the name of logs.
    const hasState = platform() !== 'win32' && platform() !== 'darwin';
    return {
      config: absolute(config, '.config'),
      state: named ?? absolute(hasState ? log : data, join('.local', 'state')),
    };
  } catch {
    return { config: undefined, state: named };
  }
}

/** The XDG Base Directory Specification: a path that is not absolute counts as none. */
function absolute(path: string, underHome: string): string | undefined {
  return [path, join(homedir(), underHome, program)].find((each) => isAbsolute(each));
}
