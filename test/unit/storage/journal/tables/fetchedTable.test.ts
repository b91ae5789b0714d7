import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { journalPath } from '../../../../../src/storage/journal/settings.ts';
import { useScratchFolder } from '../../../../support/scratch.ts';
import { openJournal, settingsFor, value } from '../../../../support/journal/support.ts';

const answer = { etag: '"v1"', type: 'application/json', body: '{"a":"é"}' };

describe('what requests were answered with', () => {
  const folder = useScratchFolder();

  const databaseOf = (): DatabaseSync => new DatabaseSync(journalPath(settingsFor(folder()).directory));

  it('is there for the next who opens the journal, the newest answer of each request', () => {
    const journal = openJournal(folder());
    value(journal.write('keepFetched', 'a', { ...answer, etag: '"v0"' }));
    value(journal.write('keepFetched', 'a', answer));
    value(journal.write('keepFetched', 'b', { type: '', body: '', lastModified: 'Mon, 02 Nov 2026 10:00:00 GMT' }));
    journal.close();
    const later = openJournal(folder());
    assert.deepEqual(value(later.read('fetched', 'a')), answer);
    assert.equal(value(later.read('fetched', 'b'))?.lastModified, 'Mon, 02 Nov 2026 10:00:00 GMT');
    assert.equal(value(later.read('fetched', 'c')), undefined);
    value(later.write('cacheClear'));
    assert.equal(value(later.read('fetched', 'a')), undefined);
    later.close();
  });

  it('is bounded by its number: the oldest go', () => {
    const journal = openJournal(folder());
    const keys = Array.from({ length: 5_300 }, (_, place) => `k${place}`);
    for (let at = 0; at < keys.length; at += 100) {
      journal.writeAll(keys.slice(at, at + 100).map((key) => ({ name: 'keepFetched', args: [key, answer] })));
    }
    journal.close();
    const database = databaseOf();
    const rows = Number(database.prepare('SELECT count(*) AS count FROM fetched').get()?.count);
    database.close();
    assert.ok(rows >= 4_400 && rows <= 5_101, String(rows));
    const later = openJournal(folder());
    assert.deepEqual(value(later.read('fetched', 'k5299')), answer);
    assert.equal(value(later.read('fetched', 'k0')), undefined);
    later.close();
  });

  it('is bounded by its size', () => {
    const journal = openJournal(folder());
    const large = { ...answer, body: 'x'.repeat(200_000) };
    for (let place = 0; place < 400; place += 1) value(journal.write('keepFetched', `k${place}`, large));
    journal.close();
    const database = databaseOf();
    const characters = Number(database.prepare('SELECT total(characters) AS sum FROM fetched').get()?.sum);
    database.close();
    assert.ok(characters <= 50_000_000 + 101 * 200_000, String(characters));
  });

  it('counts as absent where it is damaged', () => {
    const journal = openJournal(folder());
    value(journal.write('keepFetched', 'a', answer));
    value(journal.write('keepFetched', 'b', answer));
    journal.close();
    const database = databaseOf();
    database.exec(`UPDATE fetched SET body = '{"a":"other"}' WHERE key = 'a'`);
    database.close();
    const later = openJournal(folder());
    assert.equal(value(later.read('fetched', 'a')), undefined);
    assert.deepEqual(value(later.read('fetched', 'b')), answer);
    later.close();
  });

  it('goes along when runs are adopted', () => {
    const from = openJournal(folder());
    value(from.write('keepFetched', 'a', answer));
    from.close();
    const into = openJournal(folder(), { directory: join(folder(), 'other') });
    assert.equal(value(into.adopt(journalPath(settingsFor(folder()).directory))), 0);
    assert.deepEqual(value(into.read('fetched', 'a')), answer);
    into.close();
  });
});
