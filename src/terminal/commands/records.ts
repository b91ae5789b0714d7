import { visible, visibleJson } from '../../base/visible.ts';
import { ItemRecords, type ItemRecord } from '../../runs/pipeline/itemRecords.ts';
import { csvLine, csvRows, FoundColumns, type TableRecord } from '../../runs/pipeline/recordTable.ts';
import { journalStates } from '../../storage/journal/records.ts';
import { defineCommand } from '../command.ts';
import { folderOption } from '../folderOption.ts';
import { choice, onOff, text, under } from '../options.ts';
import { describeChanges } from '../../wording/log.ts';
import { exitWritten, printed } from '../report.ts';
import { newestPipelineRun } from '../pipelineRuns.ts';
import { valueOf, withWorkspace } from '../session.ts';
import { UsageError } from '../usage.ts';

/** Records, stage by stage, as people read and other programs take them. */
export const records = defineCommand({
  name: 'records',
  summary: 'the records of a pipeline, stage by stage',
  options: {
    ...under('Which records:', {
      run: text('--run <id>', 'of this run (default: the newest of a pipeline)'),
      stage: text('--stage <name>', 'of this stage (default: all)'),
      // The variable of this name says where journals are kept.
      state: {
        ...choice('--state <state>', `in this state: ${journalStates.join(', ')}`, journalStates),
        hasNoVariable: true as const,
      },
      folder: folderOption,
    }),
    ...under('Output:', {
      json: onOff('--json', 'one JSON object on standard output and nothing else'),
      csv: onOff('--csv', 'a table on standard output and nothing else'),
    }),
  },
  wrongArguments: ([first]) => `"records" takes no "${first}".`,
  run: (_args, { run, stage, state, folder, json, csv, nameOf }) => {
    if (json && csv) throw new UsageError(`${nameOf('json')} and ${nameOf('csv')} do not go together.`);
    return withWorkspace(async ({ journal }) => {
      const { id, flow } = await newestPipelineRun(journal, run);
      const stages = flow.stages.map(({ name }) => name);
      if (stage !== undefined && !stages.includes(stage)) {
        throw new UsageError(`The pipeline has no stage "${stage}": its stages are ${stages.join(', ')}.`);
      }
      const wanted = { ...(stage === undefined ? {} : { stage }), ...(state === undefined ? {} : { state }) };
      const found = valueOf(await ItemRecords.list(journal, id, flow, wanted));
      if (json) await printed(jsonOf(id, found));
      else if (csv) await printed(csvOf(found));
      else await printed(linesOf(found));
      return exitWritten;
    }, folder);
  },
});

async function* jsonOf(run: string, records: ItemRecords): AsyncGenerator<string> {
  yield `{"run":${visibleJson(JSON.stringify(run))},"records":[`;
  let isFirst = true;
  for await (const some of records.read()) {
    const texts = valueOf(some).map((each) => visibleJson(JSON.stringify(shown(each))));
    yield (isFirst ? '' : ',') + texts.join(',');
    isFirst = false;
  }
  yield ']}\n';
}

/** The columns are known once all records have been read. */
async function* csvOf(records: ItemRecords): AsyncGenerator<string> {
  const found = new FoundColumns();
  for await (const some of records.read()) found.add(valueOf(some).map(inTable));
  const columns = found.all;
  yield csvLine(columns);
  for await (const some of records.read()) yield csvRows(valueOf(some).map(inTable), columns);
}

async function* linesOf(records: ItemRecords): AsyncGenerator<string> {
  for await (const some of records.read())
    yield valueOf(some)
      .map((each) => `${visible(lineOf(each))}\n`)
      .join('');
}

function shown({ stage, key, state, attempts, failure, adapted, record }: ItemRecord): unknown {
  const problem = failure?.message ?? null;
  return { stage, key, state, attempts, problem, ...(adapted ? { adapted } : {}), record };
}

function inTable(item: ItemRecord): TableRecord {
  const { stage, key, state, failure, adapted, record } = item;
  const changes = adapted ? { parameters: describeChanges({ ...item, ...adapted }) } : {};
  return {
    key,
    state,
    record: { key, stage, ...record, problem: failure?.message ?? '', ...changes },
    ...(failure ? { failure } : {}),
  };
}

function lineOf(item: ItemRecord): string {
  const { stage, key, state, failure, adapted } = item;
  const why = failure ? `: ${failure.message}` : '';
  const changes = adapted ? ` (${describeChanges({ ...item, ...adapted })})` : '';
  return `${stage}  ${state}  ${key}${why}${changes}`;
}
