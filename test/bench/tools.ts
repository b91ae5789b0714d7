import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { lastLine } from './processes.ts';

export const benchOutput = fileURLToPath(new URL('../../.test-output/bench', import.meta.url));
const folder = join(benchOutput, 'tools');
const installBoundMs = 300_000;

/** promptfoo without its optional packages (most of its gigabyte) still needs its database's binary. */
const binary = {
  linux: '-gnu',
  win32: '-msvc',
}[process.platform as string];
const wanted = ['p-queue@10', 'promptfoo@0.123.1', `@libsql/${process.platform}-${process.arch}${binary ?? ''}@0.5`];

let installing: Promise<string | undefined> | undefined;

/** Installs the contenders that the project itself does not need, once. Returns why it cannot. */
export function installTools(progress: (text: string) => void): Promise<string | undefined> {
  return (installing ??= install(progress));
}

async function install(progress: (text: string) => void): Promise<string | undefined> {
  if (['p-queue', 'promptfoo'].every((name) => existsSync(join(folder, 'node_modules', name, 'package.json')))) {
    return undefined;
  }
  progress(`installing ${wanted.join(' ')} into ${folder}`);
  await mkdir(folder, { recursive: true });
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=optional'];
  try {
    await promisify(execFile)('npm', ['install', '--prefix', folder, ...options, ...wanted], {
      cwd: folder,
      timeout: installBoundMs,
      shell: process.platform === 'win32',
    });
    return undefined;
  } catch (error) {
    const { killed, stderr } = error as { killed?: boolean; stderr?: string };
    return `cannot be installed: ${killed === true ? 'npm took too long' : lastLine(stderr ?? String(error))}`;
  }
}

export async function promptfooScript(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, 'node_modules/promptfoo/package.json'), 'utf8')) as {
    bin: { promptfoo: string };
  };
  return join(folder, 'node_modules/promptfoo', manifest.bin.promptfoo);
}

export interface PQueue {
  add(task: () => Promise<void> | void): Promise<void>;
  onIdle(): Promise<void>;
}

export interface PQueueOptions {
  readonly concurrency: number;
  readonly intervalCap?: number;
  /** ms */
  readonly interval?: number;
}

export async function loadPQueue(): Promise<new (options: PQueueOptions) => PQueue> {
  const url = pathToFileURL(join(folder, 'node_modules/p-queue/dist/index.js')).href;
  return ((await import(url)) as { default: new (options: PQueueOptions) => PQueue }).default;
}
