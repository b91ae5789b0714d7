import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Journal } from '../../../../src/storage/journal/journal.ts';
import { folderFile, journalPath } from '../../../../src/storage/journal/settings.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { canMount, startJournalProcess } from '../../../support/journal/processes.ts';
import {
  newRun,
  openJournal,
  reason,
  result,
  settingsFor,
  startRun,
  value,
  written,
} from '../../../support/journal/support.ts';

describe('a journal in trouble', function () {
  this.timeout(30_000);
  const folder = useScratchFolder();

  it('waits for another program that holds it, and says so when that takes too long', () => {
    const journal = openJournal(folder(), { busyMs: 50 });
    const lease = startRun(journal, folder(), 2);
    const other = new DatabaseSync(journalPath(settingsFor(folder()).directory));
    other.exec('BEGIN IMMEDIATE');
    assert.equal(reason(journal.write('recordResult', lease, result(0))), 'busy');
    assert.equal(value(journal.read('listRuns')).rows.length, 1, 'reading goes on');
    other.exec('ROLLBACK');
    value(journal.write('recordResult', lease, result(0)));
    journal.close();
    other.close();
  });

  it('cannot be opened while another program has it for itself', () => {
    openJournal(folder()).close();
    const other = new DatabaseSync(journalPath(settingsFor(folder()).directory));
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    assert.equal(reason(Journal.open(settingsFor(folder(), { busyMs: 50 }))), 'busy');
    other.close();
    openJournal(folder()).close();
  });

  it('needs the folder that it lies in, and a place of its own there', () => {
    assert.equal(reason(Journal.open(settingsFor(join(folder(), 'missing')))), 'no-folder');
    assert.ok(!existsSync(join(folder(), 'missing')));
    writeFileSync(settingsFor(folder()).directory, 'a file');
    assert.equal(reason(Journal.open(settingsFor(folder()))), 'read-only');
    assert.equal(readFileSync(settingsFor(folder()).directory, 'utf8'), 'a file');
  });

  it('loses nothing when its folder is deleted from under it', () => {
    const journal = openJournal(folder());
    const second = openJournal(folder());
    const lease = startRun(journal, folder(), 4);
    value(journal.write('recordResult', lease, result(0)));
    value(journal.write('markWritten', lease, written(folder(), 0)));
    rmSync(settingsFor(folder()).directory, { recursive: true });
    value(journal.write('recordResult', lease, result(1)));
    value(journal.write('recordResult', lease, result(2)));
    assert.equal(value(second.read('unwrittenResults', 'run')).rows.length, 2);
    journal.close();
    second.close();
    const again = openJournal(folder());
    assert.deepEqual(
      value(again.read('unwrittenResults', 'run')).rows.map(({ text }) => text),
      ['text 1', 'text 2'],
    );
    assert.ok(value(again.read('lastWritten', written(folder(), 0).path)));
    assert.deepEqual(JSON.parse(readFileSync(join(settingsFor(folder()).directory, folderFile), 'utf8')), {
      folder: folder(),
    });
    again.close();
  });

  it('brings together what two processes wrote before they saw that the folder was gone', () => {
    const first = openJournal(folder());
    const second = openJournal(folder());
    const ofFirst = startRun(first, folder(), 2, newRun(folder(), 'first'));
    const ofSecond = startRun(second, folder(), 2, newRun(folder(), 'second'));
    rmSync(settingsFor(folder()).directory, { recursive: true });
    // A third one begins anew meanwhile.
    const third = openJournal(folder());
    startRun(third, folder(), 1, newRun(folder(), 'third'));
    value(second.write('recordResult', ofSecond, result(1)));
    value(first.write('recordResult', ofFirst, result(0)));
    for (const journal of [first, second, third]) {
      const runs = value(journal.read('listRuns')).rows.map(({ id, unwritten }) => [id, unwritten]);
      assert.deepEqual(runs.sort(), [
        ['first', 1],
        ['second', 1],
        ['third', 0],
      ]);
      journal.close();
    }
  });

  it('says that the folder that it lies in is gone, and goes on when it is back', () => {
    const base = join(folder(), 'workspace');
    mkdirSync(base);
    const journal = openJournal(base);
    const lease = startRun(journal, base, 2);
    renameSync(base, join(folder(), 'elsewhere'));
    assert.equal(reason(journal.write('recordResult', lease, result(0))), 'no-folder');
    assert.equal(reason(journal.read('listRuns')), 'no-folder');
    renameSync(join(folder(), 'elsewhere'), base);
    value(journal.write('recordResult', lease, result(0)));
    journal.close();
  });

  it('says that its folder is read-only', async function () {
    if (!canMount()) this.skip();
    mkdirSync(dirname(journalPath(settingsFor(folder()).directory)));
    const mount = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"';
    const process = startJournalProcess(folder(), 'write', 'run', mount);
    await process.ended;
    assert.match(process.lines[0] ?? '', /"reason":"read-only"/);
    openJournal(folder()).close();
    const again = startJournalProcess(folder(), 'write', 'run', mount);
    await again.ended;
    assert.match(again.lines[0] ?? '', /"reason":"read-only"/);
  });

  it('says that it may not write there', function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) this.skip();
    chmodSync(folder(), 0o500);
    assert.equal(reason(Journal.open(settingsFor(folder()))), 'read-only');
    chmodSync(folder(), 0o700);
  });

  it('says that the disk is full, and has kept what it acknowledged', async function () {
    if (!canMount()) this.skip();
    const copied = join(folder(), 'copied');
    mkdirSync(join(folder(), 'disk'));
    mkdirSync(copied);
    // What was on the small disk is looked at from outside, where the namespace is gone.
    const script =
      'mount -t tmpfs -o size=3m none "$1/disk" && "$2" "$3" "$4/disk" "$5" "$6"; cp -r "$1/disk/journal" "$1/copied"; exit';
    const full = startJournalProcess(folder(), 'fill', 'run', script);
    await full.ended;
    const last = full.lines.at(-1) ?? '';
    assert.match(last, /"reason":"disk-full".*The disk is full/);
    const journal = openJournal(copied);
    const there = value(journal.read('run', 'run')).unwritten;
    assert.equal(there, full.lines.length - 1);
    journal.close();
  });
});
