import { defineCommand } from '../command.ts';
import { exitWritten } from '../report.ts';
import { valueOf, withWorkspace } from '../session.ts';

export const discard = defineCommand({
  name: 'discard',
  takes: '<run>',
  summary: 'forget a run; its candidates stay',
  options: {},
  wrongArguments: () => 'Name the one run to discard.',
  run: ([run = '']) =>
    withWorkspace(async (workspace, session) => {
      valueOf(await session.runs.discard(workspace, run));
      return exitWritten;
    }),
});
