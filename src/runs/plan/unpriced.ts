import type { Budget } from '../../model/budget.ts';
import { costOf, type Prices } from '../../model/prices.ts';
import type { RunFlow } from '../session/runFlow.ts';
import type { PlannedItem } from './plannedCandidate.ts';

type Priced = Pick<PlannedItem, 'service' | 'serviceKey' | 'model'> &
  Partial<Pick<PlannedItem, 'prompt' | 'parameters'>>;

/** The budgets that hold for a run; see `RunOptions`. */
export interface Budgets {
  readonly budget?: Budget;
  readonly promptBudgets?: Readonly<Record<string, Budget>>;
  readonly budgetMembers?: Readonly<Record<string, readonly string[]>>;
  readonly dailyBudget?: Budget;
}

/**
 * Why a budget of money cannot be kept: nobody knows the price of a model. One sentence that says what to do, undefined
 * when all prices that it needs are known.
 *
 * @param plan its items, and the flow that says what may follow them
 */
export function unpricedProblem(
  { items, flow }: { readonly items: readonly Priced[]; readonly flow?: RunFlow | undefined },
  { budget, promptBudgets = {}, budgetMembers = {}, dailyBudget }: Budgets,
  services: { readonly prices: (serviceKey: string, model: string) => Prices | undefined },
): string | undefined {
  const isOfAll = budget?.cost !== undefined || dailyBudget?.cost !== undefined;
  const ofPrompts = new Set(
    Object.entries(promptBudgets).flatMap(([path, { cost }]) =>
      cost === undefined ? [] : [path, ...(budgetMembers[path] ?? [])],
    ),
  );
  if (!isOfAll && ofPrompts.size === 0) return undefined;
  const unpriced = new Set<string>();
  const seen = new Set<string>();
  const later = flow?.flow.stages.flatMap(({ variants }) => variants) ?? [];
  const following = later.map((each): Priced => ({ ...each, serviceKey: flow?.serviceKey(each.service) ?? '' }));
  for (const item of [...items, ...following]) {
    if (!isOfAll && (item.prompt === undefined || !ofPrompts.has(item.prompt.path))) continue;
    const { service, model, parameters = {} } = item;
    const name = `${service}/${model}`;
    const kind = JSON.stringify([name, parameters.service_tier]);
    if (seen.has(kind)) continue;
    seen.add(kind);
    if (costOf(services.prices(item.serviceKey, model), { input: 1, output: 1 }, parameters) === undefined)
      unpriced.add(name);
  }
  if (unpriced.size === 0) return undefined;
  const names = [...unpriced].join(', ');
  return `A budget of cost needs prices, and those of ${names} are not known: set "prices" or "modelPrices" of the service, or budget requests or tokens.`;
}
