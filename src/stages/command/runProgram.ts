import type { ProgramCall } from './programArguments.ts';

/** How a program is run. Times in ms, sizes in bytes. */
export interface ProgramOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** UTF-8; absent: it finds nothing to read. */
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs: number;
  readonly mostBytes: number;
  readonly signal: AbortSignal;
  /** Between asking a program to end and ending it; default 2000. */
  readonly graceMs?: number;
}

/** What became of a program. */
export type ProgramEnd =
  | {
      readonly kind: 'exited';
      /** Undefined: a signal has ended it. */
      readonly code: number | undefined;
      readonly signal: string | undefined;
      readonly stdout: Buffer;
      /** What it said last on its error output, without a line that was cut. */
      readonly stderr: string;
    }
  | { readonly kind: 'not-found' | 'timeout' | 'cancelled' | 'too-long' }
  | { readonly kind: 'not-started'; readonly error: unknown };

const defaultGraceMs = 2000;
/** Whoever else holds its output may keep it open so long after the program itself has ended. */
const openOutputMs = 500;
const mostErrorBytes = 16 * 1024;

/**
 * Runs a program in a process group of its own, without a shell. Cancelled, too slow or too loud, the whole group is asked
 * to end and then ended. Whatever its descendants do, this comes to an end: one that has left the group and still holds
 * the output is not waited for.
 */
export async function runProgram(call: ProgramCall, options: ProgramOptions): Promise<ProgramEnd> {
  if (options.signal.aborted) return { kind: 'cancelled' };
  const { execa } = await import('execa');
  const { stdin } = options;
  const child = execa(call.program, [...call.arguments], {
    cwd: options.folder,
    env: { ...options.environment },
    extendEnv: false,
    reject: false,
    buffer: false,
    encoding: 'buffer',
    killDescendants: true,
    forceKillAfterDelay: false,
    stdout: 'pipe',
    stderr: 'pipe',
    ...(stdin === undefined ? { stdin: 'ignore' as const } : { input: stdin }),
  });
  const { nodeChildProcess: own } = child;
  const out: Buffer[] = [];
  let outBytes = 0;
  let errors = Buffer.alloc(0);
  let isErrorCut = false;

  return new Promise<ProgramEnd>((resolve) => {
    let verdict: ProgramEnd | undefined;
    let openOutput: NodeJS.Timeout | undefined;
    let force: NodeJS.Timeout | undefined;
    let hasExited = false;
    const late = setTimeout(() => stop({ kind: 'timeout' }), options.timeoutMs);
    const cancel = (): void => stop({ kind: 'cancelled' });
    options.signal.addEventListener('abort', cancel, { once: true });

    const endGroup = (): void => void child.kill('SIGKILL');
    const settle = (end: ProgramEnd): void => {
      clearTimeout(late);
      clearTimeout(openOutput);
      options.signal.removeEventListener('abort', cancel);
      if (force === undefined) endGroup();
      else if (!isGroupThere(child.pid)) clearTimeout(force);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(verdict ?? end);
    };
    const stop = (end: ProgramEnd): void => {
      verdict ??= end;
      if (force !== undefined) return;
      child.kill('SIGTERM');
      force = setTimeout(() => {
        endGroup();
        // It cannot be ended, or its exit was not seen: nobody waits for it.
        openOutput = setTimeout(() => settle(end), openOutputMs);
      }, options.graceMs ?? defaultGraceMs);
      if (hasExited) settle(end);
    };

    child.stdout.on('data', (bytes: Buffer) => {
      if (verdict) return;
      outBytes += bytes.length;
      if (outBytes > options.mostBytes) stop({ kind: 'too-long' });
      else out.push(bytes);
    });
    child.stderr.on('data', (bytes: Buffer) => {
      errors = Buffer.concat([errors, bytes]);
      if (errors.length <= mostErrorBytes) return;
      errors = errors.subarray(-mostErrorBytes);
      isErrorCut = true;
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('error', () => undefined);

    const finished = (code: number | null, signal: NodeJS.Signals | null): void => {
      const text = errors.toString();
      settle({
        kind: 'exited',
        code: code ?? undefined,
        signal: signal ?? undefined,
        stdout: Buffer.concat(out),
        // The beginning of a line that was cut may be half of a secret.
        stderr: isErrorCut ? text.slice(text.indexOf('\n') + 1) : text,
      });
    };
    own.once('exit', (code, signal) => {
      hasExited = true;
      // Others of its group may still be ending in good order.
      if (verdict) settle(verdict);
      else openOutput = setTimeout(() => finished(code, signal), openOutputMs);
    });
    own.once('close', (code: number | null, signal: NodeJS.Signals | null) => {
      if (!verdict) finished(code, signal);
    });
    void child.then((result) => {
      if (child.pid !== undefined) return;
      const { code } = result as { readonly code?: string };
      settle(code === 'ENOENT' ? { kind: 'not-found' } : { kind: 'not-started', error: result });
    });
  });
}

/** Whether anybody is left in the group of a program; where there are no groups, nobody is. */
function isGroupThere(leader: number | undefined): boolean {
  if (leader === undefined || process.platform === 'win32') return false;
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
}
