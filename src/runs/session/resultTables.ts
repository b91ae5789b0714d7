import { dirname, join, relative, sep } from 'node:path';
import pLimit from 'p-limit';
import type { Clock } from '../../base/clock.ts';
import { ResultTable, resultTableFormat, type ResultItem, type ResultLine } from '../../candidates/resultTable.ts';
import { numberIn } from '../../candidates/candidateNumbers.ts';
import { costOf } from '../../model/prices.ts';
import type { PlannedTable } from '../../model/resultTables.ts';
import { pricesIn } from '../../model/serviceSettings.ts';
import { readAll } from '../../storage/journal/journalClient.ts';
import type { JournalItem, RunDetails } from '../../storage/journal/records.ts';
import { causeOf } from '../../storage/writeFailure.ts';
import type { Workspace } from '../workspace.ts';

/** Lines wait for others at least so long, ms. */
const gatherMs = 1_000;
/** Writing takes at most one part in this many of the time, so that large tables are written less often. */
const restPerPass = 10;
/** Items that are read of the journal at once. */
const itemsAtOnce = 200;
const filesAtOnce = 16;
/** More than the table of a whole run, and a text that still fits into memory. */
const mostBytes = 256 * 1024 * 1024;
/** No candidate is longer. */
const mostCandidateBytes = 20 * 1024 * 1024;

export interface TableTools {
  readonly workspace: Pick<Workspace, 'base' | 'journal' | 'files'>;
  readonly clock: Clock;
  /** What the run has kept of its services. */
  readonly services: RunDetails['services'];
}

/** What is kept of tables when a run ends. */
export interface KeptTables {
  /** Absolute. */
  readonly paths: readonly string[];
  readonly problem?: string;
}

/**
 * Keeps the tables of results of one run in step with its journal: an item that has ended there is read again, with its
 * candidate, and its line put into what is in the table by then. So whoever goes on with a run, or runs beside it, loses
 * nothing of the table, and it is whole at every moment.
 */
export class ResultTables {
  /**
   * The tables that a run of the journal keeps.
   *
   * @param isBegun whether earlier sessions have worked on it
   * @returns undefined for none
   */
  static async open(
    run: string,
    tables: readonly PlannedTable[] | undefined,
    { workspace, clock }: Omit<TableTools, 'services'>,
    isBegun: boolean,
  ): Promise<ResultTables | undefined> {
    if (!tables || tables.length === 0) return undefined;
    const details = await workspace.journal.run(run);
    const opened = new ResultTables(run, tables, {
      workspace,
      clock,
      services: details.ok ? details.value.services : {},
    });
    if (isBegun) await opened.#addEarlier(workspace);
    return opened;
  }

  readonly #run: string;
  readonly #tables: readonly KeptTable[];
  readonly #clock: Clock;
  #callOff: (() => void) | undefined;
  #passes: Promise<void> = Promise.resolve();
  #lastPassMs = 0;

  private constructor(run: string, tables: readonly PlannedTable[], tools: TableTools) {
    this.#run = run;
    this.#clock = tools.clock;
    this.#tables = tables.flatMap((planned) => {
      const format = resultTableFormat(planned.path);
      return format ? [new KeptTable(run, planned, format, tools)] : [];
    });
  }

  /** What earlier sessions have made: they may have been ended before they wrote it. */
  async #addEarlier({ journal }: Pick<Workspace, 'journal'>): Promise<void> {
    const ended = await readAll((page) => journal.itemOverviews(this.#run, ['written', 'skipped', 'failed'], page));
    // A journal that cannot be read is told by those who need it.
    if (ended.ok) for (const { id, prompt } of ended.value) this.changed(id, prompt.path);
  }

  /** The journal knows what has become of an item. */
  changed(item: string, prompt: string): void {
    const its = this.#tables.filter((table) => table.add(item, prompt));
    if (its.length === 0) return;
    this.#callOff ??= this.#clock.schedule(Math.max(gatherMs, this.#lastPassMs * restPerPass), () => {
      this.#callOff = undefined;
      void this.#pass();
    });
  }

  /** Resolves when the tables are as they should be now, or could not be written. */
  async close(): Promise<KeptTables> {
    this.#callOff?.();
    this.#callOff = undefined;
    await this.#pass();
    const problem = this.#tables.find((table) => table.problem !== undefined)?.problem;
    const paths = this.#tables.filter((table) => table.isThere).map(({ path }) => path);
    return { paths, ...(problem === undefined ? {} : { problem }) };
  }

  #pass(): Promise<void> {
    this.#passes = this.#passes.then(async () => {
      const startedAt = this.#clock.now();
      for (const table of this.#tables) await table.write();
      this.#lastPassMs = this.#clock.now() - startedAt;
    });
    return this.#passes;
  }
}

interface MadeLine {
  readonly line: ResultLine;
  readonly isCached: boolean;
}

interface KnownTable {
  readonly text: string;
  readonly lines: readonly ResultLine[];
}

class KeptTable {
  /** Absolute. */
  readonly path: string;
  /** Why it could not be written, as a sentence. */
  problem: string | undefined;
  /** Whether this run has put something into it. */
  isThere = false;
  readonly #run: string;
  readonly #table: ResultTable;
  readonly #prompts: ReadonlySet<string>;
  readonly #tools: TableTools;
  readonly #waiting = new Set<string>();
  /** The table as it was last read or written. */
  #known: KnownTable | undefined;
  /** Lines of earlier runs that this one makes again are out. */
  #isCleared = false;

  constructor(run: string, planned: PlannedTable, format: ResultTable['format'], tools: TableTools) {
    const { prompts, rows } = planned;
    this.path = join(tools.workspace.base, planned.path);
    this.#run = run;
    this.#tools = tools;
    this.#prompts = new Set(prompts);
    const named = prompts.map((prompt) => this.#promptName(prompt));
    this.#table = new ResultTable({
      ...planned,
      format,
      rows: rows.map(([place, row]) => ({ prompt: named[place] ?? '', row })),
    });
  }

  /** @returns whether it tells of such items */
  add(item: string, prompt: string): boolean {
    if (!this.#prompts.has(prompt)) return false;
    this.#waiting.add(item);
    return true;
  }

  async write(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    try {
      this.problem = await this.#put(waiting);
    } catch (error) {
      this.problem = `The table ${this.path} could not be written: ${causeOf(error)}. Mend that, and resume or generate again.`;
    }
    if (this.problem !== undefined) for (const item of waiting) this.#waiting.add(item);
  }

  /** @returns why nothing was written */
  async #put(ids: readonly string[]): Promise<string | undefined> {
    const made = await this.#linesOf(ids);
    if (!made) return undefined;
    const seen: { merged?: KnownTable } = {};
    await this.#tools.workspace.files.update(this.path, this.#tools.workspace.base, mostBytes, (there) => {
      const known = there === undefined ? [] : this.#linesIn(there);
      delete seen.merged;
      if (!known) return undefined;
      const byKey = new Map(known.map((line) => [this.#table.keyOf(line), line]));
      const lines = made.map(({ line, isCached }) => (isCached ? this.#withCost(line, byKey) : line));
      const kept = this.#isCleared ? known : known.filter((line) => !this.#table.isStale(line));
      seen.merged = this.#table.merged(kept, lines);
      return seen.merged.text;
    });
    if (!seen.merged) {
      return `The file ${this.path} is no table of results, so the results were not written to it: choose another name for "candidates.table".`;
    }
    this.#known = seen.merged;
    this.#isCleared = true;
    this.isThere = true;
    return undefined;
  }

  #linesIn(text: string): readonly ResultLine[] | undefined {
    return this.#known?.text === text ? this.#known.lines : this.#table.read(text);
  }

  /** A candidate of the cache costs nothing; what it has cost when it was made stays. */
  #withCost(line: ResultLine, known: ReadonlyMap<string, ResultLine>): ResultLine {
    const before = known.get(this.#table.keyOf(line));
    const isSame = before !== undefined && before.get('file') === line.get('file');
    return isSame ? new Map([...line, ['cost', before.get('cost')]]) : line;
  }

  /** @returns undefined when the journal cannot be read: those who need it tell why */
  async #linesOf(ids: readonly string[]): Promise<readonly MadeLine[] | undefined> {
    const { journal } = this.#tools.workspace;
    const inTurn = pLimit(filesAtOnce);
    const lines: MadeLine[] = [];
    for (let from = 0; from < ids.length; from += itemsAtOnce) {
      const items = await journal.itemsById(this.#run, ids.slice(from, from + itemsAtOnce));
      if (!items.ok) return undefined;
      const made = await inTurn.map(items.value, (item) => this.#lineOf(item));
      for (const line of made) if (line) lines.push(line);
    }
    return lines;
  }

  async #lineOf(item: JournalItem): Promise<MadeLine | undefined> {
    const { state, file, schema, variables, usage, parameters, model } = item;
    if (state === 'queued' || state === 'cancelled') return undefined;
    const service = this.#tools.services[item.service];
    const isCached = state === 'skipped';
    // What came to nothing has none, so that a table does not change when it comes to nothing again.
    const cost = state === 'written' ? costOf(service && pricesIn(service, model), usage, parameters) : undefined;
    const told: ResultItem = {
      prompt: this.#promptName(item.prompt.path),
      row: item.key,
      index: (item.output && file !== undefined ? numberIn(item.output, file) : undefined) ?? item.number,
      model,
      // Where it comes from does not matter here.
      state: isCached ? 'written' : state,
      values: variables,
      ...(file === undefined ? {} : { file: this.#relative(file) }),
      ...(cost === undefined ? {} : { cost }),
    };
    const text = file === undefined ? undefined : await this.#tools.workspace.files.read(file, mostCandidateBytes);
    const said = text === undefined ? {} : schema ? { json: parsed(text) } : { text: text.replace(/\n$/, '') };
    return { line: this.#table.line({ ...told, ...said }), isCached };
  }

  #promptName(prompt: string): string {
    return this.#relative(join(this.#tools.workspace.base, prompt));
  }

  #relative(path: string): string {
    return relative(dirname(this.path), path).split(sep).join('/');
  }
}

/** A person may have changed the file since. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
