import { costOf, type Prices } from '../../model/prices.ts';
import { estimateInputTokens } from '../../services/tokens.ts';
import type { PlannedItem } from './plannedCandidate.ts';

/** What a plan costs at most, if every item takes one attempt. */
export interface PlanCost {
  /** Undefined when no price is known. */
  readonly most: number | undefined;
  /** Some prices are not known: it may cost more. */
  readonly isPartial: boolean;
}

/** @param pricesOf what the model of an item costs */
export function planCost(items: readonly PlannedItem[], pricesOf: (item: PlannedItem) => Prices | undefined): PlanCost {
  let most: number | undefined;
  let isPartial = false;
  for (const item of items) {
    const input = Math.min(estimateInputTokens(item.messages), item.reservation);
    const cost = costOf(pricesOf(item), { input, output: item.reservation - input }, item.parameters);
    if (cost === undefined) isPartial = true;
    else most = (most ?? 0) + cost;
  }
  return { most, isPartial: isPartial && most !== undefined };
}
