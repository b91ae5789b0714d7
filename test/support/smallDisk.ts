import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A disk in a mount namespace of its own: only programs that are started `within` it see it under its path, and this
 * process under `seen`.
 */
export class SmallDisk {
  readonly path: string;
  readonly #holder: ChildProcess;

  private constructor(path: string, holder: ChildProcess) {
    this.path = path;
    this.#holder = holder;
  }

  /**
   * @param path of a folder that is there; what is in it is hidden
   * @returns undefined where this system does not let a test mount anything
   */
  static async mount(path: string, megabytes: number): Promise<SmallDisk | undefined> {
    const script = `mount -t tmpfs -o size=${megabytes}m none "$1" && echo mounted && exec cat`;
    const holder = spawn('unshare', ['-Urm', 'sh', '-c', script, 'sh', path], { stdio: ['pipe', 'pipe', 'ignore'] });
    const [first] = (await Promise.race([
      once(holder.stdout, 'data'),
      once(holder, 'close'),
      once(holder, 'error'),
    ])) as unknown[];
    return String(first).trim() === 'mounted' ? new SmallDisk(path, holder) : undefined;
  }

  /** Where this process finds what programs `within` have under an absolute path. */
  seen(path: string): string {
    return join(`/proc/${this.#holder.pid}/root`, path);
  }

  /** The command that runs another one there. */
  readonly within = (command: readonly string[], cwd: string): readonly string[] => [
    'nsenter',
    `--target=${this.#holder.pid}`,
    '--user',
    '--mount',
    '--preserve-credentials',
    'sh',
    '-c',
    'cd "$1" && shift && exec "$@"',
    'sh',
    cwd,
    ...command,
  ];

  /** Leaves not a byte. @returns what frees the space again */
  fill(): () => void {
    const filler = this.seen(join(this.path, 'filler'));
    const file = openSync(filler, 'a');
    try {
      for (let size = 1024 * 1024; size >= 1;) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch {
          size = Math.floor(size / 2);
        }
      }
    } finally {
      closeSync(file);
    }
    return () => rmSync(filler);
  }

  async makeReadOnly(readOnly: boolean): Promise<void> {
    await this.#run('mount', '-o', `remount,${readOnly ? 'ro' : 'rw'}`, this.path);
  }

  /** Puts an empty disk that cannot be written in its place, or takes that away. */
  async cover(covered: boolean): Promise<void> {
    if (covered) await this.#run('mount', '-t', 'tmpfs', '-o', 'ro', 'none', this.path);
    else await this.#run('umount', this.path);
  }

  async #run(...command: readonly string[]): Promise<void> {
    const [program = '', ...rest] = this.within(command, '/');
    const [code] = (await once(spawn(program, rest, { stdio: 'inherit' }), 'close')) as [number | null];
    if (code !== 0) throw new Error(`This did not work: ${command.join(' ')}`);
  }

  /** Ends the namespace; the disk goes with it. */
  async unmount(): Promise<void> {
    const closed = once(this.#holder, 'close');
    this.#holder.stdin?.end();
    await closed;
  }
}
