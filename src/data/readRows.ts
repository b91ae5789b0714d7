import { posix } from 'node:path';
import { brief, grouped } from '../base/sentence.ts';
import { PackedTexts } from '../base/packedTexts.ts';
import { eachInSlices } from '../base/slices.ts';
import type { DataSettings, RowExpression, RowExpressions } from '../model/data.ts';
import type { Rows } from '../model/row.ts';
import { readCsv } from './csvRows.ts';
import { UnreadableData, type DataInput } from '../model/dataInput.ts';
import type { SourceRow, SourceRows } from './sourceRow.ts';
import { decodeText } from './decodeText.ts';
import { readFileRows, type ReadTextFrontMatter } from './fileRows.ts';
import { Findings, type DataProblem } from './findings.ts';
import { readJson } from './jsonRows.ts';
import { readJsonl } from './jsonlRows.ts';
import { limits } from './limits.ts';
import { KeyedRows, PackedRows } from './packedRows.ts';
import { checkKeys, contentKey, findKeys, keyColumns, keyText } from './rowKeys.ts';
import { Sample } from './sampleRows.ts';
import { readYamlRows, rowsOfList } from './yamlRows.ts';

export interface ReadRowsOptions {
  /** As problems of the settings name it; paths of data are relative to its folder. */
  readonly promptPath: string;
  readonly input: DataInput;
  readonly expressions: RowExpressions;
  readonly readFrontMatter: ReadTextFrontMatter;
}

export interface DataRows {
  /** In the data's order; never empty. */
  readonly rows: Rows;
  readonly columns: readonly string[];
  /** What nothing stops for. */
  readonly hints: readonly DataProblem[];
  /** Rows that were read, before any filter. */
  readonly total: number;
  /** Whether that is all of them: reading ends where `limit` is reached. */
  readonly isComplete: boolean;
}

export type ReadRows =
  { readonly ok: true; readonly value: DataRows } | { readonly ok: false; readonly problems: readonly DataProblem[] };

/** Reads the rows that settings describe: filtered, then limited, then sampled, then with their keys. */
export async function readRows(settings: DataSettings, options: ReadRowsOptions): Promise<ReadRows> {
  const reading = new Reading(settings, options);
  return reading.read();
}

type Place = Omit<DataProblem, 'message'>;

const kinds = ['.csv', '.tsv', '.json', '.jsonl', '.ndjson', '.yml', '.yaml'];

class Reading {
  readonly #settings: DataSettings;
  readonly #options: ReadRowsOptions;
  readonly #findings = new Findings();
  /** Of the settings. */
  readonly #place: Place & { readonly line: number };
  /** As problems name the data. */
  readonly #file: string;
  readonly #columns = new Set<string>();
  #filter: RowExpression<boolean> | undefined;
  #key: RowExpression<string> | undefined;
  /** Why a key is no expression: it may still be the name of a column. */
  #keyFailure: string | undefined;
  #isKeyColumn = false;
  #total = 0;

  constructor(settings: DataSettings, options: ReadRowsOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#place = { file: options.promptPath, line: settings.line };
    this.#file = settings.source.kind === 'file' ? this.#nameFile(settings.source.path) : options.promptPath;
  }

  async read(): Promise<ReadRows> {
    this.#compile();
    const kept = this.#findings.hasProblems() ? undefined : await this.#keep();
    if (kept && !this.#findings.hasProblems()) {
      const rows = await this.#withKeys(kept.rows);
      if (!this.#findings.hasProblems() && rows.length > 0) {
        const { hints } = this.#findings;
        const columns = [...this.#columns];
        return { ok: true, value: { rows, columns, hints, total: this.#total, isComplete: kept.isComplete } };
      }
      if (!this.#findings.hasProblems()) this.#tellEmpty();
    }
    return { ok: false, problems: this.#findings.problems };
  }

  #nameFile(path: string): string {
    return posix.join(posix.dirname(this.#options.promptPath.replaceAll('\\', '/')), path);
  }

  #compile(): void {
    const { filter, key } = this.#settings;
    const { expressions } = this.#options;
    if (filter !== undefined) {
      const compiled = expressions.condition(filter);
      if (compiled.ok) this.#filter = compiled.value;
      else this.#findings.problem({ ...this.#place, message: compiled.failure });
    }
    if (key !== undefined) {
      const compiled = expressions.text(key);
      if (compiled.ok) this.#key = compiled.value;
      else this.#keyFailure = compiled.failure;
    }
  }

  /** Reads and filters, and keeps no more than is asked for. */
  async #keep(): Promise<{ readonly rows: PackedRows; readonly isComplete: boolean } | undefined> {
    const { limit = Infinity, sample: size } = this.#settings;
    const sample = size === undefined ? undefined : new Sample(size);
    const rows = new PackedRows();
    let length = 0;
    let passed = 0;
    let isComplete = true;
    try {
      reading: for await (const batch of this.#source()) {
        for (const row of batch) {
          if (passed >= limit) {
            isComplete = false;
            break reading;
          }
          this.#total += 1;
          if (!this.#noteColumns(row) || !this.#passes(row)) continue;
          passed += 1;
          if (sample) sample.offer(row, this.#sampleKey(row));
          else rows.push(row);
          length += row.size;
          this.#checkRoom(sample ?? { count: rows.length, length });
        }
        if (this.#findings.isStopped()) break;
      }
    } catch (error) {
      if (!(error instanceof UnreadableData)) throw error;
      this.#findings.stop({ file: this.#file, message: error.message });
    }
    this.#checkColumns();
    if (sample) for (const row of sample.rows()) rows.push(row);
    return this.#findings.isStopped() ? undefined : { rows, isComplete };
  }

  #source(): SourceRows {
    const { source, encoding } = this.#settings;
    switch (source.kind) {
      case 'file':
        return this.#readFile(source.path);
      case 'files':
        return readFileRows(
          this.#options.input,
          {
            pattern: source.pattern,
            readFrontMatter: this.#options.readFrontMatter,
            ...(encoding !== undefined && { encoding }),
          },
          (path) => this.#nameFile(path),
          this.#place,
          this.#findings,
        );
      case 'rows':
        return inlineRows(source.rows, this.#place.file, this.#findings);
    }
  }

  async *#readFile(path: string): SourceRows {
    const ending = posix.extname(path.replaceAll('\\', '/')).toLowerCase();
    if (!kinds.includes(ending)) {
      const message = `"${brief(path)}" is no data that can be read: use a file that ends in ${kinds.join(', ')}.`;
      this.#findings.stop({ ...this.#place, message });
      return;
    }
    const opened = await this.#options.input.open(path);
    if (!opened.ok) {
      this.#findings.stop({ ...this.#place, message: opened.failure });
      return;
    }
    const { encoding, delimiter } = this.#settings;
    const file = this.#file;
    const findings = this.#findings;
    const text = decodeText(opened.value, { file, ...(encoding !== undefined && { encoding }) }, findings);
    switch (ending) {
      case '.csv':
      case '.tsv':
        yield* readCsv(text, {
          file,
          delimiter: delimiter ?? (ending === '.tsv' ? '\t' : undefined),
          findings,
          onColumns: (columns) => this.#knowColumns(columns),
        });
        break;
      case '.json':
        yield* readJson(text, file, findings);
        break;
      case '.jsonl':
      case '.ndjson':
        yield* readJsonl(text, file, findings);
        break;
      default:
        yield* readYamlRows(text, file, findings);
    }
  }

  /** All columns are known before any row comes. */
  #knowColumns(columns: readonly string[]): void {
    for (const column of columns) this.#columns.add(column);
    this.#checkColumns();
    if (this.#findings.hasProblems()) this.#findings.stopHere();
  }

  #noteColumns({ values, number, line }: SourceRow): boolean {
    const { key } = this.#settings;
    for (const column of Object.keys(values)) this.#columns.add(column);
    if (this.#columns.size > limits.columns) {
      const place = { file: this.#file, ...(line !== undefined && { line }) };
      const message = `Up to row ${grouped(number)}, rows have more than ${grouped(limits.columns)} columns between them: take out those that no prompt needs.`;
      this.#findings.stop({ ...place, message });
      return false;
    }
    this.#isKeyColumn ||= key !== undefined && Object.hasOwn(values, key);
    return !this.#findings.isStopped();
  }

  #passes({ values }: SourceRow): boolean {
    if (!this.#filter) return true;
    const passes = this.#filter.evaluate(values);
    if (!passes.ok) this.#findings.stop({ ...this.#place, message: passes.failure });
    return passes.ok && passes.value;
  }

  #checkRoom({ count, length }: { readonly count: number; readonly length: number }): void {
    if (count <= limits.rows && length <= limits.keptLength) return;
    const most = count > limits.rows ? `${grouped(limits.rows)} rows` : `${grouped(limits.keptLength)} characters`;
    const message = `The data comes to more than ${most}: set candidates.data.filter, limit or sample to have fewer.`;
    this.#findings.stop({ ...this.#place, message });
  }

  /** What decides whether a row is in the sample: its key, as far as that is known before all rows are. */
  #sampleKey({ values }: SourceRow): string {
    if (this.#settings.key !== undefined) return this.#keyOf(values);
    if (this.#settings.source.kind === 'files') return pathOf(values);
    for (const column of keyColumns(Object.keys(values))) {
      const key = keyText(values[column]);
      if (key !== '') return key;
    }
    return contentKey(values);
  }

  #keyOf(values: SourceRow['values']): string {
    const { key = '' } = this.#settings;
    if (Object.hasOwn(values, key)) return keyText(values[key]);
    // Another row has a column of just this name.
    if (!this.#key || this.#isKeyColumn) return '';
    const text = this.#key.evaluate(values);
    if (!text.ok) this.#findings.stop({ ...this.#place, message: text.failure });
    return text.ok ? text.value : '';
  }

  /** A column that no row has is a slip of the pen. */
  #checkColumns(): void {
    if (this.#columns.size === 0 || this.#findings.isStopped()) return;
    const { key } = this.#settings;
    this.#checkNames('filter', this.#filter?.columns ?? []);
    if (key === undefined || this.#columns.has(key)) return;
    if (this.#key) this.#checkNames('key', this.#key.columns);
    else if (/[{|"']/.test(key)) this.#findings.problem({ ...this.#place, message: this.#keyFailure ?? '' });
    else this.#checkNames('key', [key]);
  }

  #checkNames(what: string, names: readonly string[]): void {
    for (const name of names) {
      if (this.#columns.has(name)) continue;
      const known = [...this.#columns].slice(0, 30).map((column) => `"${brief(column, 40)}"`);
      const message = `The ${what} reads the column "${brief(name, 80)}", which the data does not have: use ${known.join(', ')}${this.#columns.size > 30 ? ', …' : ''}.`;
      this.#findings.problem({ ...this.#place, message });
    }
  }

  async #withKeys(rows: PackedRows): Promise<Rows> {
    const { key, source } = this.#settings;
    const arePaths = key === undefined && source.kind === 'files';
    const keysOf = async (keyAt: (place: number) => string): Promise<PackedTexts> => {
      const keys = new PackedTexts();
      await eachInSlices(rows.places(), (place) => keys.push(keyAt(place)));
      return keys;
    };
    const found =
      key !== undefined
        ? await keysOf((place) => this.#keyAt(rows, place, key))
        : arePaths
          ? await keysOf((place) => pathOf(rows.valuesAt(place)))
          : await findKeys(rows, [...this.#columns], this.#place, this.#findings);
    const keys = found ?? (await keysOf((place) => contentKey(rows.valuesAt(place))));
    const options = { file: this.#file, arePaths, areContents: found === undefined };
    return new KeyedRows(rows, await checkKeys(rows, keys, options, this.#findings), found === undefined);
  }

  /** Mostly the key is a column, and the rest of the row need not be made for it. */
  #keyAt(rows: PackedRows, place: number, key: string): string {
    const value = rows.valueAt(place, key);
    return value === undefined ? this.#keyOf(rows.valuesAt(place)) : keyText(value);
  }

  #tellEmpty(): void {
    const message =
      this.#total === 0
        ? 'The data has no rows: add one, or take out candidates.data.'
        : `None of the ${grouped(this.#total)} rows passes the filter: correct candidates.data.filter.`;
    this.#findings.problem(this.#total === 0 ? { file: this.#file, message } : { ...this.#place, message });
  }
}

function pathOf(values: SourceRow['values']): string {
  return (values.file as { readonly path: string }).path;
}

async function* inlineRows(rows: readonly unknown[], file: string, findings: Findings): SourceRows {
  await Promise.resolve();
  yield [...rowsOfList(rows, file, findings)];
}
