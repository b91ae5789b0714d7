import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { performance } from 'node:perf_hooks';

const guard = new URL('guard.ts', import.meta.url).href;

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export interface StartOptions {
  readonly nodeOptions?: readonly string[];
  /** Beside a bare minimum; nothing else is inherited, neither keys nor proxies. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts a script in a process of its own that cannot outlive this one. */
export function startScript(script: string, args: readonly string[], options: StartOptions = {}): Child {
  const inherited = ['TMPDIR', 'TEMP', 'SystemRoot', 'LANG'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return spawn(process.execPath, [...(options.nodeOptions ?? []), '--import', guard, script, ...args], {
    cwd: options.cwd,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      // A newer Node may be the one that runs this than the one that is found first.
      PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      ...(Object.fromEntries(inherited) as Record<string, string>),
      ...options.env,
    },
  });
}

export interface ScriptResult {
  /** null: killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
  readonly timedOut: boolean;
}

/** Runs a script to its end; after `boundMs` it and all that it started are killed. */
export async function runScript(
  script: string,
  args: readonly string[],
  { boundMs, ...options }: StartOptions & { readonly boundMs: number },
): Promise<ScriptResult> {
  const startedAt = performance.now();
  const child = startScript(script, args, options);
  let stdout = '';
  let stderr = '';
  let timedOut = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const bound = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, boundMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, stdout, stderr, wallMs: performance.now() - startedAt, timedOut };
  } finally {
    clearTimeout(bound);
  }
}

export function killGroup(child: Child): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === 'win32') child.kill('SIGKILL');
  else process.kill(-child.pid, 'SIGKILL');
}

/** Runs one of the bench's own scripts, which prints its result as JSON. */
export async function runJob(
  script: string,
  job: unknown,
  options: StartOptions & { readonly boundMs: number },
): Promise<{ readonly result: unknown; readonly wallMs: number } | { readonly trouble: string }> {
  const { code, stdout, stderr, timedOut, wallMs } = await runScript(script, [JSON.stringify(job)], options);
  if (timedOut) return { trouble: `stopped after ${Math.round(options.boundMs / 1000)} s` };
  if (code !== 0) return { trouble: lastLine(stderr) || `ended with exit code ${String(code)}` };
  return { result: JSON.parse(stdout) as unknown, wallMs };
}

/** The line that says what went wrong, of what a failing process wrote. */
export function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? '').trim().slice(0, 200);
}
