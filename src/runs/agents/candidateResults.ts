import type { JsonObject } from '../../base/jsonObject.ts';
import { success, type Outcome } from '../../base/outcome.ts';
import { listCandidates, type ShelfCandidate } from '../shelf/listCandidates.ts';
import { chosenPrompt } from '../shelf/locate.ts';
import { textOf } from '../shelf/pick.ts';
import { roundedShare } from '../shelf/runDiversity.ts';
import { placeIn, shownPath, type AgentHost } from './agentHost.ts';
import { readPromptIn } from './namedPrompt.ts';

export interface ResultsInput {
  readonly promptFile: string;
  readonly row?: string | undefined;
  /** 0-based. */
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
  /** UTF-16 units of each text. */
  readonly charactersEach?: number | undefined;
}

export const mostResults = 100;
export const mostCharactersEach = 100_000;
const usualResults = 20;
const usualCharacters = 4_000;
/** UTF-16 units of all texts of one answer. */
const mostCharacters = 200_000;

/** The candidates of a prompt file, but for archived ones, with their texts: as many as an answer may have. */
export async function candidateResults(host: AgentHost, input: ResultsInput): Promise<Outcome<JsonObject, string>> {
  const { promptFile, row, offset = 0, limit = usualResults, charactersEach = usualCharacters } = input;
  const place = placeIn(host, promptFile);
  if (!place.ok) return place;
  const { folder, path } = place.value;
  const choosing = await folder.choosing();
  if (!choosing.ok) return choosing;
  const prompt = await readPromptIn(path, choosing.value, folder.usualFormat);
  if (!prompt.ok) return prompt;
  const listed = await listCandidates(chosenPrompt(path, prompt.value), choosing.value);
  if (!listed.ok) return listed;
  const { candidates, diversity } = listed.value;
  const wanted = candidates.filter((each) => !each.isArchived && (row === undefined || each.row === row));
  const told: JsonObject[] = [];
  let characters = 0;
  for (const candidate of wanted.slice(offset, offset + limit)) {
    const text = await textOf(candidate, choosing.value);
    const shown = text.ok ? cut(text.value, charactersEach) : null;
    characters += shown?.length ?? 0;
    if (told.length > 0 && characters > mostCharacters) break;
    told.push({
      ...factsOf(candidate, (each) => shownPath(host, folder, each)),
      length: candidate.length,
      text: shown,
      isCut: text.ok && shown !== text.value,
      problem: text.ok ? null : text.failure,
    });
  }
  const next = offset + told.length;
  return success({
    promptFile: shownPath(host, folder, path),
    total: wanted.length,
    candidates: told,
    next: next < wanted.length && told.length > 0 ? next : null,
    diversity: diversity === undefined ? null : roundedShare(diversity),
  });
}

function factsOf(candidate: ShelfCandidate, shown: (path: string) => string): JsonObject {
  const { path, row, number, model, made, isPicked, rating, note, similarTo } = candidate;
  return {
    file: shown(path),
    row,
    number: number ?? null,
    model: model ?? null,
    run: made?.run ?? null,
    picked: isPicked,
    rating: rating ?? null,
    note: note ?? null,
    similarTo: similarTo ? { file: shown(similarTo.key), kind: similarTo.kind } : null,
  };
}

/** Not half of a character that takes two places. */
function cut(text: string, longest: number): string {
  return text.length > longest ? text.slice(0, longest).replace(/[\ud800-\udbff]$/, '') : text;
}
