import assert from 'node:assert/strict';
import FakeTimers from '@sinonjs/fake-timers';
import type { Outcome } from '../../../../src/base/outcome.ts';
import type { PromptListing } from '../../../../src/editor/candidateShelves.ts';
import { CandidateListings } from '../../../../src/editor/views/candidateListings.ts';

describe('what a view knows of candidates', () => {
  let clock: FakeTimers.Clock;
  let reads: number;
  let due: number;
  let tookMs: number;
  let listings: CandidateListings;
  const prompt = { toString: () => 'file:///a.prompt.md' } as PromptListing['prompt'];

  beforeEach(() => {
    clock = FakeTimers.install();
    [reads, due, tookMs] = [0, 0, 100];
    const list = async (): Promise<Outcome<PromptListing, string>> => {
      reads++;
      await clock.tickAsync(tookMs);
      return { ok: true, value: { candidates: [], prompt, promptName: `read ${reads}` } };
    };
    listings = new CandidateListings({ list }, () => due++);
  });

  afterEach(() => {
    listings.dispose();
    clock.uninstall();
  });

  const name = async (): Promise<string> => {
    const listing = await listings.of(prompt);
    return listing.ok ? listing.value.promptName : listing.failure;
  };

  it('is read once, however many ask, and again after it has changed', async () => {
    assert.deepEqual(await Promise.all([name(), name()]), ['read 1', 'read 1']);
    assert.equal(await name(), 'read 1');
    await clock.tickAsync(10_000);
    assert.equal(await name(), 'read 1');
    listings.forget(prompt);
    assert.equal(await name(), 'read 2');
  });

  it('is read for a small share of the time only, and then says that it can be read', async () => {
    await name();
    listings.forget(prompt);
    assert.equal(await name(), 'read 1');
    await clock.tickAsync(999);
    assert.deepEqual([await name(), due], ['read 1', 0]);
    await clock.tickAsync(1);
    assert.deepEqual([await name(), due], ['read 2', 1]);
  });

  it('is read at once after the person has changed something', async () => {
    await name();
    listings.forget(prompt, 'urgently');
    assert.equal(await name(), 'read 2');
    listings.forget(prompt);
    assert.equal(await name(), 'read 2');
  });

  it('reads what has changed while it was read once more', async () => {
    tookMs = 0;
    await name();
    const reading = name();
    listings.forget(prompt);
    await reading;
    assert.equal(await name(), 'read 2');
  });

  it('tells no old listing once it cannot be read any more', async () => {
    await name();
    const failing = new CandidateListings(
      { list: () => Promise.resolve({ ok: false, failure: 'Gone.' }) },
      () => due++,
    );
    assert.deepEqual(await failing.of(prompt), { ok: false, failure: 'Gone.' });
    assert.equal(failing.known(prompt), undefined);
  });
});
