import { exportFormats } from '../../candidates/exports/exported.ts';
import { exportCandidates } from '../../runs/shelf/exportCandidates.ts';
import { replaceFile } from '../../runs/shelf/replaceFile.ts';
import { chosen, choosingIn, inOption, namedPrompts, namedTarget, shortened } from '../choosing.ts';
import { defineCommand } from '../command.ts';
import { choice, text, under } from '../options.ts';
import { exitWritten, printLine, printText } from '../report.ts';
import { say } from '../session.ts';
import { UsageError } from '../usage.ts';

export const exportCommand = defineCommand({
  name: 'export',
  takes: '<file...>',
  summary: 'the candidates of prompt files with what was decided, for other programs',
  options: {
    ...under('What to export:', {
      format: choice(
        '--format <name>',
        'jsonl, csv, md (to read) or dpo (pairs of which one is preferred, for tuning)',
        exportFormats,
      ),
    }),
    ...inOption,
    ...under('Output:', { out: text('--out <file>', 'write to this file instead of standard output') }),
  },
  wrongArguments: () => 'Name at least one prompt file, a folder or a pattern.',
  run: async (files, { format, in: within, out }) => {
    if (format === undefined) throw new UsageError(`Name a format with --format: ${exportFormats.join(', ')}.`);
    const target = out === undefined ? undefined : await namedTarget(out);
    const { prompts, choosing } = await namedPrompts(files, within);
    if (prompts.some((prompt) => prompt.chosen.path === target?.path)) {
      throw new UsageError(`${shortened(target?.path ?? '')} is a prompt file itself: name another file with --out.`);
    }
    const exported = chosen(await exportCandidates(prompts, format, choosing));
    for (const sentence of exported.notes) say(sentence);
    if (!target) {
      printText(exported.text);
      return exitWritten;
    }
    const inverse = chosen(await replaceFile(target, exported.text, await choosingIn(target.root)));
    for (const step of inverse) {
      if (step.kind === 'move') say(`What was there is kept as ${shortened(step.from)}.`);
    }
    printLine(shortened(target.path));
    return exitWritten;
  },
});
