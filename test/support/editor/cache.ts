import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The repository's root: also the folder that the extension is loaded from. */
export const repository = resolve(import.meta.dirname, '../../..');

/** Where editors and browsers are kept between runs (ignored by git). */
export const cache = join(repository, '.vscode-test');

/** Where runs leave what a person may want to look at afterwards (ignored by git). */
export const testOutput = join(repository, '.test-output');

const waitStep = 500;
const maxWait = 15 * 60_000;

/** One line of progress. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What an unknown rejection says. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs a program to its end and returns what it printed; a failure carries the end of its output. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((done, fail) => {
    const shell = process.platform === 'win32';
    const child = spawn(command, args, { ...options, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let complaints = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (code === 0) {
        done(output);
      } else {
        const tail = (complaints || output).trim().split('\n').slice(-15).join('\n');
        fail(new Error(`${command} ${args.join(' ')} ended with ${code ?? signal ?? 'nothing'}:\n${tail}`));
      }
    });
  });
}

/**
 * The folder `name` in the cache, made by `prepare` unless an earlier run finished it. It is made under another name
 * and renamed as the last step, so an interrupted preparation is done again and a half one is never used.
 */
export async function prepared(name: string, prepare: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cache, name);
  const stamp = join(folder, '.prepared');
  if (existsSync(stamp)) {
    return folder;
  }
  await mkdir(cache, { recursive: true });
  const unlock = await lock(`${folder}.lock`);
  try {
    if (existsSync(stamp)) {
      return folder;
    }
    // A name of its own: children of a preparation that was killed may still be writing into the old one.
    const unfinished = `${folder}.unfinished-${process.pid}`;
    await removeLeftovers(`${name}.unfinished-`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(unfinished);
    await prepare(unfinished);
    await writeFile(join(unfinished, '.prepared'), `${new Date().toISOString()}\n`);
    await rename(unfinished, folder);
    return folder;
  } finally {
    await unlock();
  }
}

async function removeLeftovers(prefix: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    if (entry.startsWith(prefix)) {
      await rm(join(cache, entry), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

/** Waits until no other live process holds the lock file, then holds it until the returned function is called. */
async function lock(path: string): Promise<() => Promise<void>> {
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, String(process.pid));
  try {
    for (let waited = 0; waited < maxWait; waited += waitStep) {
      try {
        // A link appears with its content or not at all, so nobody ever reads a lock without an owner.
        await link(mine, path);
        return () => rm(path, { force: true });
      } catch (error) {
        if (!isErrno(error, 'EEXIST')) {
          throw error;
        }
      }
      const owner = Number(await readFile(path, 'utf8').catch(() => ''));
      if (owner > 0 && !isAlive(owner)) {
        await rm(path, { force: true });
        continue;
      }
      if (waited === 0) {
        say(`Process ${owner} is preparing the same: waiting for it …`);
      }
      await delay(waitStep);
    }
  } finally {
    await rm(mine, { force: true });
  }
  throw new Error(
    `Another process still holds ${path} after ${maxWait / 60_000} minutes: delete that file if it is stale.`,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isErrno(error, 'ESRCH');
  }
}

/** Whether the error is the operating system's error of that name. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
