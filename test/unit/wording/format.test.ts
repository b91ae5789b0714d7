import assert from 'node:assert/strict';
import { emptyCounts } from '../../../src/model/item.ts';
import {
  formatCounts,
  formatDuration,
  formatEta,
  formatItemLabel,
  formatItemTime,
  formatRate,
  formatRunEnd,
  formatRunMeta,
  formatRunResumed,
} from '../../../src/wording/format.ts';
import { strings } from '../../../src/wording/strings.ts';
import { run } from '../media/samples.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe('panel texts', () => {
  it('formats durations with at most two units', () => {
    assert.equal(formatDuration(0), '0 s');
    assert.equal(formatDuration(-5), '0 s');
    assert.equal(formatDuration(12_900), '12 s');
    assert.equal(formatDuration(65 * second), '1 min 05 s');
    assert.equal(formatDuration(2 * hour + 3 * minute), '2 h 03 min');
  });

  it('gives tenths of short measured times only', () => {
    assert.equal(formatDuration(3240, 'measured'), '3.2 s');
    assert.equal(formatDuration(9960, 'measured'), '10 s');
    assert.equal(formatDuration(59_700, 'measured'), '1 min 00 s');
  });

  it('gives one number when the estimate is narrow', () => {
    assert.equal(formatEta({ low: 17 * second, high: 19 * second }), 'about 18 s left');
    assert.equal(formatEta({ low: 0, high: 0 }), 'about 1 s left');
    assert.equal(formatEta({ low: 4 * minute, high: 5 * minute }), 'about 5 min left');
    assert.equal(formatEta({ low: 2 * hour, high: 2.2 * hour }), 'about 2 h left');
  });

  it('gives a range when the estimate is wide', () => {
    assert.equal(formatEta({ low: 18 * second, high: 40 * second }), '18 to 40 s left');
    assert.equal(formatEta({ low: 50 * second, high: 3 * minute }), '1 to 3 min left');
    assert.equal(formatEta({ low: second, high: 5 * minute }), 'up to 5 min left');
    assert.equal(formatEta({ low: 1.5 * hour, high: 3 * hour }), '1.5 to 3 h left');
  });

  it('survives an estimate that is upside down', () => {
    assert.equal(formatEta({ low: 40 * second, high: 18 * second }), 'about 18 s left');
  });

  it('formats rates and leaves out a rate of nothing', () => {
    assert.equal(formatRate(0), '');
    assert.equal(formatRate(0.42), '0.4/min');
    assert.equal(formatRate(41.8), '42/min');
    assert.equal(formatRate(1234), '1,234/min');
  });

  it('omits zero counts', () => {
    const counts = { ...emptyCounts(), written: 12, running: 5, retrying: 2, failed: 1, queued: 20 };
    assert.equal(formatCounts(counts).join(' · '), '12 written · 5 running · 2 retrying · 1 failed · 20 queued');
    assert.deepEqual(formatCounts(emptyCounts()), []);
  });

  it('labels an item with its prompt, row and index', () => {
    assert.equal(formatItemLabel({ promptName: 'page', row: 'sku-1', index: 3 }), 'page · sku-1 · 03');
    assert.equal(formatItemLabel({ promptName: 'page', row: '', index: 12 }), 'page · 12');
  });

  it('says how long an item takes, took, or waits', () => {
    const now = 100_000;
    assert.equal(formatItemTime({ state: 'queued' }, now), '');
    assert.equal(formatItemTime({ state: 'running', startedAt: now - 4900 }, now), '4 s');
    assert.equal(formatItemTime({ state: 'written', startedAt: now - 4900, finishedAt: now }, now), '4.9 s');
    assert.equal(formatItemTime({ state: 'retrying', startedAt: now - 9000, dueAt: now + 3100 }, now), 'retry in 4 s');
    assert.equal(formatItemTime({ state: 'retrying', startedAt: now - 9000, dueAt: now }, now), 'retry due');
    assert.equal(formatItemTime({ state: 'cancelled' }, now), '');
  });

  it('says how a run proceeds', () => {
    const going = run('r', { perMinute: 42, eta: { low: 17 * second, high: 19 * second } });
    assert.equal(formatRunMeta(going, 0), '42/min · about 18 s left');
    assert.equal(formatRunMeta({ ...going, state: 'paused' }, 0), 'Paused · 42/min');
    assert.equal(formatRunMeta({ ...going, state: 'stopping' }, 0), 'Stopping');
    const ended = formatRunMeta({ ...going, state: 'finished', startedAt: 0, finishedAt: 72 * second }, hour);
    assert.match(ended, /^took 1 min 12 s · /);
  });

  it('says what is left of a run that was interrupted, and that another one goes on elsewhere', () => {
    const counts = { ...emptyCounts(), written: 12, queued: 5 };
    const left = run('r', { state: 'unfinished', counts, perMinute: 42, finishedAt: minute });
    assert.match(formatRunMeta(left, hour), /^Unfinished · 5 left · started \S/);
    assert.equal(formatRunMeta({ ...left, state: 'elsewhere' }, hour), 'Running elsewhere');
  });

  it('tells apart a run that is over, one that was left before its end, and one that goes on', () => {
    const counts = { ...emptyCounts(), written: 12, failed: 1, queued: 4, running: 1 };
    assert.equal(
      formatRunEnd(run('r', { state: 'finished', counts: { ...emptyCounts(), written: 12, failed: 1 } })),
      'Finished: page. 12 written, 1 failed.',
    );
    assert.equal(
      formatRunEnd(run('r', { state: 'unfinished', counts })),
      'Stopped: page. 12 written, 1 failed, 5 left.',
    );
    assert.equal(formatRunResumed(run('r', { counts })), 'Resumed: page. 12 written, 1 failed, 5 left.');
  });

  it('offers to retry one failed candidate or many', () => {
    assert.equal(strings.retryFailed(1), 'Retry 1 Failed Candidate');
    assert.equal(strings.retryFailed(3), 'Retry 3 Failed Candidates');
  });
});
