import { archiveCandidates, archiveOthers } from '../../runs/shelf/archiveCandidates.ts';
import { listCandidates } from '../../runs/shelf/listCandidates.ts';
import type { Operation } from '../../runs/shelf/operations.ts';
import { chosen, inOption, jsonOption, locatedAll, namedPrompts, shortened } from '../choosing.ts';
import { defineCommand } from '../command.ts';
import { onOff, under } from '../options.ts';
import { exitWritten, printJson, printLine } from '../report.ts';
import { UsageError } from '../usage.ts';

const wrongArguments = 'Name at least one candidate, or a prompt file after --others.';

export const archive = defineCommand({
  name: 'archive',
  takes: '<file...>',
  summary: 'move candidates to the archive beside them',
  options: {
    ...under('What to archive:', {
      others: onOff('--others', 'of these prompt files all that was not picked, where something was'),
    }),
    ...inOption,
    ...jsonOption,
  },
  wrongArguments: () => wrongArguments,
  run: async (files, { others, in: within, json, nameOf }) => {
    if (within !== undefined && !others) throw new UsageError(`${nameOf('in')} needs --others.`);
    const inverse = others ? await archiveOthersOf(files, within) : await archiveNamed(files);
    const archived = inverse
      .flatMap((step) => (step.kind === 'move' ? [{ from: step.to, to: step.from }] : []))
      .reverse();
    if (json) printJson({ archived });
    else for (const { to } of archived) printLine(shortened(to));
    return exitWritten;
  },
});

async function archiveNamed(files: readonly string[]): Promise<Operation> {
  const found = await locatedAll(files);
  const done: Operation[] = [];
  for (const those of Map.groupBy(found, ({ choosing }) => choosing.root).values()) {
    const [first] = those;
    if (!first) continue;
    const candidates = those.map(({ candidate }) => candidate);
    done.unshift(chosen(await archiveCandidates(candidates, first.choosing)));
  }
  return done.flat();
}

async function archiveOthersOf(files: readonly string[], within: string | undefined): Promise<Operation> {
  const { prompts, choosing } = await namedPrompts(files, within);
  const done: Operation[] = [];
  for (const { chosen: prompt } of prompts) {
    const { candidates } = chosen(await listCandidates(prompt, choosing));
    done.unshift(chosen(await archiveOthers(candidates, choosing)));
  }
  return done.flat();
}
