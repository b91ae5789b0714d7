import { isRating, type Rating } from '../../candidates/shelf.ts';
import { rate as rateCandidates } from '../../runs/shelf/decide.ts';
import { chosen, jsonOption, located } from '../choosing.ts';
import { defineCommand } from '../command.ts';
import { exitWritten, printJson } from '../report.ts';
import { UsageError } from '../usage.ts';

export const rate = defineCommand({
  name: 'rate',
  takes: '<candidate> <1..5>',
  summary: 'rate a candidate, from 1 to 5 (the best); "none" takes its rating away',
  options: jsonOption,
  wrongArguments: () => 'Name one candidate and its rating, from 1 to 5.',
  run: async ([file = '', typed = ''], { json }) => {
    const rating = readRating(typed);
    const { candidate, choosing } = await located(file);
    chosen(await rateCandidates([candidate], rating, choosing));
    if (json) printJson({ file: candidate.path, rating });
    return exitWritten;
  },
});

function readRating(typed: string): Rating | null {
  if (typed === 'none') return null;
  const rating = /^[1-5]$/.test(typed) ? Number(typed) : undefined;
  if (isRating(rating)) return rating;
  throw new UsageError(`The rating must be 1, 2, 3, 4, 5 or none, not "${typed}".`);
}
