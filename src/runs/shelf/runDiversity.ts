import { setImmediate } from 'node:timers/promises';
import { diversityOf } from '../../candidates/likeness/diversity.ts';
import { sketchOf, type Sketch } from '../../candidates/likeness/likeness.ts';
import type { ItemSnapshot } from '../../model/run.ts';
import type { FileStore } from '../../storage/fileStore.ts';

/** Candidates that are compared: with more, whoever waits for the end of a run would notice. */
const mostCompared = 1_000;
const mostBytes = 1024 * 1024;

/**
 * How diverse the candidates of each prompt file of a run are, 0 to 1, by its path; without those that have no two of a
 * row. Of a large run, the first candidates show it.
 */
export async function runDiversity(
  items: readonly Pick<ItemSnapshot, 'prompt' | 'row' | 'file'>[],
  files: Pick<FileStore, 'read'>,
): Promise<Readonly<Record<string, number>>> {
  const prompts = new Map<string, Map<string, Sketch[]>>();
  let compared = 0;
  for (const { prompt, row, file } of items) {
    if (file === undefined || compared === mostCompared) continue;
    compared++;
    // What is gone or unreadable by now has its say elsewhere.
    const text = await files.read(file, mostBytes).catch(() => undefined);
    if (text === undefined) continue;
    const rows = prompts.get(prompt) ?? new Map<string, Sketch[]>();
    prompts.set(prompt, rows);
    const sketches = rows.get(row) ?? [];
    rows.set(row, sketches);
    sketches.push(sketchOf(text, /\.json$/i.test(file)));
    await setImmediate();
  }
  return Object.fromEntries(
    [...prompts].flatMap(([prompt, rows]) => {
      const diversity = diversityOf(rows.values());
      return diversity === undefined ? [] : [[prompt, roundedShare(diversity)] as const];
    }),
  );
}

/** As reports show it: what is estimated has no more digits. */
export function roundedShare(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
