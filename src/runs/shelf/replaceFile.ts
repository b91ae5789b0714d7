import { success, type Outcome } from '../../base/outcome.ts';
import type { Choosing } from './choosing.ts';
import { perform, type Operation, type Step } from './operations.ts';

/** A file that something is written to, wherever that is. */
export interface Target {
  /** Absolute. */
  readonly path: string;
  /** The folder that it must stay inside, absolute. */
  readonly root: string;
}

/**
 * What makes a file hold a text.
 *
 * @param isCopy whether what is there is kept elsewhere too; everything else goes to the archive beside the file
 */
export async function replacing(
  { path, root }: Target,
  text: string,
  { files }: Pick<Choosing, 'files'>,
  isCopy: (there: string) => Promise<boolean> = () => Promise.resolve(false),
): Promise<Operation> {
  const write: Step = { kind: 'write', path, text, root };
  // Whoever writes it tells what is wrong there.
  const there = await files.read(path).catch(() => undefined);
  if (there === undefined) return [write];
  if (there === text) return [];
  if (await isCopy(there)) return [{ kind: 'remove', path, text: there, root }, write];
  return [{ kind: 'archive', path, root }, write];
}

/** Writes a file, and keeps what is there. @returns what takes it back; a failure is one sentence */
export async function replaceFile(
  target: Target,
  text: string,
  choosing: Choosing,
): Promise<Outcome<Operation, string>> {
  const done = await perform(await replacing(target, text, choosing), choosing);
  return done.ok ? success(done.value.inverse) : done;
}
