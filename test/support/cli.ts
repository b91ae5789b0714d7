import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stateVariable } from '../../src/storage/stateFolder.ts';

/** The built terminal program. */
export const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly process: ChildProcess;
  readonly result: Promise<CliResult>;
  /** Resolves when standard error has matched. */
  until(pattern: RegExp): Promise<void>;
}

/** The state folder of a call that is given none. */
export function stateFolderIn(cwd: string): string {
  return join(cwd, '.state');
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The command that starts it, instead of starting it here. */
  readonly within?: (command: readonly string[], cwd: string) => readonly string[];
}

/** What the program finds, with nothing of this person's that it would take for an option, a setting or a key. */
export function environmentOf(cwd: string, env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).flatMap(([name, value]) => {
    const isOurs = /^(?:(?:OPENAI|ANTHROPIC)_API_KEY$|PARALLEL_CANDIDATES_|(?:https?|no)_proxy$)/i.test(name);
    return isOurs || value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(inherited),
    [stateVariable]: stateFolderIn(cwd),
    XDG_CONFIG_HOME: join(cwd, '.config'),
    // What it says is compared with English, whatever language the machine speaks.
    LC_ALL: 'C',
    ...env,
  };
}

/** Starts the built terminal program in such an environment. */
export function startCli(args: readonly string[], { cwd, env, within }: CliOptions): RunningCli {
  const command = [process.execPath, cli, ...args];
  const [program = '', ...rest] = within ? within(command, cwd) : command;
  const child = spawn(program, rest, {
    ...(within ? {} : { cwd }),
    env: environmentOf(cwd, env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const watcher of watchers) watcher();
  });
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    process: child,
    result,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!pattern.test(stderr)) return;
          watchers.delete(check);
          resolve();
        };
        watchers.add(check);
        check();
        void result.then(() => reject(new Error(`Ended before ${String(pattern)} was seen:\n${stderr}`)));
      }),
  };
}

export function runCli(...args: Parameters<typeof startCli>): Promise<CliResult> {
  return startCli(...args).result;
}
