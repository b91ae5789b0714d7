import type { Failure } from '../model/attempt.ts';

/** By the codes of Node, of the editor's file systems and of our own stores. */
const sentences: Readonly<Record<string, string>> = {
  EACCES: 'you have no permission to write there',
  EPERM: 'you have no permission to write there',
  NoPermissions: 'you have no permission to write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  EFBIG: 'the file is larger than the disk allows',
  EIO: 'the disk reports an error',
  ENOENT: 'its folder was deleted meanwhile',
  FileNotFound: 'its folder was deleted meanwhile',
  ESTALE: 'the network disk is gone',
  ENODEV: 'the disk is gone',
  ENXIO: 'the disk is gone',
  Unavailable: 'the file system cannot be reached',
  ENOTDIR: 'a file stands where a folder is needed',
  FileNotADirectory: 'a file stands where a folder is needed',
  EISDIR: 'a folder stands where the file is needed',
  FileIsADirectory: 'a folder stands where the file is needed',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'the links in the path lead in a circle',
  BROKEN_LINK: 'a link in the path leads to nothing',
  OUTSIDE_ROOT: 'a link leads from there out of the folder that candidates must stay in',
  GUARDED: 'programs run or read as configuration what lies there',
  MOVED: 'its folder was moved or replaced meanwhile',
  NOT_A_FILE: 'something that is no file stands there',
  EBUSY: 'another program has the file open',
  ETXTBSY: 'another program has the file open',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

/** The end of a sentence. */
export function causeOf(error: unknown): string {
  const known = sentences[(error as NodeJS.ErrnoException).code ?? ''];
  return known ?? (error instanceof Error ? error.message : String(error)).replace(/[\s.]+$/, '');
}

/** One sentence for whatever the file system said. The text is safe in the journal. */
export function writeFailure(path: string, error: unknown): Failure {
  return {
    reason: 'write-failed',
    message: `The candidate could not be written to ${path}: ${causeOf(error)}. Mend that, then retry the failed candidates: their texts are kept.`,
  };
}
