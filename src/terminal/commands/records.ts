import { itemRecords, type ItemRecord } from '../../runs/pipeline/itemRecords.ts';
import { recordTable } from '../../runs/pipeline/recordTable.ts';
import { journalStates } from '../../storage/journal/records.ts';
import { defineCommand } from '../command.ts';
import { folderOption } from '../folderOption.ts';
import { choice, onOff, text, under } from '../options.ts';
import { exitWritten, printJson, printLine, printText } from '../report.ts';
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
      const found = valueOf(
        await itemRecords(journal, id, flow, {
          ...(stage === undefined ? {} : { stage }),
          ...(state === undefined ? {} : { state }),
        }),
      );
      if (json) printJson({ run: id, records: found.map(shown) });
      else if (csv) printText(recordTable('csv', found.map(inTable)));
      else for (const each of found) printLine(lineOf(each));
      return exitWritten;
    }, folder);
  },
});

function shown({ stage, key, state, attempts, failure, record }: ItemRecord): unknown {
  return { stage, key, state, attempts, problem: failure?.message ?? null, record };
}

function inTable({ stage, key, state, failure, record }: ItemRecord): Parameters<typeof recordTable>[1][number] {
  return {
    key,
    state,
    record: { key, stage, ...record, problem: failure?.message ?? '' },
    ...(failure ? { failure } : {}),
  };
}

function lineOf({ stage, key, state, failure }: ItemRecord): string {
  const why = failure ? `: ${failure.message}` : '';
  return `${stage}  ${state}  ${key}${why}`;
}
