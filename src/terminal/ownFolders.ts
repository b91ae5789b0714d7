import { isAbsolute, join } from 'node:path';
import { platformFolders, programName } from '../storage/platformFolders.ts';
import { findStateFolder } from '../storage/stateFolder.ts';

/** Folders of the person who runs the program, absolute; undefined for a user without a home. */
export interface OwnFolders {
  readonly config: string | undefined;
  readonly state: string | undefined;
}

export async function ownFolders(): Promise<OwnFolders> {
  const state = await findStateFolder();
  const folders = await platformFolders();
  return {
    // The XDG Base Directory Specification: a path that is not absolute counts as none.
    config: folders && [folders.config, join(folders.home, '.config', programName)].find((each) => isAbsolute(each)),
    state: state.ok ? state.value : undefined,
  };
}
