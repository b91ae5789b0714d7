import { defineCommand } from '../command.ts';
import { folderOption } from '../folderOption.ts';
import { limitOptions } from '../limitOptions.ts';
import { text, under } from '../options.ts';
import { newestPipelineRun } from '../pipelineRuns.ts';
import { useProxyOf } from '../proxy.ts';
import { exitWritten, jsonReport, printJson } from '../report.ts';
import { say, valueOf, withWorkspace } from '../session.ts';
import { trustOption } from '../terminalSettings.ts';
import { UsageError } from '../usage.ts';
import { readAll } from '../../storage/journal/journalClient.ts';
import { resumeIn } from './resume.ts';

export const retry = defineCommand({
  name: 'retry',
  summary: 'try again what has failed in a pipeline, and go on from there',
  options: {
    ...under('What to try again:', {
      run: text('--run <id>', 'of this run (default: the newest of a pipeline)'),
      stage: text('--stage <name>', 'only what has failed in this stage'),
      folder: folderOption,
    }),
    ...trustOption,
    ...limitOptions,
  },
  wrongArguments: ([first]) => `"retry" takes no "${first}".`,
  run: (_args, options) => {
    const unused = useProxyOf(process.env);
    if (unused !== undefined) say(unused);
    return withWorkspace(async (workspace, session) => {
      const { id, flow } = await newestPipelineRun(workspace.journal, options.run);
      const stages = flow.stages.map(({ name }) => name);
      const { stage } = options;
      if (stage !== undefined && !stages.includes(stage)) {
        throw new UsageError(`The pipeline has no stage "${stage}": its stages are ${stages.join(', ')}.`);
      }
      const failed = valueOf(await readAll((page) => workspace.journal.itemOverviews(id, ['failed'], page)));
      const items = failed.filter((item) => stage === undefined || stages[item.stage] === stage).map((item) => item.id);
      if (items.length === 0) {
        if (options.json) printJson(jsonReport(undefined, []));
        else say(stage === undefined ? 'Nothing has failed.' : `Nothing has failed in the stage "${stage}".`);
        return exitWritten;
      }
      return resumeIn(workspace, session, id, { items, fresh: false }, options);
    }, options.folder);
  },
});
