import type { Prices } from '../../model/prices.ts';
import type { PlanEstimate } from './estimatePlan.ts';
import type { Plan } from './plan.ts';

/** What a person lets run unasked, up to these. */
export interface UnaskedLimits {
  readonly items: number;
  /** In the currency of the prices. */
  readonly cost: number;
}

/** Whether a plan may cost anything that is known: where no price is, its cost need not be estimated to ask. */
export function mayCostMoney(
  { items }: Pick<Plan, 'items'>,
  services: { readonly prices: (serviceKey: string, model: string) => Prices | undefined },
): boolean {
  const seen = new Set<string>();
  for (const { serviceKey, model } of items) {
    const kind = `${serviceKey} ${model}`;
    if (seen.has(kind)) continue;
    seen.add(kind);
    if (services.prices(serviceKey, model) !== undefined) return true;
  }
  return false;
}

/** Whether a plan comes to more than runs unasked. What nobody knows the price of counts by its items alone. */
export function exceeds({ items, cost }: Pick<PlanEstimate, 'items' | 'cost'>, limits: UnaskedLimits): boolean {
  return items > limits.items || (cost !== null && cost.high > limits.cost);
}
