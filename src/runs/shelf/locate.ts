import { basename, dirname, join, relative, sep } from 'node:path';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { isInside } from '../../base/paths.ts';
import { candidatePlaces, type PathFacts } from '../../candidates/candidatePlaces.ts';
import { isManifestName, manifestNames, readManifest } from '../../candidates/manifest.ts';
import { decodePrompt } from '../../prompts/decode.ts';
import { formatOf, type FormatName } from '../../prompts/formats/formatNames.ts';
import { limits } from '../../prompts/limits.ts';
import type { PromptFile } from '../../prompts/promptFile.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { archiveName, type ChosenPrompt, type Choosing } from './choosing.ts';
import { findFolders, type CandidateFolder } from './findFolders.ts';
import { listFolders, type ShelfCandidate, type ShelfListing } from './listCandidates.ts';
import { isNameOfCandidate, isPromptNamed, withoutCount } from './readFolder.ts';

/** Prompt files of one folder that are asked whose candidate something is. */
const mostPrompts = 200;
const mostManifestBytes = 256 * 1024 * 1024;

/** A candidate that somebody has named. */
export interface Located {
  readonly candidate: ShelfCandidate;
  /** With it, those that lie beside it, of its row and others. */
  readonly listing: ShelfListing;
  /** Absent where its prompt file is not found. */
  readonly prompt?: ChosenPrompt;
}

export function chosenPrompt(
  path: string,
  { name, output, target, schema }: Pick<PromptFile, 'name' | 'output' | 'target' | 'schema'>,
  out?: string,
): ChosenPrompt {
  return {
    path,
    name,
    isJson: schema !== undefined,
    ...(output === undefined ? {} : { output }),
    ...(target === undefined ? {} : { target }),
    ...(out === undefined ? {} : { out }),
  };
}

/**
 * Finds a candidate by its path, and whose it is: its prompt file lies in a folder above it, or where its manifest says.
 *
 * @param path absolute
 * @returns a failure, one sentence, for what is no candidate
 */
export async function locate(path: string, choosing: Choosing): Promise<Outcome<Located, string>> {
  const folder = await folderOf(path, choosing.files);
  if (!isInside(choosing.root, folder))
    return failed(`${path} lies outside of ${choosing.root}: name a candidate in it.`);
  const prompt = await promptOf(path, folder, choosing);
  const folders = await foldersOf(folder, prompt, choosing.files);
  if (!folders.ok) return folders;
  const listing = await listFolders(folders.value, prompt, choosing);
  if (!listing.ok) return listing;
  const candidate = listing.value.candidates.find((each) => each.path === path);
  if (candidate) return success({ candidate, listing: listing.value, ...(prompt ? { prompt } : {}) });
  const names = await choosing.files.names(dirname(path));
  if (!names.includes(basename(path))) return failed(`There is no file ${path}.`);
  return failed(`${path} is no candidate of a prompt file: "shelf" with the prompt file lists those that there are.`);
}

/**
 * Whose candidate a file is, without reading any candidate.
 *
 * @param path absolute
 * @returns undefined for what is none, and where its prompt file is not found
 */
export async function ownerOf(path: string, choosing: Choosing): Promise<ChosenPrompt | undefined> {
  if (!isNameOfCandidate(basename(path)) || !isInside(choosing.root, path)) return undefined;
  const folder = await folderOf(path, choosing.files);
  const prompt = await promptOf(path, folder, choosing);
  if (!prompt || prompt.path === path) return undefined;
  const reads = factReader(prompt);
  const isNamed = [basename(path), withoutCount(basename(path))].some((name) => reads(join(folder, name)));
  if (isNamed) return prompt;
  return (await toldPrompts(path, folder, choosing.files, 'named')).length > 0 ? prompt : undefined;
}

/** The folder of the candidates: the one above the archive for one in there. */
async function folderOf(path: string, files: Pick<FileStore, 'names'>): Promise<string> {
  const folder = dirname(path);
  if (basename(folder) !== archiveName) return folder;
  return (await files.names(folder)).some(isManifestName) ? folder : dirname(folder);
}

/** Those of a row may lie in several, where the pattern has its number or its model in the name of a folder. */
async function foldersOf(
  folder: string,
  prompt: ChosenPrompt | undefined,
  files: FileStore,
): Promise<Outcome<readonly CandidateFolder[], string>> {
  if (prompt?.output !== undefined && /\$\{(?:index|model)\}.*[/\\]/s.test(prompt.output)) {
    return findFolders(prompt, files);
  }
  const names = await files.names(folder);
  const read = prompt ? factReader(prompt) : () => undefined;
  return success([{ path: folder, names, read: (name) => read(join(folder, name)) }]);
}

function factReader(prompt: ChosenPrompt): (path: string) => PathFacts | undefined {
  const shapes = candidatePlaces(prompt);
  return (path) => {
    const names = relative(dirname(prompt.path), path).split(sep);
    for (const shape of shapes) {
      if (shape.length !== names.length) continue;
      const facts = shape.map((pattern, place) => pattern.read(names[place] ?? ''));
      if (facts.every((each) => each !== undefined)) return Object.assign({}, ...facts) as PathFacts;
    }
    return undefined;
  };
}

async function promptOf(path: string, folder: string, choosing: Choosing): Promise<ChosenPrompt | undefined> {
  const { files, root } = choosing;
  const told = await toldPrompts(path, folder, files);
  const original = join(folder, basename(path));
  for (let above = folder; isInside(root, above); above = dirname(above)) {
    for (const each of told) {
      const found = await readPromptAt(join(above, ...each.split('/')), choosing);
      if (found && isPromptNamed(each, found.path)) return found;
    }
    const names = (await files.names(above)).filter((name) => formatOf(name) !== undefined);
    for (const name of names.slice(0, mostPrompts)) {
      if (told.length > 0 && !told.some((each) => isPromptNamed(each, join(above, name)))) continue;
      const found = await readPromptAt(join(above, name), choosing);
      if (found && (told.length > 0 || factReader(found)(original) !== undefined)) return found;
    }
    if (dirname(above) === above) break;
  }
  return undefined;
}

/**
 * What the manifest beside it says, which is relative to wherever one has worked.
 *
 * @param which `named`: of this file alone; else also of one that may have been renamed
 */
async function toldPrompts(
  path: string,
  folder: string,
  files: FileStore,
  which: 'named' | 'any' = 'any',
): Promise<readonly string[]> {
  const told = new Set<string>();
  const all = new Set<string>();
  for (const name of manifestNames) {
    const text = await files.read(join(folder, name), mostManifestBytes).catch(() => undefined);
    for (const { file, prompt } of text === undefined ? [] : readManifest(text)) {
      all.add(prompt.path);
      if (file === basename(path)) told.add(prompt.path);
    }
  }
  // One that was renamed is another one's only where several have theirs in the folder.
  return told.size > 0 || which === 'named' ? [...told] : all.size === 1 ? [...all] : [];
}

async function readPromptAt(path: string, { files, root }: Choosing): Promise<ChosenPrompt | undefined> {
  if (!isInside(root, path)) return undefined;
  const { readPrompt } = await import('../../prompts/formats/formats.ts');
  try {
    const text = decodePrompt(await files.readWithin(path, limits.fileBytes, root));
    if (!text.ok) return undefined;
    const format: FormatName | undefined = formatOf(path, true);
    const read = readPrompt(relative(root, path).split(sep).join('/'), text.value, format);
    return read.ok ? chosenPrompt(path, read.value) : undefined;
  } catch {
    return undefined;
  }
}
