import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { eagerFiles } from '../../support/eagerFiles.ts';
import { repository } from '../../support/editor/cache.ts';

const linked = ['src', 'test', 'media', 'l10n', 'node_modules'];
const copied = ['package.json', 'package.nls.json', 'README.md'];

export interface Stage {
  /** The extension's folder. */
  readonly extension: string;
  /** What the extension host runs in the place of tests. */
  readonly index: string;
  /** Of what is loaded at the start. */
  readonly bundleBytes: number;
}

/**
 * Builds the extension and the terminal program in a folder of their own, so that no other build comes in between: as
 * packaged, or to be read.
 *
 * @returns the folder
 */
export async function buildExtension(scratch: string, form: 'packaged' | 'readable'): Promise<string> {
  const extension = await mkdtemp(join(scratch, 'extension-'));
  for (const name of linked) await symlink(join(repository, name), join(extension, name), 'junction');
  for (const name of copied) await copyFile(join(repository, name), join(extension, name));
  const flags = form === 'packaged' ? ['--minify'] : [];
  await promisify(execFile)(process.execPath, [join(repository, 'esbuild.mjs'), ...flags], { cwd: extension });
  return extension;
}

/** With what measures it in the extension host. */
export async function stageExtension(scratch: string, form: 'packaged' | 'readable'): Promise<Stage> {
  const extension = await buildExtension(scratch, form);
  const index = join(extension, 'dist/test/bench/index.js');
  await build({
    entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
    outfile: index,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['vscode'],
    logLevel: 'warning',
  });
  const eager = await Promise.all(eagerFiles(join(extension, 'dist/extension.js')).map((file) => stat(file)));
  return { extension, index, bundleBytes: eager.reduce((sum, { size }) => sum + size, 0) };
}
