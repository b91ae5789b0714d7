import { note as noteCandidate } from '../../runs/shelf/decide.ts';
import { chosen, jsonOption, located } from '../choosing.ts';
import { defineCommand } from '../command.ts';
import { exitWritten, printJson } from '../report.ts';

export const note = defineCommand({
  name: 'note',
  takes: '<candidate> <text>',
  summary: 'note something about a candidate; an empty text takes the note away',
  options: jsonOption,
  wrongArguments: () => 'Name one candidate and the text of its note, in quotes.',
  run: async ([file = '', text = ''], { json }) => {
    const { candidate, choosing } = await located(file);
    chosen(await noteCandidate(candidate, text, choosing));
    if (json) printJson({ file: candidate.path, note: text.trim() === '' ? null : text.trim() });
    return exitWritten;
  },
});
