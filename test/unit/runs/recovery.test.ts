import assert from 'node:assert/strict';
import { plannedCandidates } from '../../../src/runs/resume/recovery.ts';
import type { JournalItem } from '../../../src/storage/journal/records.ts';
import { newItems } from '../../support/journal/support.ts';

describe('candidates of a run that goes on', () => {
  // Each page that comes from the journal's thread has objects of its own.
  const items = newItems('/base', 9).map((item): JournalItem =>
    structuredClone({ ...item, state: 'queued', attempts: 0, usage: { input: 0, output: 0 } }),
  );

  it('share their messages by reference as those of a plan do, so that they can share requests', async () => {
    const candidates = await plannedCandidates(items, new Map([['demo', 'key']]));
    assert.deepEqual(
      candidates.map(({ siblings }) => siblings),
      Array(9).fill(3),
    );
    assert.equal(new Set(candidates.map(({ messages }) => messages)).size, 3);
    assert.deepEqual(
      candidates.map(({ messages }) => messages),
      items.map(({ messages }) => messages),
    );
    assert.ok(candidates.every(({ serviceKey }) => serviceKey === 'key'));
  });

  it('do not share them with those of another model', async () => {
    const mixed = items.map((item, place) => (place === 0 ? { ...item, model: 'large' } : item));
    const candidates = await plannedCandidates(mixed, new Map());
    assert.deepEqual(
      candidates.map(({ siblings }) => siblings),
      [1, 2, 2, 3, 3, 3, 3, 3, 3],
    );
  });
});
