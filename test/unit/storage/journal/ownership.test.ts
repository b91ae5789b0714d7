import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Journal } from '../../../../src/storage/journal/journal.ts';
import { LeaseObserver, thisOwner, type LeaseView } from '../../../../src/storage/journal/ownership.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import {
  attempt,
  itemId,
  openJournal,
  reason,
  result,
  startRun,
  value,
  written,
} from '../../../support/journal/support.ts';

const lifeMs = 15_000;
const lookMs = lifeMs / 10;
const elsewhere: LeaseView = {
  run: 'run',
  fence: 1,
  beat: 0,
  lifeMs,
  owner: { ...thisOwner('editor'), machine: 'another', host: 'another' },
};

describe('lease observer', () => {
  it('declares a lease dead that was seen unchanged for its whole life', () => {
    let now = 0;
    const observer = new LeaseObserver(() => now);
    for (; now < lifeMs; now += lookMs) assert.equal(observer.isDead(elsewhere), false);
    assert.equal(observer.isDead(elsewhere), true);
  });

  it('never declares a lease dead that beats three times in its life', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: lifeMs }), { maxLength: 100 }), (gaps) => {
        let now = 0;
        const observer = new LeaseObserver(() => now);
        for (const gap of gaps) {
          now += gap;
          // Beats are late by half their interval at worst here.
          assert.equal(observer.isDead({ ...elsewhere, beat: Math.floor(now / (lifeMs / 2)) }), false);
        }
      }),
    );
  });

  it('counts only time that it has watched', () => {
    let now = 0;
    const observer = new LeaseObserver(() => now);
    observer.isDead(elsewhere);
    // The machine slept, its owner too.
    now += 100 * lifeMs;
    assert.equal(observer.isDead(elsewhere), false);
  });

  it('begins anew when the run has a new owner', () => {
    let now = 0;
    const observer = new LeaseObserver(() => now);
    for (let look = 0; look < 9; look++, now += lookMs) observer.isDead(elsewhere);
    assert.equal(observer.isDead({ ...elsewhere, fence: 2 }), false);
  });

  it('knows at once that a process of this machine is gone, or is another one with the same pid', () => {
    const owner = thisOwner('terminal');
    const observer = new LeaseObserver(() => 0);
    assert.equal(observer.isDead({ ...elsewhere, owner }), false);
    assert.equal(observer.isDead({ ...elsewhere, owner: { ...owner, pid: 2 ** 22 + 1 } }), true);
    if (owner.processStart !== '') {
      assert.equal(observer.isDead({ ...elsewhere, owner: { ...owner, processStart: '1' } }), true);
    }
    assert.equal(
      observer.isDead({ ...elsewhere, owner: { ...elsewhere.owner, pid: 2 ** 22 + 1 } }),
      false,
      'a pid of another machine',
    );
  });
});

describe('ownership', () => {
  const folder = useScratchFolder();
  let now: number;
  let epoch: number;
  let first: Journal;
  let second: Journal;

  beforeEach(() => {
    now = 0;
    epoch = 1_700_000_000_000;
    const clock = { monotonic: () => now, epoch: () => epoch };
    first = openJournal(folder(), { kind: 'editor' }, clock);
    second = openJournal(folder(), { kind: 'terminal' }, clock);
  });
  afterEach(() => {
    first.close();
    second.close();
  });

  /** Looks as often as somebody who waits does. @returns when the lease was had, ms */
  function waitForLease(journal: Journal, live: Journal | undefined): number | undefined {
    for (const end = now + 3 * lifeMs; now < end; now += lookMs) {
      if (live && now % (lifeMs / 3) < lookMs) live.beat();
      if (journal.write('acquire', 'run').ok) return now;
    }
    return undefined;
  }

  it('is with whoever started the run, and with nobody after it was given back', () => {
    const lease = startRun(first, folder(), 1);
    const refused = second.write('acquire', 'run');
    assert.equal(reason(refused), 'owned');
    if (refused.ok) assert.fail();
    assert.match(refused.failure.message, /an editor window/);
    assert.equal(refused.failure.owner?.kind, 'editor');
    assert.equal(value(second.read('run', 'run')).owner?.mine, false);
    assert.equal(value(first.read('run', 'run')).owner?.mine, true);
    assert.deepEqual(value(first.write('acquire', 'run')), lease, 'asking again changes nothing');
    value(first.write('release', lease));
    assert.equal(value(second.read('run', 'run')).owner, undefined);
    assert.equal(value(second.write('acquire', 'run')).fence, 2);
  });

  it('stays with an owner that beats, whatever happens to the system clock', () => {
    startRun(first, folder(), 1);
    for (const jump of [-3_600_000_000, 3_600_000_000, 0]) {
      epoch += jump;
      assert.equal(waitForLease(second, first), undefined);
    }
  });

  it('can be taken from an owner that is silent, and not for hours later when the clock was set back', () => {
    startRun(first, folder(), 1);
    epoch -= 3_600_000_000;
    const had = waitForLease(second, undefined);
    assert.ok(had !== undefined && had >= lifeMs && had <= lifeMs + 2 * lookMs, `after ${had} ms`);
  });

  it('refuses every write of an owner that was taken over from', () => {
    const lease = startRun(first, folder(), 2);
    waitForLease(second, undefined);
    const refused = [
      first.write('confirm', lease),
      first.write('recordAttempt', lease, attempt(0)),
      first.write('recordResult', lease, result(0)),
      first.write('markWritten', lease, written(folder(), 0)),
      first.write('markEnded', lease, { item: itemId(0), state: 'failed' }),
      first.write('requeue', lease, { fresh: true }),
      first.write('release', lease),
      first.write('discardRun', lease),
      first.write('finishRun', lease, { summary: null, metrics: [] }),
    ];
    assert.deepEqual(
      refused.map(reason),
      refused.map(() => 'lost'),
    );
    assert.deepEqual(first.takeLost(), ['run'], 'it is told once');
    const [overview] = value(second.read('itemOverviews', 'run')).rows;
    assert.deepEqual([overview?.state, overview?.attempts], ['queued', 0]);
    assert.equal(value(second.read('run', 'run')).unwritten, 0);
    assert.equal(value(second.read('lastWritten', written(folder(), 0).path)), undefined);
  });

  it('tells an owner that beats on that it was taken over from', () => {
    startRun(first, folder(), 1);
    waitForLease(second, undefined);
    for (const journal of [first, second]) journal.beat();
    assert.deepEqual(first.takeLost(), ['run']);
    assert.deepEqual(first.takeLost(), []);
    assert.deepEqual(second.takeLost(), []);
  });

  it('ends with the journal of its owner', () => {
    startRun(first, folder(), 1);
    first.close();
    assert.equal(value(second.write('acquire', 'run')).fence, 2);
  });

  it('is not taken for dead by whoever lists runs, however often, while its owner beats', () => {
    startRun(first, folder(), 1);
    const isDead = () => value(second.read('listRuns')).rows[0]?.owner?.dead;
    for (let look = 0; look < 200; look++, now += look % 7 === 0 ? lifeMs / 4 : lookMs / 5) {
      if (look % 3 === 0) first.beat();
      assert.equal(isDead(), false, `look ${look}`);
    }
    const silentSince = now;
    while (isDead() === false) now += lookMs;
    assert.ok(now - silentSince >= lifeMs - lookMs, 'only a whole life of silence says so');
    first.beat();
    assert.equal(isDead(), false, 'it was only slow');
  });

  it('is refused with a fencing number of the past, by the same owner too', () => {
    const lease = startRun(first, folder(), 1);
    value(first.write('release', lease));
    assert.equal(reason(first.write('recordResult', lease, result(0))), 'lost');
    const again = value(first.write('acquire', 'run'));
    assert.equal(reason(first.write('recordResult', lease, result(0))), 'lost');
    value(first.write('recordResult', again, result(0)));
  });
});
