import { parseDiscardOptions } from '../options.ts';
import { exitWritten } from '../report.ts';
import { valueOf, withWorkspace } from '../session.ts';

/** Runs `discard`: forgets one run; its candidates stay. */
export async function discard(args: readonly string[]): Promise<number> {
  const { run } = parseDiscardOptions(args);
  return withWorkspace(async (workspace, session) => {
    valueOf(await session.runs.discard(workspace, run));
    return exitWritten;
  });
}
