import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { ShelfChange } from '../../candidates/shelf.ts';
import { archive, type MovedFile } from '../../storage/archive.ts';
import { causeOf } from '../../storage/writeFailure.ts';
import type { Choosing } from './choosing.ts';

/** One thing that is done to candidates, as plain data. Paths are absolute, and files stay inside of `root`. */
export type Step =
  /** @property folder of the candidates */
  | { readonly kind: 'decide'; readonly folder: string; readonly changes: readonly ShelfChange[] }
  /** Moves a file to a free name in the archive beside it. */
  | { readonly kind: 'archive'; readonly path: string; readonly root: string }
  | { readonly kind: 'move'; readonly from: string; readonly to: string; readonly root: string }
  /** Writes a file that is not there. */
  | { readonly kind: 'write'; readonly path: string; readonly text: string; readonly root: string }
  /** Takes a file away that holds just this text; one that holds another goes to the archive. */
  | { readonly kind: 'remove'; readonly path: string; readonly text: string; readonly root: string };

/** What can be done, and taken back, at any time. */
export type Operation = readonly Step[];

export interface Performed {
  /** Takes it back, and is an operation like any other. */
  readonly inverse: Operation;
  readonly moved: readonly MovedFile[];
}

/** Does all of it or nothing. A failure is one sentence. */
export async function perform(
  operation: Operation,
  choosing: Pick<Choosing, 'files' | 'shelves'>,
): Promise<Outcome<Performed, string>> {
  const inverse: Step[] = [];
  const moved: MovedFile[] = [];
  for (const step of operation) {
    const done = await performStep(step, choosing);
    if (done.ok) {
      inverse.unshift(...done.value.inverse);
      moved.push(...done.value.moved);
      continue;
    }
    // What can be put back is: what cannot is where it is, and lost neither.
    for (const back of inverse) await performStep(back, choosing);
    return done;
  }
  return success({ inverse, moved });
}

const nothing: Performed = { inverse: [], moved: [] };

async function performStep(
  step: Step,
  choosing: Pick<Choosing, 'files' | 'shelves'>,
): Promise<Outcome<Performed, string>> {
  try {
    switch (step.kind) {
      case 'decide':
        return await decide(step.folder, step.changes, choosing);
      case 'archive':
        return success(await archiveOne(step.path, step.root, choosing));
      case 'move':
        return await move(step, choosing);
      case 'write':
        if (!(await choosing.files.create(step.path, step.text, step.root))) return failed(isTaken(step.path));
        return success({ inverse: [{ ...step, kind: 'remove' }], moved: [] });
      case 'remove':
        if ((await choosing.files.removeCopy?.(step.path, step.text, step.root)) === true) {
          return success({ inverse: [{ ...step, kind: 'write' }], moved: [] });
        }
        return success(await archiveOne(step.path, step.root, choosing));
    }
  } catch (error) {
    const path = step.kind === 'decide' ? step.folder : step.kind === 'move' ? step.to : step.path;
    return failed(`Nothing was changed, because ${path} cannot be written: ${causeOf(error)}.`);
  }
}

async function decide(
  folder: string,
  changes: readonly ShelfChange[],
  { shelves }: Pick<Choosing, 'shelves'>,
): Promise<Outcome<Performed, string>> {
  const changed = await shelves.change(folder, changes);
  if (!changed.ok) return changed;
  if (changed.value.length === 0) return success(nothing);
  return success({ inverse: [{ kind: 'decide', folder, changes: changed.value }], moved: [] });
}

async function archiveOne(path: string, root: string, { files }: Pick<Choosing, 'files'>): Promise<Performed> {
  const moved = await archive(files, [path], root);
  return { inverse: moved.map(({ from, to }): Step => ({ kind: 'move', from: to, to: from, root })), moved };
}

/** What is gone stays gone. */
async function move(
  { from, to, root }: Extract<Step, { kind: 'move' }>,
  { files }: Pick<Choosing, 'files'>,
): Promise<Outcome<Performed, string>> {
  switch (await files.move(from, to, root)) {
    case 'moved':
      return success({ inverse: [{ kind: 'move', from: to, to: from, root }], moved: [{ from, to }] });
    case 'gone':
      return success(nothing);
    case 'taken':
      return failed(isTaken(to));
  }
}

function isTaken(path: string): string {
  return `Nothing was changed, because there is something else at ${path}: move that away.`;
}
