import { success, type Outcome } from '../../base/outcome.ts';
import { readRows } from '../../data/readRows.ts';
import type { DataSettings } from '../../model/data.ts';
import type { DataInput } from '../../model/dataInput.ts';
import { rowExpressions } from '../../prompts/rowExpressions.ts';
import { readRowFrontMatter } from '../../prompts/rowFrontMatter.ts';

/** Bytes of a file that are read for its first row: nobody waits for more while they write. */
const mostBytes = 1024 * 1024;
/** Files of a pattern that are looked at. */
const mostFiles = 1_000;

/** The beginning of each file. */
class Beginnings implements DataInput {
  readonly #input: DataInput;

  constructor(input: DataInput) {
    this.#input = input;
  }

  async open(path: string): Promise<Outcome<AsyncIterable<Uint8Array>, string>> {
    const opened = await this.#input.open(path);
    return opened.ok ? success(beginningOf(opened.value)) : opened;
  }

  list(pattern: string, most: number): Promise<Outcome<readonly string[], string>> {
    return this.#input.list(pattern, Math.min(most, mostFiles));
  }
}

async function* beginningOf(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let left = mostBytes;
  for await (const piece of bytes) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}

/**
 * The values of the first row that a run of these data would have, as an example for whoever writes the prompt.
 *
 * @param path of the prompt file
 * @param input data beside it
 * @returns undefined where there is none at the beginning of the data, or they cannot be read
 */
export async function firstRowOf(
  settings: DataSettings,
  path: string,
  input: DataInput,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { source, filter, encoding, delimiter, line } = settings;
  const rows = {
    source,
    line,
    limit: 1,
    ...(filter === undefined ? {} : { filter }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { delimiter }),
  };
  const read = await readRows(rows, {
    promptPath: path,
    input: new Beginnings(input),
    expressions: rowExpressions,
    readFrontMatter: readRowFrontMatter,
  });
  return read.ok ? read.value.rows.at(0)?.values : undefined;
}
