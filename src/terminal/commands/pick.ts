import { pick as pickCandidate, targetOf } from '../../runs/shelf/pick.ts';
import type { Target } from '../../runs/shelf/replaceFile.ts';
import { chosen, jsonOption, located, namedTarget, shortened, type LocatedIn } from '../choosing.ts';
import { defineCommand } from '../command.ts';
import { text, under } from '../options.ts';
import { exitWritten, printJson, printLine } from '../report.ts';
import { say } from '../session.ts';
import { Refusal } from '../usage.ts';

export const pick = defineCommand({
  name: 'pick',
  takes: '<candidate>',
  summary: 'copy the best candidate to its target',
  options: {
    ...under('Where:', {
      to: text(
        '--to <file>',
        'instead of what "candidates.target" of the prompt file says, or <prompt name>.picked.md',
      ),
    }),
    ...jsonOption,
  },
  wrongArguments: () => 'Name the one candidate to pick.',
  run: async ([file = ''], { to, json }) => {
    const found = await located(file);
    const { candidate, listing, choosing } = found;
    const target = to === undefined ? ownTarget(found) : await namedTarget(to);
    const row = listing.candidates.filter((each) => each.row === candidate.row);
    const inverse = chosen(await pickCandidate(candidate, row, target, choosing, found.prompt));
    const kept = inverse.flatMap((step) => (step.kind === 'move' ? [step.from] : []))[0];
    if (json) printJson({ file: candidate.path, target: target.path, kept: kept ?? null });
    else printLine(shortened(target.path));
    if (kept !== undefined) say(`What was there is kept as ${shortened(kept)}.`);
    return exitWritten;
  },
});

function ownTarget({ candidate, prompt, choosing }: LocatedIn): Target {
  if (prompt) return { path: targetOf(prompt, candidate), root: choosing.root };
  throw new Refusal(
    `The prompt file of ${shortened(candidate.path)} is not found, so nobody knows its target: name a file with --to.`,
  );
}
