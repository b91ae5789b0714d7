import { failed, success, type Outcome } from '../../base/outcome.ts';
import { makeDelivery, stagesOfRecords } from '../../deliver/deliveries.ts';
import type { DeliveredRecord, DeliveryContext } from '../../deliver/delivery.ts';
import type { Flow } from '../../flow/flow.ts';
import type { DeliveryKind, Pipeline } from '../../flow/pipeline.ts';
import { outputPath } from '../../stages/outputPath.ts';
import { isTemplate } from '../../stages/pieces.ts';
import { failpoint } from '../../storage/failpoint.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import type { Workspace } from '../workspace.ts';
import { endRecords, type EndRecord } from './endRecords.ts';
import { StageExpressions, withItem } from './expressions.ts';
import { pipelineName } from './pipelineName.ts';
import { readFolderFile } from './readFolderFile.ts';
import { recordTable } from './recordTable.ts';
import type { StageFiles } from './stageFiles.ts';

export interface PipelineEndRequest {
  readonly pipeline: Pipeline;
  readonly flow: Flow;
  readonly run: string;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Of the pipeline, absolute. */
  readonly folder: string;
  readonly workspace: Pick<Workspace, 'journal'>;
  readonly store: Pick<FileStore, 'readWithin'>;
  readonly files: StageFiles;
}

export interface PipelineEnd {
  readonly records: readonly EndRecord[];
  /** What was written, relative to the pipeline's folder. */
  readonly files: readonly string[];
  /** Sentences: what was left out, or could not be written. */
  readonly notes: readonly string[];
  /** Some table or delivery could not be written. */
  readonly hasFailed: boolean;
}

/** Kinds that have what is known of records which failed on the way. */
const takesFailed: ReadonlySet<DeliveryKind> = new Set<DeliveryKind>(['bibtex', 'jsonl']);

/** Writes the table of what the records have come to so far. */
export async function writeTable(
  { pipeline, files }: Pick<PipelineEndRequest, 'pipeline' | 'files'>,
  records: readonly EndRecord[],
): Promise<Outcome<string | undefined, string>> {
  const { table } = pipeline;
  if (!table) return success(undefined);
  const format = /\.jsonl$/i.test(table.path) ? 'jsonl' : 'csv';
  const written = await files.write(table.path, recordTable(format, records.map(asItCame), table.columns));
  return written.ok ? success(written.value.file) : failed(written.failure.message);
}

/** Whether it was made in this run or before changes nothing in the table, which is the same each time. */
function asItCame(record: EndRecord): EndRecord {
  return record.state === 'skipped' ? { ...record, state: 'written' } : record;
}

/** Makes what a pipeline delivers of its records. A failure is a sentence about the journal. */
export async function endPipeline(request: PipelineEndRequest): Promise<Outcome<PipelineEnd, string>> {
  const { pipeline, flow, run, workspace, files } = request;
  const read = await endRecords(workspace.journal, run, flow);
  if (!read.ok) return failed(read.failure.message);
  const records = read.value;
  const made: string[] = [];
  const notes: string[] = [];
  let hasFailed = false;
  const fails = (message: string): void => {
    hasFailed = true;
    notes.push(message);
  };
  const table = await writeTable(request, records);
  if (!table.ok) fails(table.failure);
  else if (table.value !== undefined) made.push(table.value);
  await files.tidy();
  const context = contextOf(request, records);
  for (const [place, definition] of pipeline.deliver.entries()) {
    const delivered = await makeDelivery(definition, deliveredRecords(records, definition.kind), context);
    if (!delivered.ok) {
      fails(delivered.failure);
      continue;
    }
    notes.push(...delivered.value.notes);
    for (const { path, content } of delivered.value.files) {
      failpoint('mid-delivery');
      const written = await (isTemplate(definition.path)
        ? files.writeFor(path, content, `delivery ${place}`)
        : files.write(path, content));
      if (written.ok) made.push(written.value.file);
      else fails(written.failure.message);
    }
  }
  return success({ records, files: made, notes, hasFailed });
}

function deliveredRecords(records: readonly EndRecord[], kind: DeliveryKind): readonly DeliveredRecord[] {
  return records
    .filter(({ state }) => state === 'written' || state === 'skipped' || (state === 'failed' && takesFailed.has(kind)))
    .map(({ key, record }) => ({ key, data: record }));
}

function contextOf(
  { pipeline, flow, startedAt, folder, store }: PipelineEndRequest,
  records: readonly EndRecord[],
): DeliveryContext {
  const expressions = new StageExpressions();
  return {
    name: pipelineName(flow.pipeline),
    stages: stagesOfRecords(pipeline.stages),
    beganAt: startedAt,
    missing: records.flatMap(({ key, failure }) =>
      failure ? [{ key, stage: failure.stage, message: failure.message }] : [],
    ),
    readFile: (path, mostBytes) => readFolderFile(store, folder, path, mostBytes),
    pathOf: (template, { key, data }) => {
      const path = outputPath(template, { record: withItem(data, { key, index: 1 }, false), expressions });
      return path.ok ? path.value : undefined;
    },
  };
}
