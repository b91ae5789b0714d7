import { brief, grouped } from '../base/sentence.ts';
import type { SourceRow, SourceRows } from './sourceRow.ts';
import type { Findings } from './findings.ts';
import { countLines, EndsEarly, JsonCursor, parseJson, TooLong, Unexpected } from './jsonText.ts';
import { limits } from './limits.ts';
import { rowValues, tooDeep } from './rowValues.ts';

/** Rows that are handed on together. */
const batchSize = 500;

/** The rest cannot be read; the message is a whole sentence. */
class Broken extends Error {
  readonly line: number;

  constructor(line: number, reason: string) {
    super(`The file is not valid JSON on line ${line}: ${reason}.`);
    this.line = line;
  }
}

function broken(cursor: JsonCursor, character: string): Broken {
  return new Broken(
    cursor.line,
    character === '' ? 'it ends too early' : `there is ${cursor.here()} where something else belongs`,
  );
}

/** The next value, checked. */
async function readValue(cursor: JsonCursor): Promise<{ readonly value: unknown; readonly size: number }> {
  await cursor.next();
  const { line } = cursor;
  const text = await cursor.value();
  const parsed = parseJson(text);
  if (parsed.ok) return { value: parsed.value, size: text.length };
  throw new Broken(line + countLines(text, 0, parsed.failure.at), parsed.failure.reason);
}

async function* readList(cursor: JsonCursor, file: string, findings: Findings): SourceRows {
  cursor.skip();
  let batch: SourceRow[] = [];
  let number = 0;
  if ((await cursor.next()) === ']') {
    cursor.skip();
    return;
  }
  for (;;) {
    await cursor.next();
    const { line } = cursor;
    number += 1;
    const { value, size } = await readValue(cursor);
    const values = rowValues(value);
    if (values) batch.push({ values, number, line, size });
    else findings.problem({ file, line, message: `Row ${grouped(number)} ${tooDeep}.` });
    if (batch.length === batchSize) {
      yield batch;
      batch = [];
    }
    const after = await cursor.next();
    if (after !== ',' && after !== ']') throw broken(cursor, after);
    cursor.skip();
    if (after === ']') break;
  }
  if (batch.length > 0) yield batch;
}

/** The one list of an object; its other members are looked at and left out. */
async function* readObject(cursor: JsonCursor, file: string, findings: Findings): SourceRows {
  cursor.skip();
  let list: string | undefined;
  let isFirst = true;
  for (;;) {
    let character = await cursor.next();
    if (character === '}' && isFirst) break;
    if (character !== '"') throw broken(cursor, character);
    const name = String((await readValue(cursor)).value);
    if ((await cursor.next()) !== ':') throw broken(cursor, await cursor.next());
    cursor.skip();
    character = await cursor.next();
    if (character !== '[') {
      await readValue(cursor);
    } else if (list === undefined) {
      list = name;
      yield* readList(cursor, file, findings);
    } else {
      const message = `The file has two lists, "${brief(list, 80)}" and "${brief(name, 80)}": leave only the one with the rows.`;
      findings.stop({ file, line: cursor.line, message });
      return;
    }
    character = await cursor.next();
    if (character !== ',' && character !== '}') throw broken(cursor, character);
    if (character === '}') break;
    cursor.skip();
    isFirst = false;
  }
  cursor.skip();
  if (list === undefined) {
    findings.stop({ file, message: 'The file has no list: write the rows as [{ … }, { … }].' });
  }
}

async function* readDocument(cursor: JsonCursor, file: string, findings: Findings): SourceRows {
  const first = await cursor.next();
  if (first === '[') yield* readList(cursor, file, findings);
  else if (first === '{') yield* readObject(cursor, file, findings);
  else if (first === '') findings.stop({ file, message: 'The file is empty: write the rows as [{ … }, { … }].' });
  else throw broken(cursor, first);
  if (findings.isStopped()) return;
  const after = await cursor.next();
  if (after !== '') throw broken(cursor, after);
}

/** @throws what is no fault of the text */
function problemOf(error: unknown, cursor: JsonCursor): Broken | { readonly line: number; readonly message: string } {
  const { line } = cursor;
  if (error instanceof Broken) return error;
  if (error instanceof EndsEarly) return new Broken(line, 'what begins there has no end');
  if (error instanceof Unexpected) return new Broken(line, `there is ${cursor.here()} where something else belongs`);
  if (!(error instanceof TooLong)) throw error;
  const most = grouped(limits.rowLength);
  return { line, message: `What begins on line ${line} has more than ${most} characters: put less into a row.` };
}

/**
 * The rows of a JSON text: a list, or an object with one list in it. Only what one row takes is kept of the text, and the
 * engine's own parser reads each row, which is several times as fast as any parser of streams.
 */
export async function* readJson(chunks: AsyncIterable<string>, file: string, findings: Findings): SourceRows {
  const iterator = chunks[Symbol.asyncIterator]();
  const cursor = new JsonCursor(iterator);
  try {
    yield* readDocument(cursor, file, findings);
  } catch (error) {
    const { line, message } = problemOf(error, cursor);
    findings.stop({ file, line, message });
  } finally {
    await iterator.return?.();
  }
}
