import assert from 'node:assert/strict';
import type { Failure } from '../../../../src/model/attempt.ts';
import { HostHealth } from '../../../../src/runs/pipeline/hostHealth.ts';

const refused: Failure = { reason: 'connection', message: 'It cannot be reached.' };

describe('hosts that the data names', () => {
  let now = 0;
  let health: HostHealth;
  beforeEach(() => {
    now = 0;
    health = new HostHealth(() => now);
  });

  /** How many of so many records ask. */
  function asking(host: string, records: number, answer: Failure | undefined): number {
    let asked = 0;
    for (let record = 0; record < records; record++) {
      if (health.begin(host, `${record}`, 500)) continue;
      asked++;
      health.ended(host, answer);
    }
    return asked;
  }

  it('are found to be down by a few requests, and then probed by one at a time', () => {
    assert.equal(asking('dead.example', 1000, refused), 5);
    const failure = health.begin('dead.example', 'x', 500);
    assert.deepEqual(failure, { ...refused, retryAfterMs: 1000 }, 'whoever does not ask fails as those that did');
    now = 1001;
    assert.equal(health.begin('dead.example', 'probe', 500), undefined);
    assert.equal(health.begin('dead.example', 'other', 500)?.reason, 'connection', 'one probe is enough');
    health.ended('dead.example', refused);
    assert.equal(health.begin('dead.example', 'other', 500)?.retryAfterMs, 2000);
    now += 2001;
    assert.equal(asking('dead.example', 1000, undefined), 1000, 'it is back');
  });

  it('are left alone no longer for many requests that fail at once', () => {
    const name = '127.0.0.1:80';
    for (let record = 0; record < 16; record++) assert.equal(health.begin(name, `${record}`, 0), undefined);
    for (let record = 0; record < 16; record++) health.ended(name, refused);
    assert.equal(health.begin(name, 'x', 0)?.retryAfterMs, 1000);
  });

  it('say nothing about each other', () => {
    asking('dead.example', 1000, refused);
    assert.equal(asking('alive.example', 1000, undefined), 1000);
  });

  it('have one request until they have answered, and a few from then on', () => {
    const begun = (count: number): number =>
      Array.from({ length: count }, (_, record) => health.begin('slow.example', `${record}`, 500)).filter(
        (each) => !each,
      ).length;
    assert.equal(begun(20), 1);
    const failure = health.begin('slow.example', '20', 500);
    assert.deepEqual([failure?.isPutOff, failure?.retryAfterMs], [true, 20 * 500], 'by its place in the line');
    health.ended('slow.example', undefined);
    assert.equal(begun(20), 4);
  });

  it('that are near are asked by everybody at once', () => {
    for (let record = 0; record < 100; record++) assert.equal(health.begin('127.0.0.1:80', `${record}`, 0), undefined);
  });

  it('are left alone for as long as they ask for', () => {
    health.begin('busy.example', 'a', 500);
    health.ended('busy.example', { reason: 'rate-limited', message: 'Too many.', retryAfterMs: 60_000 });
    now = 10_000;
    const failure = health.begin('busy.example', 'b', 500);
    assert.deepEqual([failure?.isPutOff, failure?.retryAfterMs], [true, 50_000]);
    assert.match(failure?.message ?? '', /^"busy\.example" asked to wait 60 s\.$/);
    now = 60_001;
    assert.equal(health.begin('busy.example', 'b', 500), undefined);
  });

  it('are not down for what one record asked in vain, nor for what was called off', () => {
    assert.equal(asking('alive.example', 100, { reason: 'not-found', message: 'Nothing.' }), 100);
    assert.equal(asking('alive.example', 100, { reason: 'cancelled', message: 'Cancelled.' }), 100);
  });
});
