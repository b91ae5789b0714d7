import { exitWritten } from '../report.ts';
import { say, valueOf, withWorkspace } from '../session.ts';

/** Runs `clear-cache`. */
export async function clearCache(): Promise<number> {
  return withWorkspace(async ({ journal }) => {
    const cleared = valueOf(await journal.cacheClear());
    say(`${cleared} cached ${cleared === 1 ? 'text is' : 'texts are'} gone; candidates stay.`);
    return exitWritten;
  });
}
