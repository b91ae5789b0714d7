import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir, platform } from 'node:os';
import { dirname, join } from 'node:path';

function stateFolder(): string {
  switch (platform()) {
    case 'win32':
      return process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support');
    default:
      return process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state');
  }
}

/** The person's own secret, made when it is first needed; undefined where nothing can be kept. */
async function secretOf(path: string): Promise<Buffer | undefined> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, randomBytes(32), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return undefined;
  }
  try {
    const secret = await readFile(path);
    return secret.length > 0 ? secret : undefined;
  } catch {
    return undefined;
  }
}

/** What a run may touch that its folder does not hold: where it writes and which addresses it calls. */
export interface Reach {
  /** The folder that its candidates stay inside, absolute. */
  readonly root: string;
  readonly services: Readonly<Record<string, unknown>>;
}

/**
 * Tells the runs that this person started from those that came with a folder, such as in a repository: only the former
 * may write outside the folder, or have an API key sent to an address that the person typed.
 */
export class Seal {
  readonly #secret: Buffer;

  private constructor(secret: Buffer) {
    this.#secret = secret;
  }

  static async open(path = join(stateFolder(), 'parallel-candidates', 'seal')): Promise<Seal | undefined> {
    const secret = await secretOf(path);
    return secret && new Seal(secret);
  }

  of(reach: Reach): string {
    return this.#digest(reach).toString('hex');
  }

  isOn(reach: Reach, seal: string | undefined): boolean {
    const found = Buffer.from(seal ?? '', 'hex');
    const digest = this.#digest(reach);
    return found.length === digest.length && timingSafeEqual(found, digest);
  }

  #digest({ root, services }: Reach): Buffer {
    const named = Object.keys(services)
      .sort()
      .map((name) => [name, services[name]]);
    return createHmac('sha256', this.#secret)
      .update(JSON.stringify([root, named]))
      .digest();
  }
}
