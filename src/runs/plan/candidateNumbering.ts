import { dirname, join, relative, sep } from 'node:path';
import {
  candidateFolder,
  candidateNumberReader,
  candidatePath,
  candidateSeries,
  type CandidatePlace,
} from '../../candidates/candidateName.ts';
import { guardedPlace } from '../../candidates/guardedPlaces.ts';
import { manifestNames, readManifest, type ManifestEntry } from '../../candidates/manifest.ts';
import type { OutputNames } from '../../candidates/plannedItem.ts';
import type { Row } from '../../model/row.ts';
import type { PromptItem } from '../../prompts/items.ts';
import type { PromptFile } from '../../prompts/promptFile.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import type { NumberingMode } from './existingModes.ts';
import { FolderListings } from './folderListings.ts';

export interface NumberingOptions {
  /** The folder that candidates must stay inside. */
  readonly root: string;
  /** In place of one beside each prompt file. */
  readonly out?: string;
  readonly files: FileStore;
  readonly existing: NumberingMode;
}

/** Where a candidate goes. */
export type Numbered =
  /** `problem` is a sentence, once per folder that cannot hold candidates. */
  | { readonly kind: 'new'; readonly output: OutputNames; readonly number: number; readonly problem?: string }
  | { readonly kind: 'there' };

/** The candidates of a series that are there. */
interface Before {
  /** What manifests tell of them, by item. */
  readonly told: ReadonlyMap<string, readonly ManifestEntry[]>;
  /** Numbers of files that no manifest tells of. */
  readonly unclaimed: Set<number>;
}

/** The folder of a prompt file. */
interface Home {
  /** Absolute. */
  readonly folder: string;
  /** What its paths begin with as seen from the folder that candidates must stay inside, with `/`. */
  readonly prefix: string;
}

const builtInFolder = /^candidates\//;
const noNumbers: ReadonlySet<number> = new Set();
const mostManifestBytes = 256 * 1024 * 1024;

/** Gives the candidates of a plan their places: numbers continue after those that are there, and none is given twice. */
export class CandidateNumbering {
  readonly #options: NumberingOptions;
  readonly #folders: FolderListings;
  /** The highest number that is taken, by series: a plan may have one for each of a hundred thousand rows. */
  readonly #last = new Map<string, number>();
  /** All numbers that are taken, by series, where gaps are filled. */
  readonly #taken = new Map<string, Set<number>>();
  /** By series; those that have no candidates yet are not in it. */
  readonly #before = new Map<string, Before>();
  readonly #replaced: string[] = [];
  readonly #homes = new Map<PromptFile, Home>();
  /** Those of the last row: its items come one after the other. */
  readonly #outputs = new Map<CandidatePlace, OutputNames>();
  #row: Row | undefined;

  constructor(options: NumberingOptions) {
    this.#options = options;
    this.#folders = new FolderListings(options.files, options.out ?? options.root);
  }

  /** Files that new candidates take the place of, absolute. */
  get replaced(): readonly string[] {
    return this.#replaced;
  }

  async of(item: PromptItem): Promise<Numbered> {
    const { existing } = this.#options;
    const home = this.#home(item.prompt);
    const output = this.#output(item, home);
    const key = home.prefix + output.series;
    let problem: string | undefined;
    if (!this.#last.has(key)) {
      problem = await this.#problem(output, home);
      const numbers = problem === undefined ? await this.#look(key, output) : noNumbers;
      if (existing === 'missing') this.#taken.set(key, new Set(numbers));
      this.#last.set(
        key,
        [...numbers].reduce((most, number) => Math.max(most, number), 0),
      );
    }
    const before = this.#before.get(key);
    if (existing === 'missing' && before && isThere(before, item)) return { kind: 'there' };
    if (existing === 'changed' && before && isCurrent(before, item)) return { kind: 'there' };
    const last = this.#last.get(key) ?? 0;
    const taken = this.#taken.get(key);
    const number = taken?.has(item.index) === false ? item.index : last + 1;
    taken?.add(number);
    this.#last.set(key, Math.max(last, number));
    return { kind: 'new', output, number, ...(problem === undefined ? {} : { problem }) };
  }

  #home(prompt: PromptFile): Home {
    const known = this.#homes.get(prompt);
    if (known) return known;
    const { root, out } = this.#options;
    const folder = out ?? dirname(join(root, prompt.path));
    const names = relative(out ?? root, folder).split(sep);
    const home = { folder, prefix: names.map((name) => (name === '' ? '' : `${name}/`)).join('') };
    this.#homes.set(prompt, home);
    return home;
  }

  #output({ prompt, place }: PromptItem, { folder }: Home): OutputNames {
    if (place.row !== this.#row) this.#outputs.clear();
    this.#row = place.row;
    const known = this.#outputs.get(place);
    if (known) return known;
    const { series, firstNumbered } = candidateSeries(prompt, place);
    const output = { folder, series: relativePath(prompt, series, this.#options.out), firstNumbered };
    this.#outputs.set(place, output);
    return output;
  }

  async #problem(output: OutputNames, { folder, prefix }: Home): Promise<string | undefined> {
    const path = candidatePath(output, 1);
    const file = join(folder, path);
    const names = (prefix + path).split('/');
    const guarded = guardedPlace(names.slice(0, -1), names.at(-1));
    if (guarded !== undefined) {
      return `Its candidates cannot go to ${file}, because programs run or read as configuration what is in "${guarded}": choose another "candidates.output" or move the prompt file.`;
    }
    const target = dirname(file);
    const problem = await this.#folders.problem(target);
    return problem === undefined ? undefined : `The folder for its candidates, ${target}, ${problem}.`;
  }

  /** The numbers that are taken. */
  async #look(key: string, output: OutputNames): Promise<ReadonlySet<number>> {
    const within = candidateFolder(output);
    const folder = join(output.folder, within);
    const names = await this.#folders.names(folder);
    if (names.length === 0) return noNumbers;
    const numberOf = candidateNumberReader(output);
    const files = new Map<string, number>();
    for (const name of names) {
      const number = numberOf(`${within}/${name}`);
      if (number !== undefined) files.set(name, number);
    }
    const { existing } = this.#options;
    if (existing === 'replace') {
      for (const name of files.keys()) this.#replaced.push(join(folder, name));
      return noNumbers;
    }
    if (existing !== 'add' && files.size > 0) this.#before.set(key, await this.#told(folder, names, files));
    return new Set(files.values());
  }

  /** @param files numbers by name, of those among the names that are candidates of the series */
  async #told(folder: string, names: readonly string[], files: ReadonlyMap<string, number>): Promise<Before> {
    const entries = await this.#manifestEntries(folder, names);
    const unclaimed = new Set([...files].filter(([name]) => !entries.has(name)).map(([, number]) => number));
    const told = Map.groupBy(
      [...entries.values()].filter(({ file }) => files.has(file)),
      ({ item }) => item,
    );
    return { told, unclaimed };
  }

  /** By file. */
  async #manifestEntries(folder: string, names: readonly string[]): Promise<ReadonlyMap<string, ManifestEntry>> {
    const entries = new Map<string, ManifestEntry>();
    for (const name of manifestNames.filter((each) => names.includes(each))) {
      const text = await this.#options.files.read(join(folder, name), mostManifestBytes);
      for (const entry of text === undefined ? [] : readManifest(text)) entries.set(entry.file, entry);
    }
    return entries;
  }
}

/** Without a manifest, a file is the candidate that its number says: of one item only. */
function isThere({ told, unclaimed }: Before, { id, index }: PromptItem): boolean {
  return told.has(id) || unclaimed.delete(index);
}

function isCurrent({ told }: Before, { id, prompt, variables }: PromptItem): boolean {
  const entries = told.get(id) ?? [];
  if (entries.length === 0) return false;
  const current = JSON.stringify(variables);
  return entries.some((entry) => entry.prompt.hash === prompt.hash && JSON.stringify(entry.variables) === current);
}

/** With `--out`, the folder given stands for the `candidates` folder of the built-in pattern. */
function relativePath(prompt: PromptFile, path: string, out: string | undefined): string {
  return out !== undefined && prompt.output === undefined ? path.replace(builtInFolder, '') : path;
}
