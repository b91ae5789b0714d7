import { text } from './options.ts';

/** Whose runs are meant; see `TerminalSession.openJournalled`. */
export const folderOption = text(
  '--folder <folder>',
  'those of another folder; of one that was moved, they go over to the one you are in',
);
