import assert from 'node:assert/strict';
import { formatItemLabel } from '../../../src/wording/format.ts';
import { describeStart } from '../../../src/wording/log.ts';
import { queueTexts } from '../../../src/wording/queueTexts.ts';
import { strings } from '../../../src/wording/strings.ts';

const stage = { name: 'text', waiting: 3, running: 0, done: 8, failed: 3, reasons: [] };

describe('the words of the queue', () => {
  it('name a record by its key and stage', () => {
    const record = { promptName: 'cards', row: 'espresso', index: 1, stage: 'title' };
    assert.equal(formatItemLabel({ ...record, record: 'espresso' }), 'espresso · title');
    assert.equal(formatItemLabel({ ...record, record: '' }), 'cards · title');
  });

  it('count records where a pipeline runs, and candidates where none does', () => {
    const run = { label: 'cards', id: 'r1', total: 12 };
    assert.equal(describeStart(run), 'cards: run r1 of 12 candidates started');
    assert.equal(describeStart({ ...run, records: 1 }), 'cards: run r1 of 1 record started');
    assert.equal(strings.retryFailed(2, true), 'Retry 2 Failed Records');
  });

  it('tell of a stage what there is of it, with the reasons of its failures', () => {
    const reasons = [
      ['timeout', 2],
      ['not-found', 1],
    ] as const;
    assert.equal(queueTexts.stageNote({ ...stage, reasons }), '3 waiting · 8 done · 3 failed (2 timeout, 1 not-found)');
    const load = { held: 8, beyond: 4, queue: 10 };
    assert.equal(
      queueTexts.stage({ ...stage, load }),
      'text: 3 waiting, 0 running, 8 done, 3 failed, queue 8 of 10, 4 more behind it',
    );
  });

  it('tell how many attempts a service takes at once, and whether that adapts', () => {
    assert.equal(queueTexts.atOnceOf(3, 5, 'auto'), '3 of 5, adapting');
    assert.equal(queueTexts.atOnceOf(3, 8, 8), '3 of 8');
    assert.equal(queueTexts.atOnceOf(3, 5, 8), '3 of 5 now, 8 at most');
    assert.equal(queueTexts.usedOf(96, 120.7), '96 of 120');
    assert.equal(queueTexts.usedOf(96, undefined), '96, no limit known');
  });
});
