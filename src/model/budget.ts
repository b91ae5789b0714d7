/** What a run may spend at most; what is absent is not bounded. */
export interface Budget {
  readonly requests?: number;
  readonly tokens?: number;
  /** In the currency of the prices. */
  readonly cost?: number;
}

export const budgetUnits = ['requests', 'tokens', 'cost'] as const satisfies readonly (keyof Budget)[];

export type BudgetUnit = (typeof budgetUnits)[number];

/** What was spent, or may be. */
export type Spending = Readonly<Record<BudgetUnit, number>>;

export const noSpending: Spending = { requests: 0, tokens: 0, cost: 0 };

/** @param of what one unit comes to */
export function spendingOf(of: (unit: BudgetUnit) => number): Spending {
  return { requests: of('requests'), tokens: of('tokens'), cost: of('cost') };
}

/** Whether a budget bounds anything. */
export function isBounded(budget: Budget | undefined): budget is Budget {
  return budget !== undefined && budgetUnits.some((unit) => budget[unit] !== undefined);
}

/** As a person writes it: `requests=200, cost=2.5`. */
export function budgetText(budget: Budget): string {
  return budgetUnits.flatMap((unit) => (budget[unit] === undefined ? [] : [`${unit}=${budget[unit]}`])).join(', ');
}

/** @returns undefined for a text that is no budget, or bounds nothing, or names a unit twice */
export function readBudget(text: string): Budget | undefined {
  const budget: Partial<Record<BudgetUnit, number>> = {};
  for (const part of text.split(',')) {
    const [name = '', amount = '', ...more] = part.split('=').map((each) => each.trim());
    const unit = budgetUnits.find((each) => each === name);
    const value = amount === '' ? Number.NaN : Number(amount);
    if (!unit || more.length > 0 || budget[unit] !== undefined || !isAmount(value, unit)) return undefined;
    budget[unit] = value;
  }
  return budget;
}

/** Whether a budget may be so much of a unit: requests are whole. */
export function isAmount(value: number, unit: BudgetUnit): boolean {
  return value > 0 && value <= Number.MAX_SAFE_INTEGER && (unit === 'cost' || Number.isInteger(value));
}
