import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { prepared, repository, run, say } from './cache.ts';

/** The release of the npm package `code-server`: 4.139.1 carries VS Code 1.139.1. */
const release = process.env.PARALLEL_CANDIDATES_EDITOR_VERSION ?? '4.139.1';

/** The version of VS Code that the tests run in. */
export const vscodeVersion = release.replace(/^4\./, '1.');

/** The oldest editor that `engines` in package.json allows, as a release of `code-server`. */
export const oldestRelease = '4.110.0';

/** Native modules without a prebuilt binary, by the names they have had, and what takes their place. */
const standIns: Readonly<Record<string, string>> = {
  '@vscode/spdlog': 'spdlog.cjs',
  '@vscode/native-watchdog': 'watchdog.cjs',
  'native-watchdog': 'watchdog.cjs',
};

/** The folder of a VS Code server that is ready to start; fetched from the npm registry on the first call. */
export function vscodeServer(): Promise<string> {
  return prepared(`vscode-server-${vscodeVersion}`, async (folder) => {
    say(`Fetching VS Code ${vscodeVersion} …`);
    const download = join(folder, 'download');
    await mkdir(download);
    await run('npm', ['pack', `code-server@${release}`, '--silent'], { cwd: download });
    await run('tar', ['-xzf', `code-server-${release}.tgz`, 'package/lib/vscode'], { cwd: download });
    for (const part of [
      'bin',
      'extensions',
      'out',
      'resources',
      'package.json',
      'product.json',
      'npm-shrinkwrap.json',
    ]) {
      await rename(join(download, 'package/lib/vscode', part), join(folder, part));
    }
    await rm(download, { recursive: true });

    say(`Installing what VS Code ${vscodeVersion} depends on …`);
    await run('npm', ['install', '--prefix', folder, '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
    });
    await replaceNativeModules(join(folder, 'node_modules'));
  });
}

/** The server and its extension hosts need the Node that they were made for, whatever Node runs this. */
export async function nodeForServer(): Promise<string> {
  const named = process.env.PARALLEL_CANDIDATES_EDITOR_NODE;
  if (named !== undefined && named !== '') {
    return named;
  }
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  if (release === oldestRelease) {
    const folder = await prepared('node-22', async (made) => {
      say('Fetching the Node of the oldest editor …');
      await writeFile(join(made, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }');
      await run('npm', ['install', '--prefix', made, '--no-audit', '--no-fund', 'node@22'], { cwd: made });
    });
    return join(folder, 'node_modules/node/bin', program);
  }
  return Number.parseInt(process.versions.node) >= 24
    ? process.execPath
    : join(repository, 'node_modules/node/bin', program);
}

async function replaceNativeModules(modules: string): Promise<void> {
  for (const [name, standIn] of Object.entries(standIns)) {
    const folder = join(modules, name);
    if (existsSync(folder)) {
      await rm(folder, { recursive: true });
      await mkdir(folder);
      await cp(join(import.meta.dirname, 'standins', standIn), join(folder, 'index.js'));
      await writeFile(join(folder, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
    }
  }
}
