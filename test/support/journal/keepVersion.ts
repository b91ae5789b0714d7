/**
 * `node test/support/journal/keepVersion.ts` makes a journal of the current schema version and keeps it for the tests of
 * later ones: a plain run and a flow, each once to its end and once stopped in the middle. Run it once, when a version
 * is released; what is kept is never made again.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import { journalPath } from '../../../src/storage/journal/settings.ts';
import { currentVersion } from '../../../src/storage/journal/tables/schema.ts';
import { crashFlow, crashRows, crashStages } from '../flow/crashFlow.ts';
import { flowPlan, itemsOf, rowItems } from '../flow/flowRuns.ts';
import { RunsBench } from '../runsHarness.ts';
import { startTestServer } from '../server/testServer.ts';
import { journalFolder, openJournal, value } from './support.ts';

const target = fileURLToPath(
  new URL(`../../unit/storage/journal/versions/${currentVersion}/journal.sqlite`, import.meta.url),
);
assert.ok(!existsSync(target), `Version ${currentVersion} is kept already.`);
const folder = mkdtempSync(join(tmpdir(), 'parallel-candidates-version-'));
const bench = new RunsBench(folder, await startTestServer());
const { runs, workspace, close } = await bench.process();

const plain = async (): Promise<string> => {
  const started = value(await runs.start(await bench.plan(4), bench.options(), workspace));
  return started.id;
};
const flow = async (): Promise<string> => {
  const [serviceKey = ''] = (await bench.plan(1)).serviceKeys;
  const runFlow = { ...crashStages(folder, 20), flow: crashFlow, serviceKey: () => serviceKey };
  const plan = flowPlan(folder, runFlow, rowItems(crashFlow, crashRows), serviceKey);
  return value(await runs.start(plan, bench.options(), workspace)).id;
};
const written = (id: string): number =>
  runs.snapshots().items.filter(({ run, state }) => run === id && state === 'written').length;

for (const start of [plain, flow]) {
  const finished = await start();
  await bench.eventually(() => !runs.isGoingOn(finished));
}
const half = await flow();
await bench.eventually(() => written(half) >= 11);
runs.pause(half);
bench.server.hold(2);
const id = await plain();
await bench.eventually(() => written(id) === 2);
await runs.stop(0);
bench.server.release();
await close();

// One text is complete while its file was never written.
const journal = openJournal(folder);
const lease = value(journal.write('acquire', id));
const item = itemsOf(journal, id).find(({ state }) => state === 'queued');
assert.ok(item, 'The run was stopped too late: try again.');
const text = { text: 'kept', model: 'm', usage: { input: 1, output: 1 } };
value(journal.write('recordResult', lease, { item: item.id, ...text }));
value(journal.write('release', lease));
journal.close();

const database = new DatabaseSync(journalPath(join(folder, journalFolder)));
// Nothing of this machine, and one small file.
database.exec(`
  UPDATE leases SET host = 'host', machine = 'machine';
  PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE; VACUUM;
`);
database.close();
mkdirSync(dirname(target), { recursive: true });
copyFileSync(journalPath(join(folder, journalFolder)), target);
await bench.close();
rmSync(folder, { recursive: true });
