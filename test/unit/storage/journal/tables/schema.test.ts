import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Journal } from '../../../../../src/storage/journal/journal.ts';
import {
  currentVersion,
  definitions,
  migrate,
  migrations,
  versionOf,
  type Migration,
} from '../../../../../src/storage/journal/tables/schema.ts';
import { folderFile, journalPath } from '../../../../../src/storage/journal/settings.ts';
import { useScratchFolder } from '../../../../support/scratch.ts';
import { openJournal, reason, result, settingsFor, startRun, value } from '../../../../support/journal/support.ts';

const addColumn: Migration = (database) =>
  database.exec(`ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT 'none'`);
const fail: Migration = (database) => {
  database.exec('DROP TABLE items');
  throw new Error('This step fails.');
};

describe('schema', () => {
  const folder = useScratchFolder();

  /** A journal of this version, with a run. */
  function current(): DatabaseSync {
    const journal = openJournal(folder());
    value(journal.write('recordResult', startRun(journal, folder(), 3), result(1)));
    journal.close();
    return new DatabaseSync(journalPath(settingsFor(folder()).directory));
  }

  it('goes from this version to a later one and keeps everything', () => {
    const database = current();
    assert.equal(versionOf(database), currentVersion);
    migrate(database, [...migrations, addColumn]);
    assert.equal(versionOf(database), currentVersion + 1);
    assert.deepEqual({ ...database.prepare('SELECT id, note FROM runs').get() }, { id: 'run', note: 'none' });
    assert.equal(database.prepare('SELECT * FROM items').all().length, 3);
    assert.equal(database.prepare('SELECT * FROM results').all().length, 1);
    database.close();
  });

  it('takes a step whole or not at all', () => {
    const database = current();
    const before = definitions(database);
    assert.throws(() => migrate(database, [...migrations, addColumn, fail]), /This step fails/);
    assert.equal(versionOf(database), currentVersion + 1);
    assert.equal(database.prepare('SELECT * FROM items').all().length, 3);
    database.exec('ALTER TABLE runs DROP COLUMN note');
    assert.deepEqual(definitions(database), before);
    database.close();
  });

  it('takes each step once when two processes open an old journal', () => {
    const database = current();
    const other = new DatabaseSync(journalPath(settingsFor(folder()).directory));
    const steps = [...migrations, addColumn];
    migrate(database, steps);
    migrate(other, steps);
    assert.equal(versionOf(other), currentVersion + 1);
    database.close();
    other.close();
  });

  it('refuses a journal of a newer version and leaves it alone', () => {
    const database = current();
    migrate(database, [...migrations, addColumn]);
    database.close();
    const { directory } = settingsFor(folder());
    const before = readFileSync(journalPath(directory));
    const refused = Journal.open(settingsFor(folder()), () => assert.fail('It was mended.'));
    assert.equal(reason(refused), 'newer-version');
    assert.ok(!refused.ok && refused.failure.message.includes('newer version of Parallel Candidates'));
    assert.deepEqual(readFileSync(journalPath(directory)), before);
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.includes('damaged')),
      [],
    );
  });

  it('does not take a flipped bit of the version for a newer program', () => {
    const database = current();
    database.exec(`PRAGMA user_version = ${currentVersion + 64}`);
    assert.equal(versionOf(database), undefined);
    database.close();
  });

  it('leaves no draft behind when it creates a journal', () => {
    openJournal(folder()).close();
    const { directory } = settingsFor(folder());
    assert.deepEqual(readdirSync(directory).sort(), [folderFile, 'journal.lock', 'journal.sqlite']);
    assert.ok(!existsSync(join(directory, 'journal.sqlite-wal')));
  });
});
