import { mkdir } from 'node:fs/promises';
import { dirname, join, parse, relative, resolve, sep } from 'node:path';
import type { Outcome } from '../base/outcome.ts';
import { isInside } from '../base/paths.ts';
import { readPrompt } from '../prompts/formats/formats.ts';
import type { PromptFile } from '../prompts/promptFile.ts';
import type { PromptSource } from '../runs/plan/plan.ts';
import type { ChosenPrompt, Choosing } from '../runs/shelf/choosing.ts';
import { chosenPrompt, locate, type Located } from '../runs/shelf/locate.ts';
import type { Target } from '../runs/shelf/replaceFile.ts';
import { DiskFiles } from '../storage/diskFiles.ts';
import { realPlace, PathGate } from '../storage/pathGate.ts';
import { DiskShelves } from '../storage/shelfFile.ts';
import { findStateFolder } from '../storage/stateFolder.ts';
import { commonRoot } from './commonRoot.ts';
import { onOff, text, under } from './options.ts';
import { promptSources, repositoryOf } from './promptSources.ts';
import { say, valueOf } from './session.ts';
import { Refusal, UsageError } from './usage.ts';

export const jsonOption = under('Output:', {
  json: onOff('--json', 'one JSON object on standard output and nothing else'),
});

/** Named so that it is not taken for the folder of the next run. */
export const inOption = under('Where:', {
  in: text('--in <folder>', 'where the candidates are, when they were made with --out'),
});

/**
 * @param root the folder that all of it must stay inside, absolute
 * @param toldAlso whether a shelf that cannot be read is told too where nothing is decided
 */
export async function choosingIn(root: string, toldAlso?: 'when read'): Promise<Choosing> {
  const state = valueOf(await findStateFolder());
  try {
    await mkdir(state, { recursive: true, mode: 0o700 });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Refusal(`The folder ${state} for what programs remember cannot be made (${cause}): mend that.`);
  }
  const gate = new PathGate();
  const lockPath = join(state, 'shelves.lock');
  const tell = (sentence: string, when: 'read' | 'changed'): void => {
    if (when === 'changed' || toldAlso) say(sentence);
  };
  return { files: new DiskFiles(), shelves: new DiskShelves({ gate, root, lockPath, tell }), root };
}

/** @throws Refusal with the failure's sentence */
export function chosen<Value>(outcome: Outcome<Value, string>): Value {
  if (outcome.ok) return outcome.value;
  throw new Refusal(outcome.failure);
}

export interface NamedPrompts {
  readonly choosing: Choosing;
  readonly prompts: readonly { readonly chosen: ChosenPrompt; readonly file: PromptFile }[];
}

/** The prompt files that arguments name. @throws UsageError, Refusal */
export async function namedPrompts(args: readonly string[], within?: string): Promise<NamedPrompts> {
  const named = await promptSources(args, undefined);
  const sources = [...new Map(named.map((source) => [source.path, source])).values()];
  const out = within === undefined ? undefined : (await realPlace(within).catch(() => undefined))?.path;
  const root = commonRoot([...sources.map(({ path }) => path), ...(out === undefined ? [] : [join(out, 'any')])]);
  const prompts = sources.map((source) => {
    const file = readSourceIn(source, root);
    return { chosen: chosenPrompt(source.path, file, out), file };
  });
  return { choosing: await choosingIn(root, 'when read'), prompts };
}

function readSourceIn({ path, text, format }: PromptSource, root: string): PromptFile {
  const read = readPrompt(relative(root, path).split(sep).join('/'), text, format);
  if (read.ok) return read.value;
  const [problem] = read.problems;
  const line = problem?.line === undefined ? '' : `:${problem.line}`;
  throw new Refusal(`${problem?.file ?? path}${line}: ${problem?.message ?? 'This is no prompt file.'}`);
}

export interface LocatedIn extends Located {
  readonly choosing: Choosing;
}

/** The candidate that an argument names. @throws Refusal for what is none */
export async function located(typed: string): Promise<LocatedIn> {
  const path = resolve(typed);
  const choosing = await choosingIn(await rootOf(path));
  const found = await locate(path, choosing);
  if (found.ok && found.value.prompt) return { ...found.value, choosing };
  // Whoever works in the folder of the candidates has the prompt file above.
  const above = await locate(path, await choosingIn(parse(path).root));
  const prompt = above.ok ? above.value.prompt : undefined;
  if (!prompt || !isInside(dirname(prompt.path), path)) return { ...chosen(found), choosing };
  const wider = await choosingIn(dirname(prompt.path));
  return { ...chosen(await locate(path, wider)), choosing: wider };
}

/** Those that arguments name, each once. A folder is read once, however many of its files are named. @throws Refusal */
export async function locatedAll(typed: readonly string[]): Promise<readonly LocatedIn[]> {
  const known = new Map<string, LocatedIn>();
  const found = new Map<string, LocatedIn>();
  for (const each of typed) {
    const path = resolve(each);
    if (!known.has(path)) {
      const one = await located(each);
      for (const candidate of one.listing.candidates) known.set(candidate.path, { ...one, candidate });
    }
    const one = known.get(path);
    if (one) found.set(path, one);
  }
  return [...found.values()];
}

/** The folder or the repository one works in; of what lies elsewhere nobody knows how far up its prompt file is. */
async function rootOf(path: string): Promise<string> {
  const folder = (await repositoryOf(process.cwd())) ?? process.cwd();
  return isInside(folder, path) ? folder : parse(path).root;
}

/** A file that a person has named to write to, wherever that is. */
export async function namedTarget(typed: string): Promise<Target> {
  const path = resolve(typed);
  if (/[/\\]$/.test(typed) || path === dirname(path)) throw new UsageError(`${typed} is a folder: name a file in it.`);
  return { path, root: await rootOf(path) };
}

/** As one who works here reads it. */
export function shortened(path: string): string {
  return relative(process.cwd(), path);
}
