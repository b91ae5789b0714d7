import assert from 'node:assert/strict';
import { cacheKey, serviceIdentity, type CacheSubject } from '../../../../src/storage/journal/cacheKey.ts';
import type { Journal } from '../../../../src/storage/journal/journal.ts';
import type { CacheLimits } from '../../../../src/storage/journal/records.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { openJournal, result, startRun, value } from '../../../support/journal/support.ts';

const subject: CacheSubject = {
  service: 'openai https://api.example.com/v1',
  model: 'small',
  messages: [{ role: 'user', content: 'Hello' }],
  parameters: { temperature: 0.5, seed: 1 },
  index: 1,
};

describe('cache key', () => {
  it('is the same for the same subject, whatever order its parameters are in', () => {
    assert.match(cacheKey(subject), /^[0-9a-f]{64}$/);
    assert.equal(cacheKey({ ...subject, parameters: { seed: 1, temperature: 0.5 } }), cacheKey(subject));
  });

  it('differs with anything that decides about the text', () => {
    const others: readonly CacheSubject[] = [
      { ...subject, service: 'demo' },
      { ...subject, model: 'large' },
      { ...subject, messages: [{ role: 'system', content: 'Hello' }] },
      { ...subject, messages: [...subject.messages, { role: 'user', content: '' }] },
      { ...subject, parameters: { temperature: 0.5 } },
      { ...subject, parameters: { temperature: 0.5, seed: 2 } },
      { ...subject, index: 2 },
    ];
    assert.equal(new Set([subject, ...others].map(cacheKey)).size, others.length + 1);
  });

  it('knows a service by its address, without what may be secret in it', () => {
    assert.equal(
      serviceIdentity('openai', 'https://user:secret@api.example.com/v1/?key=secret#secret'),
      'openai https://api.example.com/v1',
    );
    assert.equal(serviceIdentity('openai', 'https://api.example.com/v1'), 'openai https://api.example.com/v1');
    assert.equal(serviceIdentity('demo'), 'demo');
  });
});

describe('cache', () => {
  const folder = useScratchFolder();
  const usage = { input: 1, output: 2 };
  let now: number;
  let journal: Journal;

  function open(cacheLimits: CacheLimits): void {
    now = 1_000_000;
    journal = openJournal(folder(), { cacheLimits }, { epoch: () => now, monotonic: () => now });
  }
  afterEach(() => journal.close());

  const put = (key: string, text: string) => value(journal.write('cachePut', { key, text, model: 'small', usage }));
  const has = (...keys: readonly string[]) => value(journal.read('cached', keys)).map((cached) => cached !== undefined);

  it('gives back what was put in, and counts hits', () => {
    open({ mostCharacters: 1000, maxAgeMs: 1000 });
    put('a', 'first');
    put('a', 'second');
    assert.deepEqual(value(journal.read('cached', ['a', 'b', 'a'])), [
      { text: 'second', model: 'small', usage },
      undefined,
      { text: 'second', model: 'small', usage },
    ]);
    assert.deepEqual(value(journal.read('cacheStatistics')), { entries: 1, characters: 6, hits: 2 });
    assert.equal(value(journal.write('cacheClear')), 1);
    assert.deepEqual(has('a'), [false]);
  });

  it('fills up from results', () => {
    open({ mostCharacters: 1000, maxAgeMs: 1000 });
    const lease = startRun(journal, folder(), 1);
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
    assert.equal(value(journal.read('cacheStatistics')).characters, 900);
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
        places.map((place) => ({
          name: 'cachePut',
          args: [{ key: `${place}`, text: 'x'.repeat(100), model: 'small', usage }],
        })),
      );
    }
    // What has come in since the last look may be a twentieth.
    assert.ok(value(journal.read('cacheStatistics')).characters <= 10_500);
    assert.deepEqual(has('2999'), [true]);
  });
});
