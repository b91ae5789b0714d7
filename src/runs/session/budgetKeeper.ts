import {
  budgetUnits,
  noSpending,
  spendingOf,
  type Budget,
  type BudgetUnit,
  type Spending,
} from '../../model/budget.ts';
import type { JournalFailure, JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { BudgetClaim, BudgetScope, ClaimOutcome, SpendingChange } from '../../storage/journal/records.ts';

/** A budget, and what its scope had spent before. */
export interface OpenBudget {
  readonly scope: BudgetScope;
  readonly limit: Budget;
  /** Of the day, only the journal knows. */
  readonly spent: Spending;
}

/** What of a budget is used up. */
export interface UsedUp {
  readonly scope: BudgetScope;
  readonly unit: BudgetUnit;
  readonly limit: number;
}

export type Admission =
  /** The expected spending is held until it is settled. */
  | { readonly kind: 'admitted' }
  | { readonly kind: 'used-up'; readonly usedUp: UsedUp }
  | { readonly kind: 'called-off' }
  | { readonly kind: 'failed'; readonly failure: JournalFailure };

/** Where what is set aside is kept. */
export interface BudgetStore {
  claim(claims: readonly BudgetClaim[]): Promise<JournalOutcome<ClaimOutcome>>;
  change(changes: readonly SpendingChange[]): Promise<JournalOutcome<unknown>>;
}

interface Account extends OpenBudget {
  /** In the store: spent, or set aside for calls. Of the day, only what this keeper has claimed. */
  claimed: Spending;
  used: Spending;
  /** Of calls that have not been settled. */
  held: Spending;
  /** How many these are. */
  open: number;
}

/** Calls that are set aside for ahead at most, where there is plenty. */
const callsAhead = 64;
const rounding = 1e-9;

/**
 * Keeps the calls of one run within its budgets. What a call may spend is in the journal before the call is made, in
 * portions for several calls, so that whoever is killed has spent no more than the journal knows. A request is spent once
 * it is admitted; tokens and cost are held as they are expected, and settled with what they were. As long as it is only
 * such holds that leave no room, the next call waits for them.
 */
export class BudgetKeeper {
  readonly #store: BudgetStore;
  readonly #accounts: Account[];
  readonly #waiting = new Set<() => void>();
  #claiming: Promise<unknown> | undefined;
  #settlements = 0;

  constructor(store: BudgetStore, budgets: readonly OpenBudget[]) {
    this.#store = store;
    this.#accounts = budgets.map((budget) => ({
      ...budget,
      claimed: budget.spent,
      used: budget.spent,
      held: noSpending,
      open: 0,
    }));
  }

  /** What each budget has spent so far, without what is held. Of the day, what this keeper has. */
  get spending(): readonly OpenBudget[] {
    return this.#accounts.map(({ scope, limit, used }) => ({ scope, limit, spent: used }));
  }

  /**
   * Waits until a call may be made, or never may.
   *
   * @param prompt path of its prompt file
   * @param expected its tokens and its cost at most; it is one request
   */
  async admit(prompt: string, expected: Spending, signal: AbortSignal): Promise<Admission> {
    for (;;) {
      if (signal.aborted) return { kind: 'called-off' };
      const accounts = this.#of(prompt);
      const full = accounts.flatMap((account) => fullUnit(account, expected) ?? []);
      const usedUp = full.find((each) => !each.mayComeBack);
      if (usedUp) return { kind: 'used-up', usedUp };
      if (full.length > 0) {
        await this.#settled(signal);
        continue;
      }
      const short = accounts.filter((account) => budgetUnits.some((unit) => missing(account, expected, unit) > 0));
      if (short.length === 0) {
        for (const account of accounts) hold(account, expected);
        return { kind: 'admitted' };
      }
      if (this.#claiming) {
        await this.#claiming;
        continue;
      }
      const before = this.#settlements;
      const refused = await this.#claim(short, expected);
      // What was settled meanwhile may have made room.
      if (refused === undefined || (refused.kind === 'used-up' && this.#settlements > before)) continue;
      if (refused.kind !== 'used-up' || !mayComeBack(accounts, refused.usedUp)) return refused;
      await this.#settled(signal);
    }
  }

  /**
   * A call has ended.
   *
   * @param admitted what was expected of it; undefined for one that has a part in somebody else's
   * @param spent tokens and cost
   */
  settle(prompt: string, admitted: Spending | undefined, spent: Pick<Spending, 'tokens' | 'cost'>): void {
    for (const account of this.#of(prompt)) {
      if (admitted) release(account, admitted);
      account.used = spendingOf((unit) => account.used[unit] + (unit === 'requests' ? 0 : spent[unit]));
    }
    this.#settlements++;
    for (const wake of [...this.#waiting]) wake();
  }

  /** What was set aside and not spent goes back. To be called when no call is under way. */
  async close(): Promise<void> {
    const changes = this.#accounts.map(({ scope, used, claimed }): SpendingChange => ({
      scope,
      change: spendingOf((unit) => used[unit] - claimed[unit]),
    }));
    for (const account of this.#accounts) account.claimed = account.used;
    if (changes.some(({ change }) => budgetUnits.some((unit) => change[unit] !== 0))) await this.#store.change(changes);
  }

  #of(prompt: string): Account[] {
    return this.#accounts.filter(({ scope }) => isSpentFor(scope, prompt));
  }

  /** @returns why nothing was set aside; undefined when it was */
  async #claim(
    accounts: readonly Account[],
    expected: Spending,
  ): Promise<Exclude<Admission, { kind: 'admitted' }> | undefined> {
    const claims = accounts.map((account): BudgetClaim => ({
      scope: account.scope,
      limit: account.limit,
      need: spendingOf((unit) => missing(account, expected, unit)),
      spare: spendingOf((unit) => callsAhead * (account.limit[unit] === undefined ? 0 : expected[unit])),
    }));
    const claiming = this.#store.claim(claims);
    this.#claiming = claiming;
    const outcome = await claiming;
    this.#claiming = undefined;
    if (!outcome.ok) return { kind: 'failed', failure: outcome.failure };
    if (outcome.value.kind === 'refused') {
      const { claim, unit } = outcome.value;
      const account = accounts[claim];
      if (!account) throw new Error('A claim was refused that nobody made.');
      return { kind: 'used-up', usedUp: { scope: account.scope, unit, limit: account.limit[unit] ?? 0 } };
    }
    for (const [place, amount] of outcome.value.amounts.entries()) {
      const account = accounts[place];
      if (account) account.claimed = spendingOf((unit) => account.claimed[unit] + amount[unit]);
    }
    return undefined;
  }

  /** Resolves when a call has been settled, or nobody waits for it any more. */
  #settled(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

/** Whether the calls for a prompt file count against the budget of a scope. @param prompt its path */
export function isSpentFor(scope: BudgetScope, prompt: string): boolean {
  return scope.kind !== 'prompt' || scope.path === prompt || scope.members?.includes(prompt) === true;
}

/** What would have to be set aside beyond what is. */
function missing({ used, held, claimed, limit }: Account, expected: Spending, unit: BudgetUnit): number {
  const amount = used[unit] + held[unit] + expected[unit] - claimed[unit];
  return limit[unit] === undefined || amount <= rounding ? 0 : amount;
}

/** The first unit of a budget that this process knows to have no room for a call; of the day, the journal knows. */
function fullUnit(
  { scope, limit, used, held, open }: Account,
  expected: Spending,
): (UsedUp & { readonly mayComeBack: boolean }) | undefined {
  if (scope.kind === 'day') return undefined;
  for (const unit of budgetUnits) {
    const most = limit[unit];
    if (most === undefined || used[unit] + held[unit] + expected[unit] <= most * (1 + rounding)) continue;
    return { scope, unit, limit: most, mayComeBack: open > 0 && held[unit] > 0 };
  }
  return undefined;
}

function mayComeBack(accounts: readonly Account[], { scope, unit }: UsedUp): boolean {
  return accounts.some((account) => account.scope === scope && account.open > 0 && account.held[unit] > 0);
}

/** A request counts as spent at once: whatever becomes of it, it was made. */
function hold(account: Account, expected: Spending): void {
  const { used, held } = account;
  account.used = { ...used, requests: used.requests + expected.requests };
  account.held = spendingOf((unit) => (unit === 'requests' ? 0 : held[unit] + expected[unit]));
  account.open++;
}

function release(account: Account, expected: Spending): void {
  const { held } = account;
  account.open--;
  // Sums of fractions do not come back to nothing by themselves.
  account.held = account.open === 0 ? noSpending : spendingOf((unit) => Math.max(0, held[unit] - expected[unit]));
}
