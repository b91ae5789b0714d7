import native from 'node:path';

/** By the letters of the paths: symbolic links are the caller's. */
export function isInside(folder: string, path: string, rules: native.PlatformPath = native): boolean {
  const way = rules.relative(folder, path);
  return way === '' || (!rules.isAbsolute(way) && way !== '..' && !way.startsWith(`..${rules.sep}`));
}
