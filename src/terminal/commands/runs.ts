import { stateOf } from '../../runs/board/shownRun.ts';
import { readAll } from '../../storage/journal/journalClient.ts';
import type { RunOverview } from '../../storage/journal/records.ts';
import { defineCommand } from '../command.ts';
import { onOff, under } from '../options.ts';
import { exitWritten, printJson } from '../report.ts';
import { say, valueOf, withWorkspace } from '../session.ts';

export const runs = defineCommand({
  name: 'runs',
  summary: 'the runs of this folder, newest first',
  options: under('Output:', { json: onOff('--json', 'one JSON object on standard output and nothing else') }),
  wrongArguments: ([first]) => `"runs" takes no "${first}".`,
  run: (_args, { json }) => listRuns(json),
});

async function listRuns(json: boolean): Promise<number> {
  return withWorkspace(async ({ journal }) => {
    const listed = valueOf(await readAll((page) => journal.listRuns({}, page)));
    if (json) printJson({ runs: listed.map(jsonRun) });
    else for (const run of listed) process.stdout.write(`${describeRun(run)}\n`);
    if (!json && listed.length === 0) say('There are no runs in this folder yet.');
    return exitWritten;
  });
}

function jsonRun(run: RunOverview) {
  const { id, label, total, counts, startedAt, finishedAt, owner } = run;
  return {
    run: id,
    label,
    state: stateOf(run),
    items: total,
    written: counts.written,
    failed: counts.failed,
    cancelled: counts.cancelled,
    skipped: counts.skipped,
    left: counts.queued,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: finishedAt === undefined ? null : new Date(finishedAt).toISOString(),
    owner: owner && !owner.dead ? { kind: owner.kind, pid: owner.pid, host: owner.host } : null,
  };
}

/** `20261122T103000-1a2b3c  tagline  unfinished: 12 written, 3 failed, 5 left`. */
function describeRun(run: RunOverview): string {
  const { id, label, counts, owner } = run;
  const parts = (['written', 'failed', 'cancelled', 'skipped'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`);
  if (counts.queued > 0) parts.push(`${counts.queued} left`);
  const state = stateOf(run);
  const where = owner?.kind === 'editor' ? 'an editor window' : 'a terminal';
  const what = state === 'elsewhere' && owner ? `running in ${where} (process ${owner.pid} on ${owner.host})` : state;
  return `${id}  ${label}  ${what}: ${parts.join(', ')}`;
}
