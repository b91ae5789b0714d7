import type * as nodeFileSystem from 'node:fs/promises';

/** What tests put something else in the place of. */
export type FileSystem = typeof nodeFileSystem;

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** The same for one file, whatever its names are. */
export function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev} ${ino}`;
}
