import { codeOf } from '../../storage/fileSystem.ts';

/** Why a file that a prompt names was not read, as the end of a sentence. @param most what it may have, in words */
export function whyUnread(error: unknown, most: string): string {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'FileNotFound':
      return 'is not there: check its path, which is relative to the prompt file.';
    case 'OUTSIDE_ROOT':
      return 'is outside of the folder that you work in: copy it into the folder.';
    case 'TOO_LARGE':
      return `has more than ${most}: make it smaller.`;
    case 'NOT_A_FILE':
    case 'FileIsADirectory':
    case 'EISDIR':
      return 'is no file: name a file.';
    default:
      return `cannot be read: ${(error instanceof Error ? error.message : String(error)).replace(/[\s.]+$/, '')}.`;
  }
}
