import { listCandidates, type ShelfCandidate, type ShelfListing } from '../../runs/shelf/listCandidates.ts';
import { roundedShare } from '../../runs/shelf/runDiversity.ts';
import { chosen, inOption, jsonOption, namedPrompts, shortened } from '../choosing.ts';
import { defineCommand } from '../command.ts';
import { exitWritten, printJson, printLine } from '../report.ts';
import { say } from '../session.ts';
import { UsageError } from '../usage.ts';

const wrongArguments = 'Name one prompt file.';

export const shelf = defineCommand({
  name: 'shelf',
  takes: '<prompt-file>',
  summary: 'the candidates of a prompt file, and what was decided about them',
  options: { ...inOption, ...jsonOption },
  wrongArguments: () => wrongArguments,
  run: async ([file = ''], { in: within, json }) => {
    const { prompts, choosing } = await namedPrompts([file], within);
    const [prompt, ...others] = prompts;
    if (!prompt || others.length > 0) throw new UsageError(wrongArguments);
    const listing = chosen(await listCandidates(prompt.chosen, choosing));
    if (json) printJson(shelfReport(listing));
    else printListing(listing);
    return exitWritten;
  },
});

/** What `--json` prints; other tools depend on it. Files are absolute. */
export function shelfReport({ candidates, diversity, distinct }: ShelfListing) {
  return {
    candidates: candidates.map((candidate) => ({
      file: candidate.path,
      row: candidate.row,
      number: candidate.number ?? null,
      model: candidate.model ?? null,
      // Files of candidates have come to their end.
      state: 'written' as const,
      picked: candidate.isPicked,
      archived: candidate.isArchived,
      rating: candidate.rating ?? null,
      note: candidate.note ?? null,
      similarTo: candidate.similarTo?.key ?? null,
    })),
    diversity: diversity === undefined ? null : roundedShare(diversity),
    distinct: distinct?.map(roundedShare) ?? null,
  };
}

function printListing({ candidates, diversity }: ShelfListing): void {
  let row = '';
  for (const candidate of candidates) {
    if (candidate.row !== row) printLine(candidate.row);
    row = candidate.row;
    printLine(`${row === '' ? '' : '  '}${described(candidate)}`);
  }
  if (candidates.length === 0) say('There are no candidates of this prompt file yet.');
  if (diversity !== undefined) printLine(`diversity ${Math.round(diversity * 100)} %`);
}

/** `candidates/a/01.md  gpt-5-mini, picked, 4/5, like candidates/a/03.md: A note.`. */
function described({ path, model, isPicked, isArchived, rating, similarTo, note }: ShelfCandidate): string {
  const marks = [
    ...(model === undefined ? [] : [model]),
    ...(isPicked ? ['picked'] : []),
    ...(isArchived ? ['archived'] : []),
    ...(rating === undefined ? [] : [`${rating}/5`]),
    ...(similarTo ? [`${similarTo.kind === 'exact' ? 'same as' : 'like'} ${shortened(similarTo.key)}`] : []),
  ];
  return `${shortened(path)}  ${marks.join(', ')}${note === undefined ? '' : `: ${note}`}`;
}
