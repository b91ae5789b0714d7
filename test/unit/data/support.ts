import assert from 'node:assert/strict';
import fc from 'fast-check';
import { failed, success } from '../../../src/base/outcome.ts';
import { readRows, type DataRows, type ReadRows } from '../../../src/data/readRows.ts';
import type { DataSettings } from '../../../src/model/data.ts';
import type { DataInput } from '../../../src/model/dataInput.ts';
import { rowExpressions } from '../../../src/prompts/rowExpressions.ts';
import { readRowFrontMatter } from '../../../src/prompts/rowFrontMatter.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Counts the bytes that were asked for. */
export class MemoryInput implements DataInput {
  readonly #files: Files;
  readonly #pieceBytes: number;
  bytesRead = 0;

  constructor(files: Files, pieceBytes = 1000) {
    this.#files = files;
    this.#pieceBytes = pieceBytes;
  }

  open(path: string): ReturnType<DataInput['open']> {
    const content = this.#files[path];
    if (content === undefined) return Promise.resolve(failed(`There is no file "${path}": correct candidates.data.`));
    return Promise.resolve(success(this.#pieces(Buffer.from(content))));
  }

  list(): ReturnType<DataInput['list']> {
    return Promise.resolve(success(Object.keys(this.#files)));
  }

  async *#pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += this.#pieceBytes) {
      const piece = bytes.subarray(at, at + this.#pieceBytes);
      this.bytesRead += piece.length;
      yield await Promise.resolve(piece);
    }
  }
}

export type Settings = Partial<Omit<DataSettings, 'source' | 'line'>>;

export function readFrom(input: DataInput, source: DataSettings['source'], settings: Settings = {}): Promise<ReadRows> {
  return readRows(
    { ...settings, source, line: 3 },
    { promptPath: 'p/a.prompt.md', input, expressions: rowExpressions, readFrontMatter: readRowFrontMatter },
  );
}

/** Reads one file. */
export function read(path: string, content: string | Uint8Array, settings: Settings = {}): Promise<ReadRows> {
  return readFrom(new MemoryInput({ [path]: content }), { kind: 'file', path }, settings);
}

export function rowsOf(result: ReadRows): DataRows {
  if (!result.ok) assert.fail(result.problems.map(({ message }) => message).join('\n'));
  for (const { message } of result.value.hints) assertSentence(message);
  return result.value;
}

function assertSentence(message: string): void {
  assert.match(message, /^[^\n]+\.$/, 'one line that ends like a sentence');
}

/** `file:line: message` of each problem. */
export function problemsOf(result: ReadRows): string[] {
  if (result.ok) assert.fail(`There is no problem with ${JSON.stringify(result.value.rows)}`);
  return result.problems.map(({ file, line, message }) => {
    assertSentence(message);
    return `${file}:${line ?? ''}: ${message}`;
  });
}

export async function valuesOf(path: string, content: string | Uint8Array, settings?: Settings): Promise<unknown[]> {
  return [...rowsOf(await read(path, content, settings)).rows].map(({ values }) => values);
}

export async function problemsIn(path: string, content: string | Uint8Array, settings?: Settings): Promise<string[]> {
  return problemsOf(await read(path, content, settings));
}

export async function keysOf(path: string, content: string, settings?: Settings): Promise<string[]> {
  return [...rowsOf(await read(path, content, settings)).rows].map(({ key, label }) => {
    assert.equal(label, key);
    return key;
  });
}

/** Bytes that begin like a text of the kind and then do anything. */
export function foreignBytes(...starts: readonly string[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(
      fc.constantFrom('', ...starts),
      fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' }), pieces),
    )
    .map(([start, rest]) => Buffer.concat([Buffer.from(start), Buffer.from(rest)]));
}

const pieces = fc
  .array(
    fc.constantFrom(
      '"',
      ',',
      ';',
      '\n',
      '\r',
      '{',
      '}',
      '[',
      ']',
      ':',
      '\\',
      'a',
      '1',
      '- ',
      '&a',
      '*a',
      ' ',
      '\ufeff',
    ),
  )
  .map((parts) => parts.join(''));

/** Whatever bytes a file has, reading ends with rows or with sentences, and the same however they come. */
export function neverCrashes(path: string, ...starts: readonly string[]): () => Promise<void> {
  return () =>
    fc.assert(
      fc.asyncProperty(foreignBytes(...starts), fc.integer({ min: 1, max: 20 }), async (bytes, pieceBytes) => {
        const atOnce = await readFrom(new MemoryInput({ [path]: bytes }, 1e6), { kind: 'file', path });
        const inPieces = await readFrom(new MemoryInput({ [path]: bytes }, pieceBytes), { kind: 'file', path });
        assert.deepEqual(inPieces, atOnce);
        if (atOnce.ok) rowsOf(atOnce);
        else problemsOf(atOnce);
      }),
      { numRuns: 300 },
    );
}
