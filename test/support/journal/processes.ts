import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./journalProcess.ts', import.meta.url));

export interface JournalProcess {
  readonly process: ChildProcess;
  /** What it has said so far. */
  readonly lines: readonly string[];
  readonly ended: Promise<unknown>;
  /** Resolves with the first line from `from` on that is accepted. */
  line(accept: (line: string, place: number) => boolean, from?: number): Promise<string>;
}

/**
 * @param shell commands to run before, in a user and mount namespace of their own; `$1` is the folder
 * @param failpoint where the process kills itself
 */
export function startJournalProcess(
  base: string,
  task: string,
  run: string,
  shell?: string,
  failpoint?: string,
): JournalProcess {
  const command = [process.execPath, script, base, task, run];
  const env = { ...process.env, ...(failpoint === undefined ? {} : { PARALLEL_CANDIDATES_FAILPOINT: failpoint }) };
  const child =
    shell === undefined
      ? spawn(command[0] ?? '', command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'], env })
      : spawn('unshare', ['-Urm', 'sh', '-c', `${shell} && shift && exec "$@"`, 'sh', base, ...command], {
          stdio: ['pipe', 'pipe', 'inherit'],
          env,
        });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  const ended = once(child, 'close').then(() => {
    for (const watcher of [...watchers]) watcher();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const watcher of [...watchers]) watcher();
  });
  return {
    process: child,
    lines,
    ended,
    line: (accept, from = 0) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find((line, place) => place >= from && accept(line, place));
          if (found !== undefined) resolve(found);
          else if (child.exitCode !== null || child.signalCode !== null)
            reject(new Error(`It ended: ${lines.join('\n')}`));
          else return;
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      }),
  };
}

/** Whether this system lets a test mount what it likes where nobody else sees it. */
export function canMount(): boolean {
  return spawnSync('unshare', ['-Urm', 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'ignore' }).status === 0;
}
