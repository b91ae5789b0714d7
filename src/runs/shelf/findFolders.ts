import { dirname, join } from 'node:path';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { grouped } from '../../base/sentence.ts';
import { candidatePlaces, type NamePattern, type PathFacts } from '../../candidates/candidatePlaces.ts';
import { isManifestName } from '../../candidates/manifest.ts';
import { isShelfName } from '../../candidates/shelf.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { archiveName, type ChosenPrompt } from './choosing.ts';

/** More folders than a prompt has rows that anybody chooses from by hand. */
const mostFolders = 100_000;

/** A folder that candidates of a prompt may lie in. */
export interface CandidateFolder {
  /** Absolute. */
  readonly path: string;
  readonly names: readonly string[];
  /** What the path of a file in it says, where it is that of a candidate. */
  readonly read: (name: string) => PathFacts | undefined;
}

/** How far a path of the shape has been followed. */
interface Way {
  readonly shape: readonly NamePattern[];
  readonly depth: number;
  readonly facts: PathFacts;
}

const builtInFolder = 'candidates';

/** The folders that are there, from the top down, and by name. A failure is one sentence. */
export async function findFolders(
  prompt: ChosenPrompt,
  files: Pick<FileStore, 'names'>,
): Promise<Outcome<readonly CandidateFolder[], string>> {
  const { out } = prompt;
  const ways = candidatePlaces(prompt).map((shape): Way => {
    // A folder that was named stands for the built-in one.
    const isReplaced = out !== undefined && prompt.output === undefined && shape[0]?.fixed === builtInFolder;
    return { shape: isReplaced ? shape.slice(1) : shape, depth: 0, facts: {} };
  });
  const found: CandidateFolder[] = [];
  const open = [{ folder: out ?? dirname(prompt.path), ways }];
  for (let looked = 0; ; looked++) {
    const next = open.pop();
    if (!next) return success(found.sort((a, b) => compareNames(a.path, b.path)));
    if (looked === mostFolders) {
      return failed(`${prompt.name} has candidates in more than ${grouped(mostFolders)} folders: move some elsewhere.`);
    }
    const names = await files.names(next.folder);
    // Nothing in it, or a file.
    if (names.length === 0) continue;
    const atEnd = next.ways.filter(({ shape, depth }) => depth === shape.length - 1);
    if (atEnd.length > 0) found.push({ path: next.folder, names, read: (name) => factsOf(atEnd, name) });
    const inner = innerWays(next.ways, names, atEnd);
    if (atEnd.length > 0 && inner.has(archiveName) && !(await hasManifest(join(next.folder, archiveName), files))) {
      inner.delete(archiveName);
    }
    for (const [name, innerOnes] of inner) open.push({ folder: join(next.folder, name), ways: innerOnes });
  }
}

function factsOf(ways: readonly Way[], name: string): PathFacts | undefined {
  for (const { shape, depth, facts } of ways) {
    const read = shape[depth]?.read(name);
    if (read) return { ...facts, ...read };
  }
  return undefined;
}

/** The ways on from a folder, by the name of the next one. */
function innerWays(ways: readonly Way[], names: readonly string[], atEnd: readonly Way[]): Map<string, Way[]> {
  const inner = new Map<string, Way[]>();
  const isThere = new Set(names);
  for (const { shape, depth, facts } of ways) {
    const pattern = shape[depth];
    if (!pattern || depth === shape.length - 1) continue;
    const asked = pattern.fixed === undefined ? names : isThere.has(pattern.fixed) ? [pattern.fixed] : [];
    for (const name of asked) {
      const read = pattern.read(name);
      if (!read || isOwnFile(name) || factsOf(atEnd, name)) continue;
      const way = { shape, depth: depth + 1, facts: { ...facts, ...read } };
      inner.set(name, [...(inner.get(name) ?? []), way]);
    }
  }
  return inner;
}

function isOwnFile(name: string): boolean {
  return isManifestName(name) || isShelfName(name) || name.startsWith('.');
}

/** An archive has none: a folder with one has the candidates of a row that is called so. */
async function hasManifest(folder: string, files: Pick<FileStore, 'names'>): Promise<boolean> {
  return (await files.names(folder)).some(isManifestName);
}

/** Takes milliseconds to make. */
let collator: Intl.Collator | undefined;

/** As people count: `2` before `10`. */
export function compareNames(one: string, other: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(one, other) || (one < other ? -1 : one > other ? 1 : 0);
}
