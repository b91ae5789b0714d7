import { dirname, join, relative, sep } from 'node:path';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { candidatePath, candidateSeries } from '../../candidates/candidateName.ts';
import { decodePrompt } from '../../prompts/decode.ts';
import type { ChosenPrompt, Choosing } from './choosing.ts';
import { mostCandidateBytes } from './choosing.ts';
import { decisions, type Decision } from './decide.ts';
import type { ShelfCandidate } from './listCandidates.ts';
import { perform, type Operation, type Step } from './operations.ts';
import { replacing, type Target } from './replaceFile.ts';

/** Where a prompt file says that its picked candidate goes, absolute. */
export function targetOf(
  prompt: ChosenPrompt,
  { row, number, model = '', made, isJson }: Pick<ShelfCandidate, 'row' | 'number' | 'model' | 'made' | 'isJson'>,
): string {
  const name = row === '' ? '${promptName}.picked' : '${promptName}.picked/${row}';
  const output = prompt.target ?? `${name}.${isJson ? 'json' : 'md'}`;
  const place = { row: { key: row, label: row, values: made?.variables ?? {} }, model, severalModels: false };
  const series = candidateSeries({ name: prompt.name, output }, place);
  return join(dirname(prompt.path), candidatePath(series, series.firstNumbered ? (number ?? 1) : 1));
}

/**
 * Copies a candidate to its target, which is the picked one of its row from then on. What was at the target goes to the
 * archive beside it, unless it is just the candidate that was picked before.
 *
 * @param row the other candidates of its row
 * @param prompt whose candidate it is, where that is known
 * @returns what takes it back: the target is as it was then
 */
export async function pick(
  candidate: ShelfCandidate,
  row: readonly ShelfCandidate[],
  target: Target,
  choosing: Choosing,
  prompt?: Pick<ChosenPrompt, 'path'>,
): Decision {
  const text = await textOf(candidate, choosing);
  if (!text.ok) return text;
  const before = pickedBefore(candidate, row, target.path);
  if (target.path === candidate.path) {
    return failed(`The candidate is ${target.path} itself: name another file for it.`);
  }
  if (target.path === prompt?.path) {
    return failed(`The target ${target.path} is the prompt file itself: name another file for it.`);
  }
  const isCopy = async (there: string): Promise<boolean> => {
    const texts = await Promise.all(before.map((other) => textOf(other, choosing)));
    return texts.some((each) => each.ok && each.value === there);
  };
  const replaced = await replacing(target, text.value, choosing, isCopy);
  const done = await perform([...replaced, ...pickSteps(candidate, before, target.path)], choosing);
  return done.ok ? success(done.value.inverse) : done;
}

/**
 * Notes that a candidate is the picked one of its row: whoever calls it has put its text somewhere.
 *
 * @param target where its text is, absolute; absent: in a text that has no file
 */
export async function notePick(
  candidate: ShelfCandidate,
  row: readonly ShelfCandidate[],
  target: string | undefined,
  choosing: Choosing,
): Decision {
  const done = await perform(pickSteps(candidate, pickedBefore(candidate, row, target), target), choosing);
  return done.ok ? success(done.value.inverse) : done;
}

/** Those of a row that have their place at the same target. */
function pickedBefore(
  candidate: ShelfCandidate,
  row: readonly ShelfCandidate[],
  target: string | undefined,
): readonly ShelfCandidate[] {
  const to = placeOf(candidate, target);
  return row.filter(({ path, decisions: { picked } }) => {
    return path !== candidate.path && picked?.value === true && (picked.to === undefined || picked.to === to);
  });
}

function pickSteps(
  candidate: ShelfCandidate,
  before: readonly ShelfCandidate[],
  target: string | undefined,
): readonly Step[] {
  const to = placeOf(candidate, target);
  return decisions([
    ...before.map((other) => ({ candidate: other, set: { picked: { value: false } } })),
    { candidate, set: { picked: { value: true, ...(to === undefined ? {} : { to }) } } },
  ]);
}

function placeOf({ folder }: ShelfCandidate, target: string | undefined): string | undefined {
  return target === undefined ? undefined : relative(folder, target).split(sep).join('/');
}

/** Candidates of different rows at once, each to its own target. @returns what takes all of it back */
export async function pickAll(
  chosen: readonly ShelfCandidate[],
  all: readonly ShelfCandidate[],
  prompt: ChosenPrompt,
  choosing: Choosing,
): Decision {
  const rows = Map.groupBy(all, ({ row }) => row);
  let inverse: Operation = [];
  for (const candidate of chosen) {
    const target = { path: targetOf(prompt, candidate), root: choosing.root };
    const done = await pick(candidate, rows.get(candidate.row) ?? [], target, choosing, prompt);
    if (!done.ok) {
      await perform(inverse, choosing);
      return done;
    }
    inverse = [...done.value, ...inverse];
  }
  return success(inverse);
}

/** The text of a candidate as it is now. */
export async function textOf(
  { path, folder }: Pick<ShelfCandidate, 'path' | 'folder'>,
  { files }: Pick<Choosing, 'files'>,
): Promise<Outcome<string, string>> {
  let bytes: Uint8Array;
  try {
    bytes = await files.readWithin(path, mostCandidateBytes, folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = code === 'ENOENT' ? 'is gone: list the candidates again' : 'cannot be read: mend that';
    return failed(`The candidate ${path} ${reason}.`);
  }
  const text = decodePrompt(bytes);
  return text.ok ? text : failed(`The candidate ${path} ${text.failure}`);
}
