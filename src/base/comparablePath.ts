/** The same for two paths or names that some file system takes for one: they differ in case, or in how letters are composed. */
export function comparablePath(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/** The same, where `./` before a relative path says nothing. */
export function comparableRelativePath(path: string): string {
  return comparablePath(path).replace(/^(?:\.[/\\])+/, '');
}
