import { runStateOf } from '../../runs/board/shownRun.ts';
import { runFacts } from '../../runs/runFacts.ts';
import { readAll, type JournalClient } from '../../storage/journal/journalClient.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { RunOverview } from '../../storage/journal/records.ts';
import { defineCommand } from '../command.ts';
import { folderOption } from '../folderOption.ts';
import { onOff, under } from '../options.ts';
import { exitSomeFailed, exitWritten, printJson, printLine } from '../report.ts';
import { say, valueOf, withSession, withWorkspace } from '../session.ts';
import { UsageError } from '../usage.ts';

export const runs = defineCommand({
  name: 'runs',
  summary: 'the runs of this folder, newest first',
  options: {
    ...under('Of which folder:', {
      all: onOff('--all', 'the runs of every folder'),
      folder: folderOption,
    }),
    ...under('Output:', { json: onOff('--json', 'one JSON object on standard output and nothing else') }),
  },
  wrongArguments: ([first]) => `"runs" takes no "${first}".`,
  run: (_args, options) => {
    const { all, folder, json, nameOf } = options;
    if (!all) return listRuns(folder, json);
    if (folder === undefined) return listAllRuns(json);
    throw new UsageError(`${nameOf('all')} and ${nameOf('folder')} do not go together.`);
  },
});

async function listRuns(folder: string | undefined, json: boolean): Promise<number> {
  return withWorkspace(async ({ base, journal }) => {
    const listed = valueOf(await runsOf(journal));
    if (json) printJson({ runs: listed.map((run) => jsonRun(run, base)) });
    else for (const run of listed) printLine(describeRun(run));
    if (!json && listed.length === 0) say('There are no runs in this folder yet.');
    return exitWritten;
  }, folder);
}

/** A journal that cannot be read does not hide the others. */
async function listAllRuns(json: boolean): Promise<number> {
  return withSession(async ({ folders, workspaces }) => {
    let exitStatus = exitWritten;
    const all: ReturnType<typeof jsonRun>[] = [];
    for (const place of valueOf(await folders.list())) {
      const listed = await workspaces.visit(place, runsOf);
      if (!listed.ok) {
        say(listed.failure.message);
        exitStatus = exitSomeFailed;
        continue;
      }
      all.push(...listed.value.map((run) => jsonRun(run, place.folder)));
      if (json || listed.value.length === 0) continue;
      printLine(place.folder);
      for (const run of listed.value) printLine(`  ${describeRun(run)}`);
    }
    if (json) printJson({ runs: all });
    else if (all.length === 0) say('There are no runs yet.');
    return exitStatus;
  });
}

function runsOf(journal: JournalClient): Promise<JournalOutcome<RunOverview[]>> {
  return readAll((page) => journal.listRuns({}, page));
}

function jsonRun(run: RunOverview, folder: string) {
  const { id, label, owner } = run;
  return {
    run: id,
    folder,
    label,
    state: runStateOf(run),
    ...runFacts(run),
    watching: isWatching(run),
    owner: owner && !owner.dead ? { kind: owner.kind, pid: owner.pid, host: owner.host } : null,
  };
}

/** Whether somebody has made all that there is of it, and waits for files. */
function isWatching(run: RunOverview): boolean {
  return run.isWatched === true && runStateOf(run) === 'elsewhere' && run.counts.queued === 0;
}

/** `20261122T103000-1a2b3c  tagline  unfinished: 12 written, 3 failed, 5 left`. */
function describeRun(run: RunOverview): string {
  const { id, label, counts, owner } = run;
  const parts = (['written', 'failed', 'cancelled', 'skipped'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`);
  if (counts.queued > 0) parts.push(`${counts.queued} left`);
  const state = runStateOf(run);
  const where = owner?.kind === 'editor' ? 'an editor window' : 'a terminal';
  const how = isWatching(run) ? 'watching' : 'running';
  const what = state === 'elsewhere' && owner ? `${how} in ${where} (process ${owner.pid} on ${owner.host})` : state;
  return `${id}  ${label}  ${what}: ${parts.join(', ')}`;
}
