import { createHash } from 'node:crypto';
import { isJsonObject } from '../../base/jsonObject.ts';
import { readRows } from '../../data/readRows.ts';
import type { Pipeline } from '../../flow/pipeline.ts';
import type { DataSettings } from '../../model/data.ts';
import { UnreadableData, type DataInput } from '../../model/dataInput.ts';
import type { Row, Rows } from '../../model/row.ts';
import type { Problem, Result } from '../../prompts/promptFile.ts';
import { rowExpressions } from '../../prompts/rowExpressions.ts';
import { readRowFrontMatter } from '../../prompts/rowFrontMatter.ts';
import { inSourceWords } from './sourceWords.ts';

export interface PipelineRowsRequest {
  readonly pipeline: Pipeline;
  /** Path of the pipeline file, relative to the root. */
  readonly path: string;
  /** Of the pipeline's folder. */
  readonly input: DataInput;
  /** Instead of the pipeline's own. */
  readonly limit?: number;
}

export interface PipelineRows {
  readonly rows: Rows;
  readonly columns: readonly string[];
  readonly hints: readonly Problem[];
}

const noRow: Row = { key: '', label: '', values: {} };

/** The rows that a pipeline begins with; a file of a row is known by its content too, so that a changed one is made again. */
export async function readPipelineRows(request: PipelineRowsRequest): Promise<Result<PipelineRows>> {
  const { pipeline, path, input, limit } = request;
  const { data, order } = pipeline.source;
  if (!data) return { ok: true, value: { rows: [noRow], columns: [], hints: [] } };
  const settings: DataSettings = limit === undefined ? data : { ...data, limit };
  const read = await readRows(settings, {
    promptPath: path,
    input,
    expressions: rowExpressions,
    readFrontMatter: readRowFrontMatter,
  });
  const inWords = (found: Problem): Problem => inSourceWords(found, settings.source);
  if (!read.ok) return { ok: false, problems: read.problems.map(inWords) };
  const { rows, columns } = read.value;
  const hints = read.value.hints.map(inWords);
  if (settings.source.kind !== 'files') return { ok: true, value: { rows, columns, hints } };
  const hashed: Row[] = [];
  for (const row of rows) hashed.push(await withHash(row, input));
  const ordered = order === 'newest' ? await newestFirst(hashed, input) : hashed;
  return { ok: true, value: { rows: ordered, columns, hints } };
}

function pathOf({ values: { file } }: Row): string | undefined {
  return isJsonObject(file) && typeof file.path === 'string' ? file.path : undefined;
}

async function newestFirst(rows: readonly Row[], input: DataInput): Promise<readonly Row[]> {
  const timed: { readonly row: Row; readonly at: number }[] = [];
  for (const row of rows) {
    const path = pathOf(row);
    timed.push({ row, at: (path === undefined ? undefined : await input.modifiedAt?.(path)) ?? 0 });
  }
  return timed.sort((a, b) => b.at - a.at).map(({ row }) => row);
}

async function withHash(row: Row, input: DataInput): Promise<Row> {
  const { file } = row.values;
  const path = pathOf(row);
  if (!isJsonObject(file) || path === undefined) return row;
  const opened = await input.open(path);
  if (!opened.ok) return row;
  const hash = createHash('sha256');
  try {
    for await (const bytes of opened.value) hash.update(bytes);
  } catch (error) {
    if (error instanceof UnreadableData) return row;
    throw error;
  }
  return { ...row, values: { ...row.values, file: { ...file, hash: hash.digest('hex') } } };
}
