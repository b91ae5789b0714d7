import { createHash } from 'node:crypto';
import { isJsonObject } from '../../base/jsonObject.ts';
import { limits } from '../../data/limits.ts';
import { readRows } from '../../data/readRows.ts';
import type { Pipeline } from '../../flow/pipeline.ts';
import type { DataSettings } from '../../model/data.ts';
import { UnreadableData, type DataInput } from '../../model/dataInput.ts';
import type { Row } from '../../model/row.ts';
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
  /** Present where the source is watched: there may be no file yet, and one that is still being written is left for later. */
  readonly watch?: {
    /** A file that has not changed for so long is whole, ms. */
    readonly settleMs: number;
    /** Epoch ms, as the file system has it. */
    readonly now: () => number;
  };
}

/** A row of a pipeline's source. */
export interface PipelineRow extends Row {
  /** Of its file, epoch ms; absent where nobody asks, or there is none. */
  readonly changedAt?: number | undefined;
}

export interface PipelineRows {
  /** In the order of the source; each may be made anew by whoever goes through them. */
  readonly rows: Iterable<PipelineRow>;
  /** Absent while there is no row that could have some. */
  readonly columns?: readonly string[];
  readonly hints: readonly Problem[];
  /** Files that are still being written. */
  readonly unsettled: number;
}

const noRow: Row = { key: '', label: '', values: {} };

/** The rows that a pipeline begins with; a file of a row is known by its content too, so that a changed one is made again. */
export async function readPipelineRows(request: PipelineRowsRequest): Promise<Result<PipelineRows>> {
  const { pipeline, path, input, limit, watch } = request;
  const { data, order } = pipeline.source;
  if (!data) return { ok: true, value: { rows: [noRow], columns: [], hints: [], unsettled: 0 } };
  const settings: DataSettings = limit === undefined ? data : { ...data, limit };
  if (watch && (await isEmpty(settings, input))) return { ok: true, value: { rows: [], hints: [], unsettled: 0 } };
  if (watch && (await isBeingWritten(settings, input, watch))) {
    return { ok: true, value: { rows: [], hints: [], unsettled: 1 } };
  }
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
  if (settings.source.kind !== 'files') return { ok: true, value: { rows, columns, hints, unsettled: 0 } };
  const isTimed = watch !== undefined || order === 'newest';
  const whole: PipelineRow[] = [];
  let unsettled = 0;
  for (const row of rows) {
    const file = pathOf(row);
    const hashed = await withHash(row, input);
    const changedAt = isTimed && file !== undefined ? await input.modifiedAt?.(file) : undefined;
    if (watch && changedAt !== undefined && !isSettled(changedAt, watch)) unsettled++;
    else whole.push(changedAt === undefined ? hashed : { ...hashed, changedAt });
  }
  const ordered = order === 'newest' ? newestFirst(whole) : whole;
  return { ok: true, value: { rows: ordered, ...(whole.length === 0 ? {} : { columns }), hints, unsettled } };
}

async function isEmpty({ source }: DataSettings, input: DataInput): Promise<boolean> {
  if (source.kind !== 'files') return false;
  const listed = await input.list(source.pattern, limits.files);
  return listed.ok && listed.value.length === 0;
}

/** One file of all rows says what is wrong with it only once it is whole. */
async function isBeingWritten(
  { source }: DataSettings,
  input: DataInput,
  watch: NonNullable<PipelineRowsRequest['watch']>,
): Promise<boolean> {
  const changedAt = source.kind === 'file' ? await input.modifiedAt?.(source.path) : undefined;
  return changedAt !== undefined && !isSettled(changedAt, watch);
}

/** A clock that was set back leaves files of a time to come: nobody writes them now. */
function isSettled(changedAt: number, { settleMs, now }: NonNullable<PipelineRowsRequest['watch']>): boolean {
  return Math.abs(now() - changedAt) >= settleMs;
}

function pathOf({ values: { file } }: Row): string | undefined {
  return isJsonObject(file) && typeof file.path === 'string' ? file.path : undefined;
}

function newestFirst(rows: readonly PipelineRow[]): readonly PipelineRow[] {
  return [...rows].sort((a, b) => (b.changedAt ?? 0) - (a.changedAt ?? 0));
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
