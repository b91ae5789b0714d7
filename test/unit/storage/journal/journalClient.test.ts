import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JournalClient, readAll } from '../../../../src/storage/journal/journalClient.ts';
import type { NewItem } from '../../../../src/candidates/plannedItem.ts';
import { journalPath } from '../../../../src/storage/journal/settings.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { startJournalProcess, type JournalProcess } from '../../../support/journal/processes.ts';
import {
  attempt,
  itemId,
  leaseLifeMs,
  newItems,
  newRun,
  openClient,
  openJournal,
  reason,
  result,
  settingsFor,
  value,
  workerScript,
  written,
} from '../../../support/journal/support.ts';

describe('journal on its own thread', function () {
  this.timeout(60_000);
  const folder = useScratchFolder();
  const processes: JournalProcess[] = [];

  function start(task: string, run: string): JournalProcess {
    const started = startJournalProcess(folder(), task, run);
    processes.push(started);
    return started;
  }
  afterEach(async () => {
    for (const each of processes.splice(0)) {
      each.process.kill('SIGKILL');
      await each.ended;
    }
  });

  it('does what the journal does', async () => {
    const client = await openClient(folder());
    const lease = value(await client.createRun(newRun(folder()), newItems(folder(), 3)));
    value(await client.recordAttempt(lease, attempt(0)));
    value(await client.recordResult(lease, { ...result(0), cacheKey: 'key' }));
    value(await client.recordResult(lease, result(1)));
    value(await client.markWritten(lease, written(folder(), 0)));
    value(await client.markEnded(lease, { item: itemId(2), state: 'cancelled' }));
    assert.deepEqual(
      value(await client.unwrittenResults('run')).rows.map(({ text }) => text),
      ['text 1'],
    );
    assert.deepEqual(
      value(await client.itemOverviews('run')).rows.map(({ state }) => state),
      ['written', 'queued', 'cancelled'],
    );
    assert.deepEqual(
      value(await client.items('run', ['cancelled'])).rows.map(({ messages }) => messages),
      [newItems('', 3)[2]?.messages],
    );
    assert.equal(value(await client.lastWritten(written(folder(), 0).path))?.contentHash, 'hash 0');
    assert.equal(value(await client.cached(['key']))[0]?.text, 'text 0');
    assert.equal(value(await client.requeue(lease, { states: ['cancelled'], fresh: false })), 1);
    value(await client.finishRun(lease, { summary: 1, metrics: [] }));
    assert.equal(value(await client.run('run')).summary, 1);
    assert.equal(
      value(await client.deleteOld({ finishedBefore: Date.now() + 1, textsBefore: 0 })),
      0,
      'items are left',
    );
    const again = value(await client.acquire('run'));
    value(await client.discardRun(again));
    assert.equal(value(await client.listRuns()).rows.length, 0);
    assert.equal(value(await client.rebuildFromManifests([])), 0);
    await client.close();
  });

  it('commits a plan of any length in slices, and reads it again in pages', async () => {
    const client = await openClient(folder());
    const count = 3000;
    function* items(): Iterable<NewItem> {
      for (const item of newItems(folder(), count))
        yield { ...item, variables: { ...item.variables, filler: 'x'.repeat(500) } };
    }
    value(await client.createRun(newRun(folder()), items()));
    const read = value(await readAll((page) => client.items('run', [], page)));
    assert.deepEqual(
      read.map(({ position }) => position),
      Array.from({ length: count }, (_, position) => position),
    );
    const ids = read.map(({ id }) => id).reverse();
    assert.deepEqual(value(await client.itemsById('run', ids)), read.toReversed());
    assert.deepEqual(value(await client.itemsById('run', [])), []);
    await client.close();
  });

  it('lets a read see every write before it, and closes with nothing left behind', async () => {
    const client = await openClient(folder());
    const lease = value(await client.createRun(newRun(folder()), newItems(folder(), 300)));
    const writes = Array.from({ length: 300 }, (_, position) => client.recordResult(lease, result(position)));
    const seen = readAll((page) => client.unwrittenResults('run', page));
    assert.equal(value(await seen).length, 300);
    for (const write of writes) value(await write);
    const last = client.recordAttempt(lease, attempt(0));
    await client.close();
    value(await last);
    assert.ok(!existsSync(`${journalPath(settingsFor(folder()).directory)}-wal`));
    const journal = openJournal(folder());
    assert.equal(value(journal.read('itemOverviews', 'run')).rows[0]?.attempts, 1);
    assert.equal(value(journal.read('run', 'run')).owner, undefined, 'what was held was given back');
    journal.close();
  });

  it('answers after the end as well', async () => {
    const client = await openClient(folder());
    const lease = value(await client.createRun(newRun(folder()), newItems(folder(), 1)));
    await client.close();
    await client.close();
    assert.equal(reason(await client.recordResult(lease, result(0))), 'closed');
    assert.equal(reason(await client.listRuns()), 'closed');
  });

  it('says why it cannot open', async () => {
    const options = { ...settingsFor(join(folder(), 'missing')), worker: workerScript };
    assert.equal(reason(await JournalClient.open(options)), 'no-folder');
    const broken = join(folder(), 'broken.mjs');
    writeFileSync(broken, `throw new Error('It broke.');`);
    assert.equal(reason(await JournalClient.open({ ...settingsFor(folder()), worker: broken })), 'internal');
    writeFileSync(broken, `import 'node:no-such-module';`);
    assert.equal(reason(await JournalClient.open({ ...settingsFor(folder()), worker: broken })), 'unsupported');
  });

  describe('with a thread that answers wrongly', () => {
    /** @param answer says which answers the calls of one message get, as a function's source */
    async function openWith(answer: string): Promise<JournalClient> {
      const script = join(folder(), 'wrong.mjs');
      writeFileSync(
        script,
        `import { parentPort } from 'node:worker_threads';
         const outcome = { ok: true, value: 1 };
         const answer = ${answer};
         parentPort.postMessage({ type: 'opened', outcome });
         parentPort.on('message', ({ calls }) => {
           parentPort.postMessage({ type: 'settled', outcomes: answer(calls).map((id) => ({ id, outcome })) });
         });`,
      );
      return value(await JournalClient.open({ ...settingsFor(folder()), worker: script }));
    }

    it('fails what waits when it answers a call that was not made', async () => {
      const client = await openWith(`(calls) => [calls[0].id, 999]`);
      const calls = [client.cacheClear(), client.cacheClear(), client.cacheClear()];
      assert.equal(value(await calls[0]!), 1);
      for (const call of calls.slice(1)) assert.equal(reason(await call), 'internal');
      assert.equal(reason(await client.cacheClear()), 'internal', 'it is not asked again');
      await client.close();
    });

    it('fails what waits when it answers a call twice', async () => {
      const client = await openWith(`(calls) => [calls[0].id, calls[0].id]`);
      const calls = [client.cacheClear(), client.cacheClear()];
      assert.equal(value(await calls[0]!), 1);
      assert.equal(reason(await calls[1]!), 'internal');
    });

    it('fails what was never answered when it ends', async () => {
      const client = await openWith(`(calls) => {
        parentPort.unref();
        return [calls[1].id];
      }`);
      const calls = [client.cacheClear(), client.cacheClear()];
      assert.equal(value(await calls[1]!), 1);
      assert.equal(reason(await calls[0]!), 'closed');
    });
  });

  it('has on disk whatever it acknowledged before it was killed', async () => {
    for (let round = 0; round < 4; round++) {
      const run = `run ${round}`;
      const writer = start('write', run);
      await writer.line((line) => line === `${10 * round * round + 9}`);
      writer.process.kill('SIGKILL');
      await writer.ended;
      const acknowledged = writer.lines.filter((line) => /^\d+$/.test(line)).map(Number);
      assert.ok(acknowledged.length > 0);
      const client = await openClient(folder(), { onRepair: ({ message }) => assert.fail(message) });
      const there = new Map(
        value(await readAll((page) => client.unwrittenResults(run, page))).map(({ position, text }) => [
          position,
          text,
        ]),
      );
      for (const position of acknowledged) assert.equal(there.get(position), `text ${position}`);
      assert.equal(value(await client.run(run)).counts.queued, 5000);
      // Its owner is dead: nobody has to wait.
      value(await client.acquire(run));
      await client.close();
    }
  });

  it('lets processes write at once', async () => {
    const writers = ['a', 'b'].map((run) => start('write', run));
    const client = await openClient(folder());
    const lease = value(await client.createRun(newRun(folder(), 'c'), newItems(folder(), 1000)));
    await Promise.all(writers.map((writer) => writer.line((line) => line === '199')));
    for (let position = 0; position < 1000; position += 100) {
      const places = Array.from({ length: 100 }, (_, place) => position + place);
      for (const outcome of await Promise.all(places.map((place) => client.recordResult(lease, result(place)))))
        value(outcome);
    }
    await Promise.all(writers.map((writer) => writer.line((line) => line === '999')));
    for (const writer of writers)
      assert.deepEqual(
        writer.lines.filter((line) => !/^(created|\d+)$/.test(line)),
        [],
      );
    for (const run of ['a', 'b', 'c']) assert.ok(value(await client.run(run)).unwritten >= 1000);
    await client.close();
  });

  it('stops an owner that was stopped for longer than its lease and wakes late', async function () {
    if (process.platform === 'win32') this.skip();
    const owner = start('own', 'run');
    await owner.line((line) => line === 'created');
    owner.process.stdin?.write('\n');
    await owner.line((line) => line === 'ok');
    const client = await openClient(folder(), { leaseLifeMs });
    assert.equal(reason(await client.acquire('run')), 'owned');
    assert.equal(value(await client.run('run')).owner?.dead, false);
    assert.equal(reason(await client.acquire('run', 3_600_000)), 'owned', 'its first beat is answer enough');
    owner.process.kill('SIGSTOP');
    const lease = value(await client.acquire('run', 60_000));
    assert.equal(lease.fence, 2);
    value(await client.recordResult(lease, result(1, 'of the new owner')));
    owner.process.kill('SIGCONT');
    owner.process.stdin?.write('\n');
    await owner.line((line) => line === 'lost');
    assert.deepEqual(
      value(await client.unwrittenResults('run')).rows.map(({ text }) => text),
      ['text 0', 'of the new owner'],
    );
    await client.close();
  });

  it('is told when its run was taken over, without writing', async function () {
    if (process.platform === 'win32') this.skip();
    const owner = start('own', 'run');
    await owner.line((line) => line === 'created');
    owner.process.kill('SIGSTOP');
    const client = await openClient(folder(), { leaseLifeMs });
    value(await client.acquire('run', 60_000));
    owner.process.kill('SIGCONT');
    await owner.line((line) => line === 'lost run');
    await client.close();
  });
});
