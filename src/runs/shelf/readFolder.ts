import { basename, extname, join } from 'node:path';
import { bytesHash } from '../../base/hash.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { isInside } from '../../base/paths.ts';
import { isManifestName, manifestNames, readManifest, type ManifestEntry } from '../../candidates/manifest.ts';
import { promptName } from '../../candidates/promptName.ts';
import {
  decisionsOf,
  entriesByFile,
  isShelfName,
  mergedDecisions,
  type Decisions,
  type Shelf,
  type ShelfEntry,
  type ShelfKey,
} from '../../candidates/shelf.ts';
import { decodePrompt } from '../../prompts/decode.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { archiveName, mostCandidateBytes, type ChosenPrompt, type Choosing } from './choosing.ts';
import type { CandidateFolder } from './findFolders.ts';

const mostManifestBytes = 256 * 1024 * 1024;
/** Texts of a folder that are held at once. */
const mostTextBytes = 512 * 1024 * 1024;

/** A candidate as its folder, its manifest and its shelf tell of it. */
export interface FoundCandidate {
  /** Absolute. */
  readonly path: string;
  /** Of the candidates, absolute: the one above the archive for an archived one. */
  readonly folder: string;
  /** What decisions about it go under. */
  readonly key: ShelfKey;
  /** Where its decisions lie so far, when a person has renamed it. */
  readonly from?: ShelfKey;
  readonly row: string;
  readonly number?: number;
  readonly model?: string;
  readonly isArchived: boolean;
  readonly isJson: boolean;
  readonly decisions: Decisions;
  /** What the manifest says; absent where none tells of it. */
  readonly made?: ManifestEntry;
  /** Whether a person has changed it since. */
  readonly isEdited: boolean;
  /** Absent for what is no text, or too long. */
  readonly text?: string;
}

/** What is read of one file. */
interface ReadFile {
  readonly hash: string;
  readonly text?: string;
}

/** All candidates of a folder, in any order. A failure is one sentence. */
export async function readFolder(
  folder: CandidateFolder,
  prompt: ChosenPrompt | undefined,
  { files, shelves, root }: Choosing,
): Promise<Outcome<readonly FoundCandidate[], string>> {
  if (!(await isReallyInside(files, folder.path, root))) {
    return failed(`A link leads from ${folder.path} out of ${root}: remove the link, or work in the other folder.`);
  }
  const entries = await manifestOf(folder, files);
  const shelf = await shelves.read(folder.path);
  if (!shelf.ok) return shelf;
  const reader = new FolderReader(folder, prompt, entries, shelf.value, files);
  return success(await reader.read());
}

class FolderReader {
  readonly #folder: CandidateFolder;
  readonly #prompt: ChosenPrompt | undefined;
  readonly #files: FileStore;
  readonly #names: ReadonlySet<string>;
  readonly #entries: ReadonlyMap<string, ManifestEntry>;
  readonly #byHash: ReadonlyMap<string, ManifestEntry>;
  readonly #shelf: ReadonlyMap<string, readonly ShelfEntry[]>;
  #bytesLeft = mostTextBytes;

  constructor(
    folder: CandidateFolder,
    prompt: ChosenPrompt | undefined,
    entries: readonly ManifestEntry[],
    shelf: Shelf,
    files: FileStore,
  ) {
    this.#folder = folder;
    this.#prompt = prompt;
    this.#files = files;
    this.#names = new Set(folder.names);
    this.#entries = new Map(entries.map((entry) => [entry.file, entry]));
    this.#byHash = new Map(entries.map((entry) => [entry.contentHash, entry]));
    this.#shelf = entriesByFile(shelf);
  }

  async read(): Promise<FoundCandidate[]> {
    const found: FoundCandidate[] = [];
    const { path, names } = this.#folder;
    const gone = [...this.#entries.values()].filter((entry) => !this.#names.has(entry.file) && this.#isOurs(entry));
    const goneByHash = new Map(gone.map((entry) => [entry.contentHash, entry]));
    const extensions = new Set(gone.map(({ file }) => extname(file)));
    for (const name of names) {
      if (!isNameOfCandidate(name) || join(path, name) === this.#prompt?.path) continue;
      const made = this.#entries.get(name);
      if (made && !this.#isOurs(made)) continue;
      const isKnown = made !== undefined || this.#folder.read(name) !== undefined;
      // Another name may be one that a person has given to it.
      if (!isKnown && !extensions.has(extname(name))) continue;
      const file = await this.#file(join(path, name));
      if (!file) continue;
      if (isKnown) found.push(this.#candidate(name, file, made));
      else {
        const renamed = goneByHash.get(file.hash);
        if (renamed) found.push(this.#candidate(name, file, renamed));
      }
    }
    if (this.#names.has(archiveName)) found.push(...(await this.#archived()));
    return found;
  }

  async #archived(): Promise<FoundCandidate[]> {
    const found: FoundCandidate[] = [];
    const folder = join(this.#folder.path, archiveName);
    const names = await this.#files.names(folder);
    // A row that is called so.
    if (names.some(isManifestName)) return found;
    const notes = new Map<string | undefined, ShelfEntry>();
    for (const entry of [...this.#shelf.values()].flat()) {
      const { archived } = entry.decisions;
      if (archived?.value === true) notes.set(archived.to, entry);
    }
    for (const name of names) {
      if (!isNameOfCandidate(name)) continue;
      const noted = notes.get(`${archiveName}/${name}`);
      const plain = withoutCount(name);
      const facts = this.#folder.read(name) ?? this.#folder.read(plain);
      if (!noted && !facts && !this.#entries.has(plain) && this.#byHash.size === 0) continue;
      const file = await this.#file(join(folder, name));
      if (!file) continue;
      const byName = [name, plain].find((each) => this.#entries.has(each) && !this.#names.has(each));
      const made =
        this.#byHash.get(file.hash) ??
        (noted?.contentHash === undefined ? undefined : this.#byHash.get(noted.contentHash)) ??
        (byName === undefined ? undefined : this.#entries.get(byName));
      if (made ? !this.#isOurs(made) : !noted && !facts) continue;
      const original = noted?.file ?? made?.file ?? plain;
      const hash = noted?.contentHash ?? made?.contentHash ?? file.hash;
      const key: ShelfKey = { file: original, contentHash: hash };
      found.push({
        ...this.#facts(facts, made, name),
        path: join(folder, name),
        folder: this.#folder.path,
        key,
        isArchived: true,
        decisions: decisionsOf(this.#shelf, key),
        ...(made ? { made } : {}),
        isEdited: made !== undefined && made.contentHash !== file.hash,
        ...(file.text === undefined ? {} : { text: file.text }),
      });
    }
    return found;
  }

  /** @param made what the manifest says of it, maybe under the name that it had */
  #candidate(name: string, file: ReadFile, made: ManifestEntry | undefined): FoundCandidate {
    const contentHash = made?.contentHash;
    const own: ShelfKey = { file: name, ...(contentHash === undefined ? {} : { contentHash }) };
    const from = made && made.file !== name ? { file: made.file, contentHash: made.contentHash } : undefined;
    const decided = decisionsOf(this.#shelf, own);
    return {
      ...this.#facts(this.#folder.read(name), made, name),
      path: join(this.#folder.path, name),
      folder: this.#folder.path,
      key: own,
      ...(from ? { from } : {}),
      isArchived: false,
      decisions: from ? mergedDecisions(decided, decisionsOf(this.#shelf, from)) : decided,
      ...(made ? { made } : {}),
      isEdited: made !== undefined && made.contentHash !== file.hash,
      ...(file.text === undefined ? {} : { text: file.text }),
    };
  }

  #facts(facts: ReturnType<CandidateFolder['read']>, made: ManifestEntry | undefined, name: string) {
    const number = made?.index ?? facts?.number;
    const model = made?.model ?? facts?.model;
    return {
      row: made?.row ?? facts?.row ?? '',
      ...(number === undefined ? {} : { number }),
      ...(model === undefined ? {} : { model }),
      isJson: /\.json$/i.test(name),
    };
  }

  /** A folder may have candidates of several prompt files. */
  #isOurs({ prompt: { path } }: ManifestEntry): boolean {
    return this.#prompt === undefined || isPromptNamed(path, this.#prompt.path);
  }

  async #file(path: string): Promise<ReadFile | undefined> {
    let bytes: Uint8Array;
    try {
      bytes = await this.#files.readWithin(path, mostCandidateBytes, this.#folder.path);
    } catch {
      // Too large, a folder, or gone meanwhile.
      return undefined;
    }
    const text = this.#bytesLeft < bytes.length ? undefined : decodePrompt(bytes);
    this.#bytesLeft -= bytes.length;
    return { hash: bytesHash(bytes), ...(text?.ok === true ? { text: text.value } : {}) };
  }
}

/** Whether a manifest's path of a prompt file, which is relative to wherever one has worked, may be that of this file. */
export function isPromptNamed(told: string, path: string): boolean {
  const file = told.slice(Math.max(told.lastIndexOf('/'), told.lastIndexOf('\\')) + 1);
  return file === basename(path) && (told === file || promptName(told) === promptName(path));
}

export function isNameOfCandidate(name: string): boolean {
  return (
    !name.startsWith('.') &&
    !isManifestName(name) &&
    !isShelfName(name) &&
    !/\.(?:unreadable|tmp)$|\.invalid(?:-\d+)?\.txt$/i.test(name)
  );
}

/** The name that a file had before the archive had another one of that name: `01` of `01-2`. */
export function withoutCount(name: string): string {
  const extension = extname(name);
  return name.slice(0, name.length - extension.length).replace(/-\d{1,5}$/, '') + extension;
}

async function manifestOf({ path, names }: CandidateFolder, files: FileStore): Promise<readonly ManifestEntry[]> {
  const found: ManifestEntry[] = [];
  for (const name of manifestNames.filter((each) => names.includes(each))) {
    const text = await files.read(join(path, name), mostManifestBytes);
    if (text !== undefined) found.push(...readManifest(text));
  }
  return found;
}

async function isReallyInside(files: FileStore, folder: string, root: string): Promise<boolean> {
  if (!isInside(root, folder)) return false;
  // Stores without it have no links.
  if (!files.realFolder) return true;
  return isInside(await files.realFolder(root), await files.realFolder(folder));
}
