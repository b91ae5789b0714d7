import assert from 'node:assert/strict';
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalClient } from '../../../../src/storage/journal/journalClient.ts';
import { deleteJournal, moveJournal } from '../../../../src/storage/journal/moveJournal.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import {
  leaseLifeMs,
  newItems,
  newRun,
  openClient,
  openJournal,
  reason,
  result,
  settingsFor,
  startRun,
  value,
  written,
} from '../../../support/journal/support.ts';

describe('the journal of a folder', function () {
  this.timeout(30_000);
  const scratch = useScratchFolder();
  const open: JournalClient[] = [];
  afterEach(() => Promise.all(open.splice(0).map((journal) => journal.close())));

  function folder(name: string): string {
    const path = join(realpathSync(scratch()), name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  async function opened(base: string): Promise<JournalClient> {
    const journal = await openClient(base, { leaseLifeMs });
    open.push(journal);
    return journal;
  }

  /** A run of four: one written, one with a text that was not written, two left. */
  function interrupted(base: string, id: string): void {
    const journal = openJournal(base);
    const lease = startRun(journal, base, 4, newRun(base, id));
    for (const position of [0, 1]) value(journal.write('recordResult', lease, result(position)));
    value(journal.write('markWritten', lease, written(base, 0)));
    value(journal.write('release', lease));
    journal.close();
  }

  const idsOf = async (journal: JournalClient): Promise<readonly string[]> =>
    value(await journal.listRuns())
      .rows.map(({ id }) => id)
      .sort();

  it('hands its runs over to that of another one: what was kept is kept, and paths follow', async () => {
    const [old, now] = [folder('old'), folder('new')];
    interrupted(old, 'first');
    interrupted(old, 'second');
    interrupted(now, 'third');
    const [from, into] = [await opened(old), await opened(now)];
    assert.equal(value(await moveJournal(from, settingsFor(old), into)), 2);
    assert.deepEqual(await idsOf(into), ['first', 'second', 'third']);
    assert.ok(!existsSync(settingsFor(old).directory));
    const run = value(await into.run('first'));
    assert.deepEqual([run.root, run.owner, run.counts.written, run.unwritten], [now, undefined, 1, 1]);
    const items = value(await into.items('first', []));
    assert.deepEqual(
      items.rows.map(({ output }) => output),
      newItems(now, 4).map(({ output }) => output),
    );
    const lease = value(await into.acquire('first'));
    value(await into.recordResult(lease, result(2)));
    const texts = value(await into.unwrittenResults('first')).rows.map(({ text }) => text);
    assert.deepEqual(texts, ['text 1', 'text 2']);
    assert.ok(value(await into.lastWritten(written(now, 0).path)));
  });

  it('hands over nothing, and is not deleted, while somebody works on a run', async () => {
    const [old, now] = [folder('old'), folder('new')];
    interrupted(old, 'first');
    const working = await opened(old);
    const lease = value(await working.createRun(newRun(old, 'second'), newItems(old, 2)));
    const into = await opened(now);
    for (const act of [
      (journal: JournalClient) => moveJournal(journal, settingsFor(old), into),
      (journal: JournalClient) => deleteJournal(journal, settingsFor(old)),
    ]) {
      const journal = await opened(old);
      assert.equal(reason(await act(journal)), 'owned');
      await journal.close();
    }
    assert.deepEqual(await idsOf(into), []);
    value(await working.recordResult(lease, result(0)));
    assert.deepEqual(await idsOf(working), ['first', 'second']);
    value(await working.release(lease));
    for (const id of ['first', 'second']) value(await working.acquire(id));
  });

  it('is deleted with all its runs, and a window that still has it open does not bring them back', async () => {
    const base = folder('folder');
    interrupted(base, 'first');
    interrupted(base, 'second');
    const window = openJournal(base);
    assert.equal(value(window.read('listRuns')).rows.length, 2);
    assert.equal(value(await deleteJournal(await opened(base), settingsFor(base))), 2);
    assert.ok(!existsSync(settingsFor(base).directory));
    assert.deepEqual(value(window.read('listRuns')).rows, []);
    const lease = startRun(window, base, 1);
    value(window.write('recordResult', lease, result(0)));
    window.close();
    const later = openJournal(base);
    assert.deepEqual(
      value(later.read('listRuns')).rows.map(({ id, unwritten }) => [id, unwritten]),
      [['run', 1]],
    );
    later.close();
  });

  it('leaves nothing behind in a window that has the folder open under its old name', async () => {
    const [old, now] = [folder('old'), folder('new')];
    interrupted(old, 'first');
    const window = openJournal(old);
    assert.equal(value(window.read('listRuns')).rows.length, 1);
    const into = await opened(now);
    value(await moveJournal(await opened(old), settingsFor(old), into));
    assert.deepEqual(value(window.read('listRuns')).rows, []);
    assert.deepEqual(await idsOf(into), ['first']);
    window.close();
  });
});
