import { relative, sep } from 'node:path';
import type { DataSettings } from '../../model/data.ts';
import { readPrompt } from '../../prompts/formats/formats.ts';
import type { Result } from '../../prompts/promptFile.ts';
import type { PromptSource } from './plan.ts';
import { readInputs, type GivenInputs, type PromptSurroundings } from './promptInputs.ts';

export interface RowCount {
  /** At most as many as were asked for. */
  readonly count: number;
  readonly hasMore: boolean;
  /** Whether the prompt has data at all. */
  readonly hasData: boolean;
  /** Of each row. */
  readonly candidates: number;
  /** Gives the same rows to whoever plans them, without reading them again. */
  readonly bound: Pick<GivenInputs, 'limit'>;
}

/** Rows are not read further than that: what is beyond is told as "more". */
export function firstRows(data: DataSettings | undefined, most: number): Pick<GivenInputs, 'limit'> {
  // A sample is one of all rows.
  const isCut = data !== undefined && data.sample === undefined && (data.limit ?? Infinity) > most;
  return isCut ? { limit: most + 1 } : {};
}

/** How many rows a prompt file has, up to a bound. Nobody is asked for anything. */
export async function countRows(
  source: PromptSource,
  where: PromptSurroundings,
  most: number,
): Promise<Result<RowCount>> {
  const path = relative(where.root, source.path).split(sep).join('/');
  const parsed = readPrompt(path, source.text, source.format);
  if (!parsed.ok) return parsed;
  const { data, count, models } = parsed.value;
  const bound = firstRows(data, most);
  const given: GivenInputs = { ...bound, ask: (inputs) => Promise.resolve(empty(inputs)) };
  const ready = await readInputs([parsed.value], given, where);
  if (!ready.ok) return ready;
  const rows = ready.value.prompts.reduce((sum, prompt) => sum + prompt.rows.length, 0);
  const candidates = count * Math.max(1, models.length);
  const value = { count: Math.min(rows, most), hasMore: rows > most, hasData: data !== undefined, candidates, bound };
  return { ok: true, value };
}

function empty(inputs: readonly { readonly name: string }[]): Record<string, string> {
  return Object.fromEntries(inputs.map(({ name }) => [name, '']));
}
