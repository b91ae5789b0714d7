import { dirname, join, relative, sep } from 'node:path';
import {
  candidateFolder,
  candidateNumberReader,
  candidatePath,
  candidateSeries,
  type CandidatePlace,
} from '../../candidates/candidateName.ts';
import { seriesKey } from '../../candidates/candidateNumbers.ts';
import { guardedPlace } from '../../candidates/guardedPlaces.ts';
import { manifestNames, readManifest } from '../../candidates/manifest.ts';
import type { OutputNames } from '../../candidates/plannedItem.ts';
import type { PromptItem } from '../../prompts/items.ts';
import type { PromptFile } from '../../prompts/promptFile.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { FolderListings } from './folderListings.ts';

export const existingModes = ['add', 'missing', 'replace'] as const;

/** What becomes of candidates that are there: more are made, only those that lack, or new ones in their place. */
export type ExistingMode = (typeof existingModes)[number];

export interface NumberingOptions {
  /** The folder that candidates must stay inside. */
  readonly root: string;
  /** In place of one beside each prompt file. */
  readonly out?: string;
  readonly files: FileStore;
  readonly existing: ExistingMode;
}

/** Where a candidate goes. */
export type Numbered =
  /** `problem` is a sentence, once per folder that cannot hold candidates. */
  | { readonly kind: 'new'; readonly output: OutputNames; readonly number: number; readonly problem?: string }
  | { readonly kind: 'there' };

/** A sequence of numbers that candidates share. */
interface Series {
  readonly taken: Set<number>;
  last: number;
  /** Items whose candidates are there, as manifests tell. */
  readonly there: ReadonlySet<string>;
  /** Numbers of files that no manifest tells of. */
  readonly unclaimed: Set<number>;
}

const builtInFolder = /^candidates\//;
const noItems: ReadonlyMap<string, string> = new Map();
const mostManifestBytes = 256 * 1024 * 1024;

/** Gives the candidates of a plan their places: numbers continue after those that are there, and none is given twice. */
export class CandidateNumbering {
  readonly #options: NumberingOptions;
  readonly #folders: FolderListings;
  readonly #outputs = new Map<CandidatePlace, OutputNames>();
  readonly #series = new Map<string, Series>();
  readonly #replaced: string[] = [];

  constructor(options: NumberingOptions) {
    this.#options = options;
    this.#folders = new FolderListings(options.files, options.out ?? options.root);
  }

  /** Files that new candidates take the place of, absolute. */
  get replaced(): readonly string[] {
    return this.#replaced;
  }

  async of(item: PromptItem): Promise<Numbered> {
    const output = this.#output(item);
    const key = seriesKey(output);
    let series = this.#series.get(key);
    let problem: string | undefined;
    if (!series) {
      problem = await this.#problem(join(output.folder, candidatePath(output, 1)));
      series = problem === undefined ? await this.#look(output) : emptySeries();
      this.#series.set(key, series);
    }
    const { existing } = this.#options;
    if (existing === 'missing' && isThere(series, item)) return { kind: 'there' };
    const number = existing === 'missing' && !series.taken.has(item.index) ? item.index : series.last + 1;
    series.taken.add(number);
    series.last = Math.max(series.last, number);
    return { kind: 'new', output, number, ...(problem === undefined ? {} : { problem }) };
  }

  #output({ prompt, place }: PromptItem): OutputNames {
    let output = this.#outputs.get(place);
    if (!output) {
      const { root, out } = this.#options;
      const { series, firstNumbered } = candidateSeries(prompt, place);
      const folder = out ?? dirname(join(root, prompt.path));
      output = { folder, series: relativePath(prompt, series, out), firstNumbered };
      this.#outputs.set(place, output);
    }
    return output;
  }

  async #problem(file: string): Promise<string | undefined> {
    const { out, root } = this.#options;
    const names = relative(out ?? root, file).split(sep);
    const guarded = guardedPlace(names.slice(0, -1), names.at(-1));
    if (guarded !== undefined) {
      return `Its candidates cannot go to ${file}, because programs run or read as configuration what is in "${guarded}": choose another "candidates.output" or move the prompt file.`;
    }
    const target = dirname(file);
    const problem = await this.#folders.problem(target);
    return problem === undefined ? undefined : `The folder for its candidates, ${target}, ${problem}.`;
  }

  async #look(output: OutputNames): Promise<Series> {
    const within = candidateFolder(output);
    const numberOf = candidateNumberReader(output);
    const folder = join(output.folder, within);
    const names = await this.#folders.names(folder);
    const files = new Map<string, number>();
    for (const name of names) {
      const number = numberOf(`${within}/${name}`);
      if (number !== undefined) files.set(name, number);
    }
    const { existing } = this.#options;
    if (existing === 'replace') {
      for (const name of files.keys()) this.#replaced.push(join(folder, name));
      return emptySeries();
    }
    const taken = new Set(files.values());
    const last = [...taken].reduce((most, number) => Math.max(most, number), 0);
    const told = existing === 'missing' && files.size > 0 ? await this.#manifestItems(folder, names) : noItems;
    const unclaimed = new Set([...files].filter(([name]) => !told.has(name)).map(([, number]) => number));
    const there = new Set([...told].filter(([file]) => files.has(file)).map(([, item]) => item));
    return { taken, last, there, unclaimed };
  }

  /** Ids of the items that the manifests of a folder tell of, by file. */
  async #manifestItems(folder: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const items = new Map<string, string>();
    for (const name of manifestNames.filter((each) => names.includes(each))) {
      const text = await this.#options.files.read(join(folder, name), mostManifestBytes);
      for (const { file, item } of text === undefined ? [] : readManifest(text)) items.set(file, item);
    }
    return items;
  }
}

function emptySeries(): Series {
  return { taken: new Set(), last: 0, there: new Set(), unclaimed: new Set() };
}

/** Without a manifest, a file is the candidate that its number says: of one item only. */
function isThere({ there, unclaimed }: Series, { id, index }: PromptItem): boolean {
  return there.has(id) || unclaimed.delete(index);
}

/** With `--out`, the folder given stands for the `candidates` folder of the built-in pattern. */
function relativePath(prompt: PromptFile, path: string, out: string | undefined): string {
  return out !== undefined && prompt.output === undefined ? path.replace(builtInFolder, '') : path;
}
