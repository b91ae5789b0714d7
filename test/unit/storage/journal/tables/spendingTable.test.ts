import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { noSpending, type Spending } from '../../../../../src/model/budget.ts';
import { journalPath } from '../../../../../src/storage/journal/settings.ts';
import type { Journal, JournalClock } from '../../../../../src/storage/journal/journal.ts';
import type { BudgetClaim, BudgetScope, RunLease } from '../../../../../src/storage/journal/records.ts';
import {
  attempt,
  openJournal,
  openMended,
  reason,
  settingsFor,
  startRun,
  value,
} from '../../../../support/journal/support.ts';
import { useScratchFolder } from '../../../../support/scratch.ts';

const run: BudgetScope = { kind: 'run' };
const day: BudgetScope = { kind: 'day' };
const requests = (amount: number): Spending => ({ ...noSpending, requests: amount });
const claimOf = (scope: BudgetScope, limit: number, need: number, spare = 0): BudgetClaim => ({
  scope,
  limit: { requests: limit },
  need: requests(need),
  spare: requests(spare),
});

describe('what is set aside of budgets', () => {
  const folder = useScratchFolder();
  let now = 0;
  const clock: JournalClock = { epoch: () => now, monotonic: () => performance.now() };
  let journal: Journal;
  let lease: RunLease;
  beforeEach(() => {
    now = new Date(2026, 10, 26, 23, 0).getTime();
    journal = openJournal(folder(), {}, clock);
    lease = startRun(journal, folder(), 3);
  });
  afterEach(() => journal.close());

  const claim = (...claims: readonly BudgetClaim[]) => value(journal.write('claimBudgets', lease, claims));
  const granted = (...amounts: readonly number[]) => ({ kind: 'granted', amounts: amounts.map(requests) });

  it('never exceeds one of them: all claims are granted, or none', () => {
    assert.deepEqual(claim(claimOf(run, 10, 4), claimOf(day, 5, 4)), granted(4, 4));
    assert.deepEqual(claim(claimOf(run, 10, 2), claimOf(day, 5, 2)), { kind: 'refused', claim: 1, unit: 'requests' });
    assert.deepEqual(claim(claimOf(run, 10, 6)), granted(6));
    assert.deepEqual(claim(claimOf(run, 10, 1)), { kind: 'refused', claim: 0, unit: 'requests' });
    assert.deepEqual(claim(claimOf(day, 5, 1)), granted(1));
  });

  it('takes more along only as far as there is plenty', () => {
    assert.deepEqual(claim(claimOf(run, 1000, 1, 64)), granted(65));
    assert.deepEqual(claim(claimOf(run, 106, 1, 64)), granted(1 + 5));
    assert.deepEqual(claim(claimOf(run, 75, 1, 64)), granted(1));
  });

  it('comes back where it was not spent, and begins anew with the day', () => {
    claim(claimOf(day, 5, 5));
    value(journal.write('changeSpending', lease, [{ scope: day, change: requests(-2) }]));
    assert.deepEqual(claim(claimOf(day, 5, 2)), granted(2));
    now += 2 * 60 * 60 * 1000;
    assert.deepEqual(claim(claimOf(day, 5, 5)), granted(5));
    value(journal.write('changeSpending', lease, [{ scope: day, change: requests(-100) }]));
    assert.deepEqual(claim(claimOf(day, 5, 6)), { kind: 'refused', claim: 0, unit: 'requests' });
  });

  it('of a day begins with what was called on it', () => {
    const called = { ...attempt(0), startedAt: now - 1000, usage: { input: 30, output: 12 } };
    value(journal.write('recordAttempt', lease, called));
    value(journal.write('recordAttempt', lease, { ...called, startedAt: now - 24 * 60 * 60 * 1000 }));
    assert.deepEqual(claim(claimOf(day, 2, 2)).kind, 'refused');
    const tokens = { scope: day, limit: { tokens: 50 }, need: { ...noSpending, tokens: 8 }, spare: noSpending };
    assert.equal(claim(tokens).kind, 'granted');
    assert.equal(claim({ ...tokens, need: { ...noSpending, tokens: 1 } }).kind, 'refused');
  });

  it('is of each prompt file by itself, and what was recorded of the calls says by whom', () => {
    const prompts = ['a.prompt.md', 'b.prompt.md'].map((path): BudgetScope => ({ kind: 'prompt', path }));
    for (const scope of prompts) assert.deepEqual(claim(claimOf(scope, 2, 2)), granted(2));
    for (const scope of prompts) assert.equal(claim(claimOf(scope, 2, 1)).kind, 'refused');
    for (const place of [0, 1, 1]) value(journal.write('recordAttempt', lease, attempt(place)));
    const { service, model, usage = { input: 0, output: 0 } } = attempt(0);
    const recorded = value(journal.read('recordedSpending', 'run'));
    const sum = { input: 3 * usage.input, output: 3 * usage.output };
    assert.deepEqual(
      recorded.map(({ prompt: _prompt, ...each }) => each),
      [{ service, model, requests: 3, usage: sum }],
    );
  });

  it('is raised to what is known, never lowered', () => {
    const open = (amount: number): unknown =>
      value(journal.write('openSpending', lease, [{ scope: run, change: requests(amount) }]));
    assert.deepEqual([open(3), open(1), open(5)], [[requests(3)], [requests(3)], [requests(5)]]);
  });

  it('is refused to whoever does not hold the run', () => {
    value(journal.write('release', lease));
    assert.equal(reason(journal.write('claimBudgets', lease, [claimOf(run, 9, 1)])), 'lost');
    assert.equal(reason(journal.write('changeSpending', lease, [])), 'lost');
  });

  it('goes along when runs are adopted and journals mended, and with its run when that is discarded', () => {
    claim(claimOf(run, 10, 7), claimOf(day, 10, 7));
    value(journal.write('release', lease));
    journal.close();
    const path = journalPath(settingsFor(folder()).directory);
    const into = openJournal(folder(), { directory: join(folder(), 'other') }, clock);
    assert.equal(value(into.adopt(path)), 1);
    const taken = value(into.write('acquire', 'run'));
    const refused = value(into.write('claimBudgets', taken, [claimOf(run, 10, 4)]));
    assert.equal(refused.kind, 'refused');
    assert.equal(value(into.write('claimBudgets', taken, [claimOf(day, 10, 4)])).kind, 'refused');
    value(into.write('discardRun', taken));
    into.close();
    const other = new DatabaseSync(journalPath(join(folder(), 'other')));
    assert.equal(other.prepare('SELECT count(*) AS rows FROM run_spending').get()?.rows, 0);
    assert.equal(other.prepare('SELECT count(*) AS rows FROM daily_spending').get()?.rows, 1);
    other.close();
    journal = openMended(folder()).journal;
  });

  it('counts what is damaged as absent', () => {
    claim(claimOf(run, 10, 7), claimOf(day, 10, 7));
    journal.close();
    const database = new DatabaseSync(journalPath(settingsFor(folder()).directory));
    database.exec('UPDATE run_spending SET requests = 2; UPDATE daily_spending SET requests = 2');
    database.close();
    journal = openJournal(folder(), {}, clock);
    const again = value(journal.write('acquire', 'run'));
    assert.deepEqual(value(journal.write('openSpending', again, [{ scope: run, change: requests(4) }])), [requests(4)]);
    assert.equal(value(journal.write('claimBudgets', again, [claimOf(day, 10, 10)])).kind, 'granted');
  });
});
