import type { CallHistory, Spread } from '../records.ts';
import { number, type Database, type Row } from './database.ts';

/** Calls that are looked through, newest first: an old journal has a million. */
const mostLookedAt = 20_000;
/** Calls that are learnt from. */
const mostLearntFrom = 100;
/** Fewer calls for a prompt say less than many for its model. */
const fewest = 5;

const completed = `attempt_id > (SELECT max(attempt_id) FROM attempts) - ${mostLookedAt}
  AND attempts.model = ? AND outcome = 'completed' AND output_tokens > 0`;

/** See `JournalReader.callHistory`. */
export function callHistory(database: Database, prompt: string, model: string): CallHistory | undefined {
  const ofModel = database.all(
    `SELECT output_tokens, duration_ms FROM attempts WHERE ${completed} ORDER BY attempt_id DESC LIMIT ?`,
    model,
    mostLearntFrom,
  );
  if (ofModel.length === 0) return undefined;
  const ofPrompt = database.all(
    `SELECT output_tokens, duration_ms FROM attempts JOIN items USING (run, position)
       JOIN contents ON contents.run = attempts.run AND contents.number = items.prompt
     WHERE ${completed} AND CASE WHEN json_valid(contents.json) THEN json_extract(contents.json, '$.path') = ? END
     ORDER BY attempt_id DESC LIMIT ?`,
    model,
    prompt,
    mostLearntFrom,
  );
  return ofPrompt.length >= Math.min(fewest, ofModel.length)
    ? historyOf('prompt', ofPrompt)
    : historyOf('model', ofModel);
}

function historyOf(of: CallHistory['of'], rows: readonly Row[]): CallHistory {
  return {
    of,
    calls: rows.length,
    output: spreadOf(rows.map((row) => number(row, 'output_tokens'))),
    durationMs: spreadOf(rows.map((row) => number(row, 'duration_ms'))),
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { mean: sorted.reduce((sum, each) => sum + each, 0) / Math.max(1, sorted.length), p10: at(0.1), p90: at(0.9) };
}
