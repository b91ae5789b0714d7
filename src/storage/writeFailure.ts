import type { Failure } from '../engine/outcome.ts';

const sentences: Readonly<Record<string, string>> = {
  EACCES: 'you have no permission to write there',
  EPERM: 'you have no permission to write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  ENOTDIR: 'a file stands where a folder is needed',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
  EISDIR: 'a folder stands where the file is needed',
};

/** One sentence for whatever the file system said. */
export function writeFailure(path: string, error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const cause = sentences[code] ?? (error instanceof Error ? error.message : String(error));
  return {
    reason: 'write-failed',
    message: `The candidate could not be written to ${path}: ${cause}. Mend that or set another "candidates.output", then run again.`,
  };
}
