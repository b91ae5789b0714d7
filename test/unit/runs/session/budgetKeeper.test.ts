import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { failed, success } from '../../../../src/base/outcome.ts';
import { noSpending, type Budget, type Spending } from '../../../../src/model/budget.ts';
import { BudgetKeeper, type BudgetStore, type OpenBudget } from '../../../../src/runs/session/budgetKeeper.ts';
import { Database } from '../../../../src/storage/journal/tables/database.ts';
import { buildDatabase } from '../../../../src/storage/journal/tables/schema.ts';
import { SpendingTable } from '../../../../src/storage/journal/tables/spendingTable.ts';
import { useScratchFolder } from '../../../support/scratch.ts';

const run = { kind: 'run' } as const;
const day = { kind: 'day' } as const;
const now = Date.UTC(2026, 10, 26, 12);
const signal = new AbortController().signal;

describe('the budget keeper', function () {
  this.timeout(60_000);
  const folder = useScratchFolder();
  let raw: DatabaseSync;
  let table: SpendingTable;
  beforeEach(() => {
    const path = join(folder(), 'journal.sqlite');
    buildDatabase(path);
    raw = new DatabaseSync(path);
    const database = new Database(raw);
    for (const id of ['one', 'two']) {
      raw.exec(`INSERT INTO runs VALUES (NULL, '${id}', '', '', 0, '', '', NULL, 0, 0, NULL, NULL)`);
    }
    table = new SpendingTable(database);
  });
  afterEach(() => raw.close());

  const storeOf = (key: number): BudgetStore => ({
    claim: async (claims) => {
      await Promise.resolve();
      return success(table.claim(key, claims, now));
    },
    change: async (changes) => {
      await Promise.resolve();
      for (const { scope, change } of changes) table.change(key, scope, change, now);
      return success(undefined);
    },
  });

  const opened = (key: number, scope: OpenBudget['scope'], limit: Budget): OpenBudget => ({
    scope,
    limit,
    spent: scope.kind === 'day' ? noSpending : table.atLeast(key, scope, noSpending),
  });

  const keeperOf = (key: number, budgets: Readonly<Record<'run' | 'day', Budget>>): BudgetKeeper =>
    new BudgetKeeper(storeOf(key), [opened(key, run, budgets.run), opened(key, day, budgets.day)]);

  interface Call {
    readonly expected: Pick<Spending, 'tokens' | 'cost'>;
    /** Share of what was expected that it spends. */
    readonly share: number;
    /** Turns that it takes. */
    readonly turns: number;
  }

  /** Calls through so many slots until all are made or one is refused, or the process is killed at a turn. */
  async function callAll(
    keeper: BudgetKeeper,
    calls: Call[],
    slots: number,
    killAfter = Number.POSITIVE_INFINITY,
  ): Promise<{ made: number; spent: { tokens: number; cost: number }; usedUp: boolean }> {
    const result = { made: 0, spent: { tokens: 0, cost: 0 }, usedUp: false };
    let turns = 0;
    const slot = async (): Promise<void> => {
      while (!result.usedUp) {
        const call = calls.shift();
        if (!call) return;
        const expected = { requests: 1, ...call.expected };
        const admission = await keeper.admit('a.prompt.md', expected, signal);
        if (turns >= killAfter) return;
        if (admission.kind !== 'admitted') {
          calls.unshift(call);
          result.usedUp = true;
          return;
        }
        result.made++;
        const spent = { tokens: expected.tokens * call.share, cost: expected.cost * call.share };
        result.spent.tokens += spent.tokens;
        result.spent.cost += spent.cost;
        for (let turn = 0; turn < call.turns; turn++) {
          turns++;
          await new Promise((resolve) => setImmediate(resolve));
          if (turns >= killAfter) return;
        }
        keeper.settle('a.prompt.md', expected, spent);
      }
    };
    await Promise.all(Array.from({ length: slots }, slot));
    return result;
  }

  const call: fc.Arbitrary<Call> = fc.record({
    expected: fc.record({
      tokens: fc.integer({ min: 1, max: 100 }),
      cost: fc.double({ min: 0.001, max: 1, noNaN: true }),
    }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    turns: fc.nat(3),
  });
  const calls = fc.array(call, { minLength: 1, maxLength: 80 });
  const slots = fc.constantFrom(1, 3, 50);
  const requests = fc.integer({ min: 1, max: 100 });
  const scope = fc.constantFrom('run' as const, 'day' as const);
  const budgetsOf = (which: 'run' | 'day', budget: Budget) => ({ run: {}, day: {}, [which]: budget });
  const forget = (): void => raw.exec('DELETE FROM run_spending; DELETE FROM daily_spending');

  it('makes just as many requests as there are in the budget, however many are under way', async () => {
    await fc.assert(
      fc.asyncProperty(calls, slots, requests, scope, async (todo, atOnce, most, which) => {
        forget();
        const keeper = keeperOf(1, budgetsOf(which, { requests: most }));
        const { made, usedUp } = await callAll(keeper, [...todo], atOnce);
        assert.equal(made, Math.min(todo.length, most));
        assert.equal(usedUp, todo.length > most);
      }),
      { numRuns: 60 },
    );
  });

  it('spends no more tokens and money than there are, and stops only when the next call would', async () => {
    await fc.assert(
      fc.asyncProperty(calls, slots, scope, fc.integer({ min: 50, max: 3000 }), async (todo, atOnce, which, tokens) => {
        forget();
        const budget = { tokens, cost: tokens / 100 };
        const keeper = keeperOf(1, budgetsOf(which, budget));
        const left = [...todo];
        const { spent, usedUp } = await callAll(keeper, left, atOnce);
        assert.ok(spent.tokens <= budget.tokens + 1e-6 && spent.cost <= budget.cost + 1e-6, JSON.stringify(spent));
        if (!usedUp) assert.equal(left.length, 0);
        else {
          const most = Math.max(...left.map(({ expected }) => expected.tokens / budget.tokens), 0);
          const dearest = Math.max(...left.map(({ expected }) => expected.cost / budget.cost), 0);
          const isFull =
            spent.tokens / budget.tokens + most > 1 - 1e-6 || spent.cost / budget.cost + dearest > 1 - 1e-6;
          assert.ok(isFull, `stopped at ${JSON.stringify(spent)} of ${JSON.stringify(budget)}`);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('never makes more over kills, and gives back what a clean end leaves', async () => {
    await fc.assert(
      fc.asyncProperty(calls, slots, requests, scope, fc.array(fc.nat(60), { maxLength: 3 }), async (...args) => {
        const [todo, atOnce, most, which, kills] = args;
        forget();
        const left = [...todo];
        let made = 0;
        for (const killAfter of kills) {
          made += (await callAll(keeperOf(1, budgetsOf(which, { requests: most })), left, atOnce, killAfter)).made;
        }
        const last = keeperOf(1, budgetsOf(which, { requests: most }));
        const { made: madeLast, usedUp } = await callAll(last, left, atOnce);
        made += madeLast;
        assert.ok(made <= most, `${made} of ${most}`);
        await last.close();
        const later = keeperOf(1, budgetsOf(which, { requests: most }));
        const more = await callAll(
          later,
          Array.from({ length: most + 1 }, () => todo[0]!),
          atOnce,
        );
        if (usedUp) assert.equal(more.made, 0);
        if (kills.length === 0) assert.equal(made + more.made, most);
        assert.ok(made + more.made <= most);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps two runs of a day within its budget together', async () => {
    await fc.assert(
      fc.asyncProperty(calls, calls, requests, async (first, second, most) => {
        forget();
        const keepers = [1, 2].map((key) => keeperOf(key, budgetsOf('day', { requests: most })));
        const made = await Promise.all([first, second].map((todo, place) => callAll(keepers[place]!, [...todo], 5)));
        const sum = made.reduce((total, each) => total + each.made, 0);
        assert.ok(sum <= most);
        for (const keeper of keepers) await keeper.close();
        const rest = await callAll(
          keeperOf(1, budgetsOf('day', { requests: most })),
          Array.from({ length: most + 1 }, () => first[0]!),
          5,
        );
        assert.equal(sum + rest.made, most);
      }),
      { numRuns: 40 },
    );
  });

  it('lets whoever is called off go, and tells when the journal does not work', async () => {
    const keeper = keeperOf(1, budgetsOf('run', { tokens: 100 }));
    const expected = { requests: 1, tokens: 80, cost: 0 };
    assert.equal((await keeper.admit('a', expected, signal)).kind, 'admitted');
    const abort = new AbortController();
    const waiting = keeper.admit('a', expected, abort.signal);
    abort.abort();
    assert.equal((await waiting).kind, 'called-off');
    const failure = { reason: 'disk-full', message: 'The disk is full.' } as const;
    const broken: BudgetStore = {
      claim: () => Promise.resolve(failed(failure)),
      change: () => Promise.resolve(failed(failure)),
    };
    const other = new BudgetKeeper(broken, [{ scope: run, limit: { requests: 1 }, spent: noSpending }]);
    assert.deepEqual(await other.admit('a', expected, signal), { kind: 'failed', failure });
  });

  it('commits few portions where there is plenty', async () => {
    let claims = 0;
    const store = storeOf(1);
    const keeper = new BudgetKeeper({ ...store, claim: (each) => (claims++, store.claim(each)) }, [
      opened(1, run, { requests: 10_000 }),
    ]);
    const each = { expected: { tokens: 1, cost: 0 }, share: 1, turns: 0 };
    await callAll(
      keeper,
      Array.from({ length: 5000 }, () => each),
      50,
    );
    assert.ok(claims <= 5000 / 60, `${claims} claims`);
  });
});
