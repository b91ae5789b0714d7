import { budgetUnits, type Budget, type BudgetUnit } from '../../model/budget.ts';
import { grouped } from '../../prompts/limits.ts';
import type { OpenBudget, UsedUp } from './budgetKeeper.ts';

/** Of what the items so far came to, so much more is offered: the others may be longer. */
const room = 1.25;

const amounts: Record<BudgetUnit, (amount: number) => string> = {
  requests: (amount) => (amount === 1 ? '1 request' : `${grouped(amount)} requests`),
  tokens: (amount) => (amount === 1 ? '1 token' : `${grouped(amount)} tokens`),
  cost: (amount) => String(amount),
};

/**
 * Says which budget is used up, and what to do.
 *
 * @param left candidates that were not made because of it
 * @param isUntouched nothing of it was spent: it has no room for a single call
 */
export function describeUsedUp({ scope, unit, limit }: UsedUp, left: number, isUntouched = false): string {
  const amount = amounts[unit](limit);
  const candidates = `${grouped(left)} ${left === 1 ? 'candidate is' : 'candidates are'} left`;
  if (isUntouched && scope.kind !== 'day') {
    const of = scope.kind === 'prompt' ? ` of ${scope.path}` : '';
    return `The budget of ${amount}${of} has no room for what one call may come to: ${candidates}; resume with more, or lower max_tokens.`;
  }
  switch (scope.kind) {
    case 'day':
      return `The daily budget of ${amount} is used up: ${candidates}; resume tomorrow, or with a larger daily budget.`;
    case 'run':
      return `The budget of ${amount} is used up: ${candidates}; resume with more.`;
    case 'prompt':
      return `The budget of ${amount} of ${scope.path} is used up: ${candidates}; resume with more.`;
  }
}

/** What a whole run needs of each unit that one of its budgets bounds, as far as its items so far tell. */
export function sufficientBudget(
  spending: readonly OpenBudget[],
  { written, left }: { readonly written: number; readonly left: number },
): Budget {
  const of = (unit: BudgetUnit): Budget => {
    const bounds = spending.filter(({ scope, limit }) => scope.kind !== 'day' && limit[unit] !== undefined);
    if (bounds.length === 0) return {};
    const spent = Math.max(sumOf(bounds, unit, 'run'), sumOf(bounds, unit, 'prompt'));
    const limit = Math.max(...bounds.map((each) => each.limit[unit] ?? 0));
    const each = written > 0 ? spent / written : limit;
    const enough = Math.max(limit, spent + Math.max(1, left) * each * room);
    return { [unit]: unit === 'cost' ? Number(enough.toPrecision(2)) : Math.ceil(enough) };
  };
  return Object.assign({}, ...budgetUnits.map(of)) as Budget;
}

function sumOf(bounds: readonly OpenBudget[], unit: BudgetUnit, kind: 'run' | 'prompt'): number {
  return bounds.reduce((sum, { scope, spent }) => sum + (scope.kind === kind ? spent[unit] : 0), 0);
}
