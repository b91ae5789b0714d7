import type { FileStoreError } from './fileStore.ts';
import { codeOf } from './fileSystem.ts';

/** Why nothing can be written to a folder, as the end of a sentence. */
export function problemOf(error: unknown, root: string): string {
  switch (codeOf(error)) {
    case 'OUTSIDE_ROOT':
      return `is outside ${root}: choose a folder inside it`;
    case 'GUARDED':
      return `leads to "${(error as FileStoreError).path}", which programs run or read as configuration: choose another folder`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'is not writable: change its permissions or choose another folder';
    case 'ENAMETOOLONG':
      return 'is too long a path: choose a shorter folder or shorter names';
    case 'ELOOP':
      return 'cannot be used because the links in its path lead in a circle: mend them';
    case 'BROKEN_LINK':
      return `cannot be made because ${(error as FileStoreError).path} is a link to nothing: mend or delete it`;
    default:
      return `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
}
