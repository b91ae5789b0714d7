/**
 * `node crashProcess.ts FOLDER LATENCY_MS WORKER` runs the crash flow in a folder to its end, or goes on with the run that is
 * there. It says `ready` when its work begins.
 */
import { join } from 'node:path';
import { success } from '../../../src/base/outcome.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { defaultRunOptions } from '../../../src/runs/runOptions.ts';
import { Runs } from '../../../src/runs/runs.ts';
import { ServiceDirectory } from '../../../src/runs/serviceDirectory.ts';
import { CandidateWriter } from '../../../src/storage/candidateWriter.ts';
import { DiskFiles } from '../../../src/storage/diskFiles.ts';
import { JournalClient } from '../../../src/storage/journal/journalClient.ts';
import { PathLocks } from '../../../src/storage/pathLocks.ts';
import { settingsFor, value } from '../journal/support.ts';
import { crashFlow, crashRows, crashService, crashStages } from './crashFlow.ts';
import { flowPlan, rowItems } from './flowRuns.ts';

const [base = '', latencyMs = '', worker = ''] = process.argv.slice(2);
const directory = new ServiceDirectory(systemClock, Math.random);
const serviceKey = directory.register(crashService, undefined, { safetyFactor: 1 });
const runs = new Runs({
  services: directory,
  clock: systemClock,
  random: Math.random,
  reportError: (error) => {
    throw error;
  },
});
const journal = value(await JournalClient.open({ ...settingsFor(base), worker }));
const files = new DiskFiles();
const workspace = { base, journal, files, writer: new CandidateWriter(files, new PathLocks()) };
const stages = crashStages(base, Number(latencyMs));
process.stdout.write('ready\n');

const [known] = value(await journal.listRuns({}, { limit: 1 })).rows;
if (known === undefined) {
  const flow = { ...stages, flow: crashFlow, serviceKey: () => serviceKey };
  // Rows in odd places leave a file, which is committed apart from what follows it.
  const items = rowItems(crashFlow, crashRows, (row) =>
    row % 2 === 0
      ? {}
      : { number: row, output: { folder: join(base, 'candidates'), series: '*.json', firstNumbered: true } },
  );
  const options = { ...defaultRunOptions, retry: { attempts: 1, baseMs: 1 } };
  const started = value(await runs.start(flowPlan(base, flow, items, serviceKey), options, workspace));
  await started.finished;
} else if (known.finishedAt === undefined || known.counts.queued + known.unwritten > 0) {
  const serviceOf = () => Promise.resolve(success(serviceKey));
  const resumed = value(await runs.resume({ workspace, run: known.id, serviceOf, stages }));
  await resumed.finished;
}
runs.dispose();
await directory.dispose();
await journal.close();
