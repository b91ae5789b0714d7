import { defineCommand } from '../command.ts';
import { text, under } from '../options.ts';
import { exitWritten } from '../report.ts';
import { say, valueOf, withSession } from '../session.ts';

export const clear = defineCommand({
  name: 'clear',
  summary: 'forget all runs and cached texts of this folder; candidates stay',
  options: under('Of which folder:', { folder: text('--folder <folder>', 'those of another folder') }),
  wrongArguments: ([first]) => `"clear" takes no "${first}".`,
  run: (_args, { folder: named }) =>
    withSession(async (session) => {
      const place = await session.journalled(named);
      const cleared = valueOf(await session.workspaces.clear(place));
      const runs = cleared === 1 ? '1 run is' : `${cleared} runs are`;
      say(`The journal of ${place.folder} is deleted: ${runs} forgotten, and the cached texts; candidates stay.`);
      return exitWritten;
    }),
});
