import { defineCommand } from '../command.ts';
import { exitWritten } from '../report.ts';
import { say, valueOf, withWorkspace } from '../session.ts';

export const clearCache = defineCommand({
  name: 'clear-cache',
  summary: 'forget the cached texts',
  options: {},
  wrongArguments: ([first]) => `"clear-cache" takes no "${first}".`,
  run: () =>
    withWorkspace(async ({ journal }) => {
      const cleared = valueOf(await journal.cacheClear());
      say(`${cleared} cached ${cleared === 1 ? 'text is' : 'texts are'} gone; candidates stay.`);
      return exitWritten;
    }),
});
