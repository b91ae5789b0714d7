import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, realpathSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { success } from '../../../src/base/outcome.ts';
import { Journal } from '../../../src/storage/journal/journal.ts';
import type { JournalPlace } from '../../../src/storage/journal/settings.ts';
import { hasJournal, JournalFolders, lastRealPath, prepareStateFolder } from '../../../src/storage/journalFolders.ts';
import { journalKey } from '../../../src/storage/stateFolder.ts';
import { useScratchFolder } from '../../support/scratch.ts';
import { reason, value } from '../../support/journal/support.ts';

describe('the journals of the folders of a person', () => {
  const scratch = useScratchFolder();
  const state = (): string => join(scratch(), 'deep', 'state');
  const folders = (): JournalFolders => new JournalFolders(() => Promise.resolve(success(state())));

  function newFolder(name: string): string {
    const path = join(realpathSync(scratch()), name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  async function made(place: JournalPlace): Promise<JournalPlace> {
    value(await prepareStateFolder(place));
    value(Journal.open({ ...place, base: place.folder, kind: 'terminal' })).close();
    return place;
  }

  it('are found by the real path, whatever name the folder goes by', async () => {
    const folder = newFolder('folder');
    symlinkSync(folder, join(scratch(), 'link'));
    symlinkSync(scratch(), join(scratch(), 'around'));
    const place = await made(value(await folders().placeOnDisk(folder)));
    assert.deepEqual(place, { directory: join(state(), journalKey(folder)), folder });
    for (const name of ['link', 'around/folder', 'around/link', 'folder/../folder/']) {
      const found = value(await folders().placeOnDisk(join(scratch(), name)));
      assert.deepEqual(found, place);
      assert.ok(await hasJournal(found));
    }
    const other = value(await folders().placeOnDisk(newFolder('other')));
    assert.notEqual(other.directory, place.directory);
    assert.equal(await hasJournal(other), false);
  });

  it('lie where nobody else can look', async function () {
    if (process.platform === 'win32') this.skip();
    const before = process.umask(0);
    try {
      const { directory } = await made(value(await folders().placeOnDisk(newFolder('folder'))));
      for (const path of [join(scratch(), 'deep'), state(), directory]) {
        assert.equal(statSync(path).mode & 0o777, 0o700, path);
      }
    } finally {
      process.umask(before);
    }
  });

  it('are for no folder that is not there', async () => {
    const missing = await folders().placeOnDisk(join(scratch(), 'missing'));
    assert.equal(reason(missing), 'no-folder');
    writeFileSync(join(scratch(), 'file'), '');
    assert.equal(reason(await folders().placeOnDisk(join(scratch(), 'file/below'))), 'no-folder');
    assert.deepEqual(value(await folders().list()), []);
  });

  it('are listed with what they are of, also when that is gone, and nothing else is', async () => {
    const [first, second] = [newFolder('a'), newFolder('b')];
    const places = [
      await made(value(await folders().placeOnDisk(second))),
      await made(value(await folders().placeOnDisk(first))),
      await made(value(await folders().placeOf('memfs://host/ws'))),
    ];
    renameSync(second, join(scratch(), 'c'));
    // Not made by us, half made, or copied by a person.
    mkdirSync(join(state(), 'empty'));
    writeFileSync(join(state(), 'file'), '');
    renameSync((await made(value(await folders().placeOf('/other')))).directory, join(state(), journalKey('/copied')));
    mkdirSync(join(state(), journalKey('/half')));
    writeFileSync(join(state(), journalKey('/half'), 'journal.sqlite'), '');
    assert.equal(readdirSync(state()).length, 7);
    assert.deepEqual(
      value(await folders().list()),
      [...places].sort((a, b) => (a.folder < b.folder ? -1 : 1)),
    );
  });

  it('are found for a folder that is gone, as far as the way there still leads', async () => {
    const parent = newFolder('parent');
    symlinkSync(parent, join(scratch(), 'link'));
    assert.equal(await lastRealPath(join(scratch(), 'link/gone/below')), join(parent, 'gone/below'));
    assert.equal(await lastRealPath(join(scratch(), 'link')), parent);
  });
});
