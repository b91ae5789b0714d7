import * as v from 'valibot';
import { isJsonObject } from '../base/jsonObject.ts';
import { isAmount, type Budget, type BudgetUnit } from '../model/budget.ts';

function amountOf(unit: BudgetUnit): v.GenericSchema<unknown, number> {
  return v.pipe(
    v.number(),
    v.check((value) => isAmount(value, unit)),
  );
}

/** A budget in settings or in a journal; one without a unit bounds nothing. */
export const budgetSchema: v.GenericSchema<unknown, Budget> = v.pipe(
  v.custom<object>((value) => isJsonObject(value)),
  v.strictObject({
    requests: v.exactOptional(amountOf('requests')),
    tokens: v.exactOptional(amountOf('tokens')),
    cost: v.exactOptional(amountOf('cost')),
  }),
);

/** Ends the sentence that says what a budget in settings must be. */
export const budgetExpected = 'amounts above 0 such as { "requests": 1000, "tokens": 500000, "cost": 5 }';
