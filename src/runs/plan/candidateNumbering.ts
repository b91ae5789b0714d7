import { dirname, join, relative, sep } from 'node:path';
import { PackedNumbers } from '../../base/packedTexts.ts';
import { TextPlaces } from '../../base/textPlaces.ts';
import {
  candidateFolder,
  candidateNumberReader,
  candidatePath,
  candidateSeries,
  isNumbered,
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
  | {
      readonly kind: 'new';
      readonly output: OutputNames;
      /** Place of its series: see `outputsOf`. */
      readonly series: number;
      readonly number: number;
      readonly problem?: string;
    }
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
  /** A plan may have a series for each of a hundred thousand rows; each begins with the prefix of its home. */
  readonly #series = new TextPlaces();
  /** The highest number that is taken, by place of the series. */
  readonly #last = new PackedNumbers();
  /** All numbers that are taken, where gaps are filled. */
  readonly #taken = new Map<number, Set<number>>();
  /** Series that have no candidates yet are not in it. */
  readonly #before = new Map<number, Before>();
  readonly #replaced: string[] = [];
  readonly #homes = new Map<PromptFile, Home>();
  /** Those of the last row: its items come one after the other. */
  #outputs: (readonly [CandidatePlace, OutputNames])[] = [];
  #row: Row | undefined;

  constructor(options: NumberingOptions) {
    this.#options = options;
    this.#folders = new FolderListings(options.files, options.out ?? options.root);
  }

  /** Files that new candidates take the place of, absolute. */
  get replaced(): readonly string[] {
    return this.#replaced;
  }

  /** Items are asked for one after the other. @returns at once where the disk is not needed */
  of(item: PromptItem): Numbered | Promise<Numbered> {
    const home = this.#home(item.prompt);
    const output = this.#output(item, home);
    const key = home.prefix + output.series;
    const known = this.#series.find(key);
    if (known !== undefined) return this.#numbered(item, output, known);
    if (this.#isPlain(output, home)) return this.#begun(item, output, key);
    return this.#looked(item, output, key, home);
  }

  /**
   * Where the candidates of a prompt file go: a function of the place of their series. The same object for those that
   * are asked for one after the other.
   */
  outputsOf(prompt: PromptFile): (series: number) => OutputNames {
    const { folder, prefix } = this.#home(prompt);
    let last: { readonly place: number; readonly output: OutputNames } | undefined;
    return (place) => {
      if (last?.place !== place) {
        const series = this.#series.textAt(place).slice(prefix.length);
        last = { place, output: { folder, series, firstNumbered: isNumbered(prompt) } };
      }
      return last.output;
    };
  }

  /** Of a series that is known. */
  #numbered(item: PromptItem, output: OutputNames, series: number): Numbered {
    const { existing } = this.#options;
    const before = this.#before.get(series);
    if (existing === 'missing' && before && isThere(before, item)) return { kind: 'there' };
    if (existing === 'changed' && before && isCurrent(before, item)) return { kind: 'there' };
    const last = this.#last.at(series);
    const taken = this.#taken.get(series);
    const number = taken?.has(item.index) === false ? item.index : last + 1;
    taken?.add(number);
    this.#last.set(series, Math.max(last, number));
    return { kind: 'new', output, series, number };
  }

  /** Of a series that is new, of which some numbers are taken. */
  #begun(item: PromptItem, output: OutputNames, key: string, numbers = noNumbers, before?: Before): Numbered {
    const series = this.#series.add(key);
    if (before) this.#before.set(series, before);
    if (this.#options.existing === 'missing') this.#taken.set(series, new Set(numbers));
    let last = 0;
    for (const number of numbers) last = Math.max(last, number);
    this.#last.push(last);
    return this.#numbered(item, output, series);
  }

  async #looked(item: PromptItem, output: OutputNames, key: string, home: Home): Promise<Numbered> {
    const problem = await this.#problem(output, home);
    if (problem === undefined) {
      const { numbers, before } = await this.#look(output);
      return this.#begun(item, output, key, numbers, before);
    }
    const numbered = this.#begun(item, output, key);
    return numbered.kind === 'new' ? { ...numbered, problem } : numbered;
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
    // Not a map that is cleared for each row: one would keep what the one before it had, as far as a quick collection sees.
    if (place.row !== this.#row) this.#outputs = [];
    this.#row = place.row;
    const known = this.#outputs.find(([each]) => each === place);
    if (known) return known[1];
    const { series, firstNumbered } = candidateSeries(prompt, place);
    const output = { folder, series: relativePath(prompt, series, this.#options.out), firstNumbered };
    this.#outputs.push([place, output]);
    return output;
  }

  /** Whether it is known without a look that nothing is wrong with a series, and nothing there. */
  #isPlain(output: OutputNames, { folder, prefix }: Home): boolean {
    const { series } = output;
    const end = series.lastIndexOf('/');
    // The number is in the name of a folder, or there is none.
    if (end === -1 || series.indexOf('*') < end) return false;
    const target = (folder.endsWith(sep) ? folder : folder + sep) + series.slice(0, end).replaceAll('/', sep);
    return this.#folders.isAbsent(target) && guardedIn(prefix, candidatePath(output, 1)) === undefined;
  }

  async #problem(output: OutputNames, { folder, prefix }: Home): Promise<string | undefined> {
    const path = candidatePath(output, 1);
    const file = join(folder, path);
    const guarded = guardedIn(prefix, path);
    if (guarded !== undefined) {
      return `Its candidates cannot go to ${file}, because programs run or read as configuration what is in "${guarded}": choose another "candidates.output" or move the prompt file.`;
    }
    const target = dirname(file);
    const problem = await this.#folders.problem(target);
    return problem === undefined ? undefined : `The folder for its candidates, ${target}, ${problem}.`;
  }

  /** The numbers that are taken, and what is known of their candidates where that matters. */
  async #look(output: OutputNames): Promise<{ readonly numbers: ReadonlySet<number>; readonly before?: Before }> {
    const within = candidateFolder(output);
    const folder = join(output.folder, within);
    const names = await this.#folders.names(folder);
    if (names.length === 0) return { numbers: noNumbers };
    const numberOf = candidateNumberReader(output);
    const files = new Map<string, number>();
    for (const name of names) {
      const number = numberOf(`${within}/${name}`);
      if (number !== undefined) files.set(name, number);
    }
    const { existing } = this.#options;
    if (existing === 'replace') {
      for (const name of files.keys()) this.#replaced.push(join(folder, name));
      return { numbers: noNumbers };
    }
    const numbers = new Set(files.values());
    if (existing === 'add' || files.size === 0) return { numbers };
    return { numbers, before: await this.#told(folder, names, files) };
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

/** @param prefix of the home @param path relative to the home */
function guardedIn(prefix: string, path: string): string | undefined {
  const names = (prefix + path).split('/');
  const file = names.pop();
  return guardedPlace(names, file);
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
