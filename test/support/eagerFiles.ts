import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A `require` of another file beside it, but for those behind an `import()`, which esbuild puts into a `then`. */
const eagerRequire = /(?<!then\(\(\) ?=> ?[\w$]+\()\brequire\("\.\/([^"]+)"\)/g;

/** What Node loads of a program before it does anything: the file itself, and the files beside it that it requires. */
export function eagerFiles(program: string): readonly string[] {
  const files = new Set([program]);
  // What is added meanwhile is looked into too.
  for (const file of files) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(eagerRequire)) files.add(join(dirname(file), name));
  }
  return [...files];
}
