import { costOf } from '../../model/prices.ts';
import { pricesIn } from '../../model/serviceSettings.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import { success } from '../../base/outcome.ts';
import type { RunDetails } from '../../storage/journal/records.ts';
import { readRunOptions } from '../runOptions.ts';
import { requestsMade } from '../session/runSpending.ts';
import type { Workspace } from '../workspace.ts';

/** What the calls of a run came to so far, as far as they have ended. */
export interface RunSpent {
  readonly requests: number;
  readonly tokens: { readonly input: number; readonly output: number };
  /** In the currency of the prices; null where one of them is not known. */
  readonly cost: number | null;
}

export async function spentBy(
  { journal }: Pick<Workspace, 'journal'>,
  { id, options, services }: Pick<RunDetails, 'id' | 'options' | 'services'>,
): Promise<JournalOutcome<RunSpent>> {
  const recorded = await journal.recordedSpending(id);
  if (!recorded.ok) return recorded;
  let requests = 0;
  let cost: number | null = 0;
  const tokens = { input: 0, output: 0 };
  for (const each of requestsMade(recorded.value, readRunOptions(options))) {
    requests += each.requests;
    tokens.input += each.usage.input;
    tokens.output += each.usage.output;
    const service = Object.hasOwn(services, each.service) ? services[each.service] : undefined;
    const known = costOf(service && pricesIn(service, each.model), each.usage);
    cost = cost === null || known === undefined ? null : cost + known;
  }
  return success({ requests, tokens, cost: cost === null ? null : roundedCost(cost) });
}

/** Three digits, and never less than it is. */
export function roundedCost(cost: number): number {
  if (cost <= 0) return 0;
  const digits = Math.min(15, Math.max(0, 2 - Math.floor(Math.log10(cost))));
  const factor = 10 ** digits;
  // What is exact but for the last bit stays what it is.
  return Number((Math.ceil(Number((cost * factor).toPrecision(12))) / factor).toFixed(digits));
}
