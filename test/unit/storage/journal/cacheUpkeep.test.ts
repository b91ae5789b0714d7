import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import type { Journal } from '../../../../src/storage/journal/journal.ts';
import type { CacheLimits, RunLease, NewResult } from '../../../../src/storage/journal/records.ts';
import { journalPath } from '../../../../src/storage/journal/settings.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { openJournal, result, settingsFor, startRun, value } from '../../../support/journal/support.ts';

describe('cache', () => {
  const folder = useScratchFolder();
  const usage = { input: 1, output: 2 };
  let now: number;
  let journal: Journal;
  let lease: RunLease;

  function open(cacheLimits: CacheLimits): void {
    now = 1_000_000;
    journal = openJournal(folder(), { cacheLimits }, { epoch: () => now, monotonic: () => now });
    lease = startRun(journal, folder(), 1);
  }
  afterEach(() => journal.close());

  const entry = (key: string, text: string): NewResult => ({
    ...result(0, text),
    model: 'small',
    usage,
    cacheKey: key,
  });
  const put = (key: string, text: string) => value(journal.write('recordResult', lease, entry(key, text)));
  const has = (...keys: readonly string[]) => value(journal.read('cached', keys)).map((cached) => cached !== undefined);

  /** What is in the tables. */
  function statistics() {
    const raw = new DatabaseSync(journalPath(settingsFor(folder()).directory), { readOnly: true });
    const sql = 'SELECT count(*) AS entries, total(characters) AS characters, total(hits) AS hits FROM cache';
    const row = raw.prepare(sql).get();
    raw.close();
    return { ...row } as { readonly entries: number; readonly characters: number; readonly hits: number };
  }

  it('gives back what was put in, and counts hits', () => {
    open({ mostCharacters: 1000, maxAgeMs: 1000 });
    put('a', 'first');
    put('a', 'second');
    assert.deepEqual(value(journal.read('cached', ['a', 'b', 'a'])), [
      { text: 'second', format: 'text', model: 'small', usage },
      undefined,
      { text: 'second', format: 'text', model: 'small', usage },
    ]);
    assert.ok(journal.beat(), 'hits are counted with the next write');
    assert.deepEqual(statistics(), { entries: 1, characters: 6, hits: 2 });
    assert.equal(value(journal.write('cacheClear')), 1);
    assert.deepEqual(has('a'), [false]);
  });

  it('fills up from results', () => {
    open({ mostCharacters: 1000, maxAgeMs: 1000 });
    value(journal.write('recordResult', lease, { ...result(0), cacheKey: 'a' }));
    assert.equal(value(journal.read('cached', ['a']))[0]?.text, 'text 0');
  });

  it('lets go of the least recently used, some at a time', () => {
    open({ mostCharacters: 1000, maxAgeMs: 1_000_000 });
    for (let place = 0; place < 10; place++) {
      now++;
      put(`${place}`, 'x'.repeat(100));
    }
    now++;
    has('0');
    put('10', 'x'.repeat(100));
    assert.deepEqual(has('0', '1', '2', '3', '10'), [true, false, false, true, true]);
    assert.equal(statistics().characters, 900);
  });

  it('lets go of what is too old', () => {
    open({ mostCharacters: 1000, maxAgeMs: 1000 });
    put('old', 'x');
    now += 1001;
    put('young', 'x'.repeat(100));
    assert.deepEqual(has('old', 'young'), [false, true]);
  });

  it('stays within its limits whatever comes in', () => {
    open({ mostCharacters: 10_000, maxAgeMs: 1_000_000 });
    for (let first = 0; first < 3000; first += 5) {
      const places = Array.from({ length: 5 }, (_, place) => first + place);
      journal.writeAll(
        places.map((place) => ({ name: 'recordResult', args: [lease, entry(`${place}`, 'x'.repeat(100))] })),
      );
    }
    // What has come in since the last look may be a twentieth.
    assert.ok(statistics().characters <= 10_500);
    assert.deepEqual(has('2999'), [true]);
  });
});
