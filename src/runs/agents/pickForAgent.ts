import type { JsonObject } from '../../base/jsonObject.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { brief } from '../../base/sentence.ts';
import { mostCandidateBytes, type Choosing } from '../shelf/choosing.ts';
import type { ShelfCandidate } from '../shelf/listCandidates.ts';
import { locate, type Located } from '../shelf/locate.ts';
import { pick, targetOf, textOf } from '../shelf/pick.ts';
import type { Target } from '../shelf/replaceFile.ts';
import { placeIn, shownPath, type AgentFolder, type AgentHost } from './agentHost.ts';

export interface PickInput {
  readonly candidate: string;
  readonly target?: string | undefined;
}

/** A candidate, and the file that it would be copied to. */
export interface PlannedPick {
  readonly folder: AgentFolder;
  readonly located: Located;
  /** The candidates of its row, with it. */
  readonly row: readonly ShelfCandidate[];
  readonly target: Target;
  readonly choosing: Choosing;
  readonly shown: (path: string) => string;
}

/** What a pick would do. A failure is one sentence. */
export async function plannedPick(
  host: AgentHost,
  { candidate: named, target }: PickInput,
): Promise<Outcome<PlannedPick, string>> {
  const place = placeIn(host, named);
  if (!place.ok) return place;
  const { folder, path } = place.value;
  const choosing = await folder.choosing();
  if (!choosing.ok) return choosing;
  const located = await locate(path, choosing.value);
  if (!located.ok) return located;
  const { candidate, listing } = located.value;
  const row = listing.candidates.filter((each) => each.row === candidate.row);
  const aim = await targetFor(host, target, located.value, row, choosing.value);
  if (!aim.ok) return aim;
  const shown = (each: string): string => shownPath(host, folder, each);
  return success({ folder, located: located.value, row, target: aim.value, choosing: choosing.value, shown });
}

/** Copies a candidate to its target. What was there is kept in the archive beside it. */
export async function pickForAgent(
  host: AgentHost,
  input: PickInput,
  signal: AbortSignal,
): Promise<Outcome<JsonObject, string>> {
  const planned = await plannedPick(host, input);
  if (!planned.ok) return planned;
  if (signal.aborted) return failed('This was called off before anything was picked.');
  const { folder, located, row, target, choosing, shown } = planned.value;
  const { candidate, prompt } = located;
  const told = { candidate: shown(candidate.path), target: shown(target.path) };
  if (folder.pick) {
    const done = await folder.pick(candidate.path, input.target === undefined ? undefined : target.path);
    return done.ok ? success(told) : done;
  }
  const picked = await pick(candidate, row, target, choosing, prompt);
  if (!picked.ok) return picked;
  const kept = picked.value.flatMap((step) => (step.kind === 'move' ? [step.from] : []))[0];
  return success({ ...told, kept: kept === undefined ? null : shown(kept) });
}

/** Where the prompt file says; an agent may say otherwise, but takes the place of nothing that is a person's. */
async function targetFor(
  host: AgentHost,
  named: string | undefined,
  { candidate, prompt }: Located,
  row: readonly ShelfCandidate[],
  choosing: Choosing,
): Promise<Outcome<Target, string>> {
  const { root } = choosing;
  if (named === undefined) {
    if (prompt) return success({ path: targetOf(prompt, candidate), root });
    return failed('The prompt file of this candidate is not found, so nobody knows its target: name one.');
  }
  const place = placeIn(host, named);
  if (!place.ok) return place;
  const { path, folder } = place.value;
  if (folder.root !== root)
    return failed(`${brief(named)} lies in another folder than the candidate: name a file in there.`);
  if (prompt && path === targetOf(prompt, candidate)) return success({ path, root });
  const there = await choosing.files.read(path, mostCandidateBytes).catch(() => null);
  if (there === undefined) return success({ path, root });
  for (const other of row) {
    const text = await textOf(other, choosing);
    if (text.ok && text.value === there) return success({ path, root });
  }
  return failed(`There is something else at ${brief(named)}, which is not yours to replace: name another file.`);
}
