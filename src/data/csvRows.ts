import { finished } from 'node:stream/promises';
import type { CsvError, Info, Parser } from 'csv-parse';
import { brief, grouped } from '../base/sentence.ts';
import { findDelimiter } from './csvDelimiter.ts';
import type { SourceRow, SourceRows } from './sourceRow.ts';
import type { Findings } from './findings.ts';
import { limits } from './limits.ts';
import { SharedTexts } from './sharedTexts.ts';

export interface ReadCsvOptions {
  /** As problems name it. */
  readonly file: string;
  /** Absent: found from the start of the text. */
  readonly delimiter: string | undefined;
  readonly findings: Findings;
  /** Told of the columns before any row comes. */
  readonly onColumns: (columns: readonly string[]) => void;
}

/** UTF-16 units in which the delimiter is looked for. */
const sampleLength = 64 * 1024;

/** A line that spreadsheets put in front: it names the delimiter. */
const separatorLine = /^sep=(.)(?:\r\n|\n|\r|$)/;

const isBlank = (field: string): boolean => field.trim() === '';

interface RecordReaderOptions extends Pick<ReadCsvOptions, 'file' | 'findings' | 'onColumns'> {
  /** Of the file, in front of what the parser gets. */
  readonly linesBefore: number;
}

/** Records become rows, by the names in the first one. */
class RecordReader {
  readonly #file: string;
  readonly #findings: Findings;
  readonly #linesBefore: number;
  readonly #onColumns: ReadCsvOptions['onColumns'];
  /** Absent names of columns that have none. */
  #names: readonly (string | undefined)[] | undefined;
  /** Has all columns, in order: objects that are copies of it take a fraction of what growing ones take. */
  #blank: Readonly<Record<string, unknown>> = {};
  #texts: readonly SharedTexts[] = [];
  #rows: SourceRow[] = [];
  #number = 0;
  /** Of the last record; the parser counts empty lines apart. */
  #endLine = 0;
  #emptyLines = 0;

  constructor({ file, findings, linesBefore, onColumns }: RecordReaderOptions) {
    this.#file = file;
    this.#findings = findings;
    this.#linesBefore = linesBefore;
    this.#onColumns = onColumns;
  }

  /** 1-based line on which the next record begins at the earliest. */
  get nextLine(): number {
    return this.#endLine + 1 + this.#linesBefore;
  }

  takeRows(): readonly SourceRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  add(record: readonly string[], { lines, empty_lines }: Info): void {
    const line = this.nextLine + empty_lines - this.#emptyLines;
    this.#endLine = lines;
    this.#emptyLines = empty_lines;
    if (this.#findings.isStopped() || record.every(isBlank)) return;
    if (this.#names === undefined) {
      this.#names = this.#readHeader(record, line);
      const columns = this.#names.filter((name) => name !== undefined);
      this.#blank = Object.fromEntries(columns.map((name) => [name, '']));
      this.#texts = this.#names.map(() => new SharedTexts());
      if (!this.#findings.isStopped()) this.#onColumns(columns);
    } else this.#addRow(this.#names, record, line);
  }

  #stop(line: number, message: string): void {
    this.#findings.stop({ file: this.#file, line, message });
  }

  #readHeader(record: readonly string[], line: number): readonly (string | undefined)[] {
    if (record.length > limits.columns) {
      this.#stop(
        line,
        `The file has more than ${grouped(limits.columns)} columns: take out those that no prompt needs.`,
      );
      return [];
    }
    const places = new Map<string, number>();
    const names = record.map((field, place) => {
      const name = field.trim();
      if (name === '') return undefined;
      const first = places.get(name);
      if (first !== undefined) {
        const message = `Columns ${first + 1} and ${place + 1} are both named "${brief(name, 80)}": rename one of them.`;
        this.#findings.problem({ file: this.#file, line, message });
      }
      if (name === '__proto__') {
        const message = `No column can be named "${name}": rename column ${place + 1}.`;
        this.#findings.problem({ file: this.#file, line, message });
      }
      places.set(name, place);
      return name;
    });
    names.forEach((name, place) => {
      if (name !== undefined) return;
      const message = `Column ${place + 1} has no name and is left out: give it one in the first row.`;
      this.#findings.hint({ file: this.#file, line, message });
    });
    return names;
  }

  #addRow(names: readonly (string | undefined)[], record: readonly string[], line: number): void {
    this.#number += 1;
    const number = this.#number;
    const tell = (message: string): void => this.#findings.problem({ file: this.#file, line, message });
    if (record.length < names.length || record.slice(names.length).some((field) => !isBlank(field))) {
      tell(
        `Row ${grouped(number)} has ${record.length} ${record.length === 1 ? 'value' : 'values'} for ${names.length} columns: put values that hold the delimiter or a line break in quotes, and quotes in pairs.`,
      );
      return;
    }
    const values: Record<string, unknown> = { ...this.#blank };
    let size = 0;
    for (const [place, name] of names.entries()) {
      const field = record[place] ?? '';
      size += field.length;
      if (name !== undefined) values[name] = this.#texts[place]?.shared(field) ?? field;
      else if (!isBlank(field)) {
        tell(
          `Row ${grouped(number)} has a value in column ${place + 1}, which has no name: give it one in the first row.`,
        );
        return;
      }
    }
    this.#rows.push({ values, number, line, size });
  }
}

/** What is in front of the text's first record, and how its columns are separated. */
async function readStart(
  chunks: AsyncIterator<string>,
  given: string | undefined,
): Promise<{ readonly start: string; readonly delimiter: string; readonly linesBefore: number }> {
  let start = '';
  let isWhole = false;
  while (start.length < sampleLength && !isWhole) {
    const next = await chunks.next();
    if (next.done === true) isWhole = true;
    else start += next.value;
  }
  const separator = separatorLine.exec(start);
  if (separator) {
    const [line, delimiter = ','] = separator;
    return { start: start.slice(line.length), delimiter: given ?? delimiter, linesBefore: 1 };
  }
  const delimiter = given ?? findDelimiter(start.slice(0, sampleLength), isWhole && start.length <= sampleLength);
  return { start, delimiter, linesBefore: 0 };
}

function write(parser: Parser, chunk: string): Promise<CsvError | undefined> {
  return new Promise((resolve) => {
    parser.write(chunk, (error) => resolve((error as CsvError | null | undefined) ?? undefined));
  });
}

async function end(parser: Parser): Promise<CsvError | undefined> {
  parser.end();
  try {
    await finished(parser);
    return undefined;
  } catch (error) {
    return error as CsvError;
  }
}

function sentenceOf(error: CsvError, line: number): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return `A quote in the row that begins on line ${line} is never closed: close it.`;
    case 'CSV_MAX_RECORD_SIZE':
      return `The row that begins on line ${line} has more than ${grouped(limits.rowLength)} characters: close its quotes, or put less into it.`;
    default:
      return `The row that begins on line ${line} cannot be read (${brief(error.message)}): correct it.`;
  }
}

/**
 * The rows of a CSV or TSV text; the first record names the columns. Spaces around names do not count, lines without any
 * value are left out.
 */
export async function* readCsv(
  chunks: AsyncIterable<string>,
  { file, delimiter: given, findings, onColumns }: ReadCsvOptions,
): SourceRows {
  const { parse } = await import('csv-parse');
  const iterator = chunks[Symbol.asyncIterator]();
  const { start, delimiter, linesBefore } = await readStart(iterator, given);
  const reader = new RecordReader({ file, findings, linesBefore, onColumns });
  const parser = parse({
    delimiter,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: limits.rowLength,
    on_record: (record: unknown, info) => {
      reader.add(record as readonly string[], info);
      return null;
    },
  });
  // Errors come back from `write` and `end`.
  parser.on('error', () => undefined);
  parser.resume();
  const tell = (error: CsvError): void => {
    const line = reader.nextLine;
    findings.stop({ file, line, message: sentenceOf(error, line) });
  };
  try {
    for (let chunk = start; ;) {
      const error = await write(parser, chunk);
      yield reader.takeRows();
      if (findings.isStopped()) return;
      if (error) {
        tell(error);
        return;
      }
      const next = await iterator.next();
      if (next.done === true) break;
      chunk = next.value;
    }
    if (findings.isStopped()) return;
    const error = await end(parser);
    yield reader.takeRows();
    if (error && !findings.isStopped()) tell(error);
  } finally {
    parser.destroy();
    await iterator.return?.();
  }
}
