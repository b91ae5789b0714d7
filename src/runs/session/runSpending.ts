import { isBounded, noSpending, type Budget, type Spending } from '../../model/budget.ts';
import { cancelledFailure, type AttemptOutcome, type Failure, type FailureReason } from '../../model/attempt.ts';
import { costOf, type Prices } from '../../model/prices.ts';
import { success } from '../../base/outcome.ts';
import { estimateInputTokens } from '../../services/tokens.ts';
import type { GenerationOptions } from '../../services/service.ts';
import type { JournalFailure, JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { BudgetScope, RecordedSpending, SpendingChange } from '../../storage/journal/records.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import type { RunOptions } from '../runOptions.ts';
import { BudgetKeeper, isSpentFor, type OpenBudget, type UsedUp } from './budgetKeeper.ts';
import type { OwnedRun } from './candidateKeeper.ts';
import { describeUsedUp, sufficientBudget } from './usedUp.ts';

type Item = Pick<
  PlannedItem,
  'prompt' | 'service' | 'serviceKey' | 'model' | 'messages' | 'parameters' | 'reservation'
>;
type PricesOf = (item: Pick<PlannedItem, 'serviceKey' | 'model'>) => Prices | undefined;

export interface SpendingPorts {
  readonly pricesOf: PricesOf;
  /** Nothing more of the scope may be called. */
  readonly usedUp: (scope: BudgetScope) => void;
  /** The journal does not take what is set aside. */
  readonly failed: (failure: JournalFailure) => void;
}

type Admit = NonNullable<GenerationOptions['admit']>;

/** What is told of a run that a budget has stopped. */
export interface BudgetEnding {
  readonly stopped: 'budget';
  readonly problem: string;
  readonly moreBudget?: Budget;
}

/** After these a service may have generated all the same, and bill it. */
const mayHaveSpent: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'timeout',
  'truncated',
  'malformed',
  'too-long',
  'cancelled',
]);

/** What the calls of one run spend, within its budgets. */
export class RunSpending {
  readonly #keeper: BudgetKeeper;
  readonly #ports: SpendingPorts;
  readonly #usedUp: UsedUp[] = [];

  constructor(keeper: BudgetKeeper, ports: SpendingPorts) {
    this.#keeper = keeper;
    this.#ports = ports;
  }

  get isUsedUp(): boolean {
    return this.#usedUp.length > 0;
  }

  /** Whether no item of a prompt file may be called any more. */
  isUsedUpFor(prompt: string): boolean {
    return this.#usedUp.some(({ scope }) => isSpentFor(scope, prompt));
  }

  /** Makes one attempt, each of whose requests is admitted before, and settles what it has spent. */
  async within<Result>(
    item: Item,
    signal: AbortSignal,
    make: (admit: Admit) => Promise<AttemptOutcome<Result>>,
  ): Promise<AttemptOutcome<Result>> {
    const { path } = item.prompt;
    const prices = this.#ports.pricesOf(item);
    let admitted: Spending | undefined;
    /** @param spent of the request that was admitted last */
    const settle = (spent: Spending): void => {
      if (admitted || spent !== noSpending) this.#keeper.settle(path, admitted, spent);
      admitted = undefined;
    };
    const admit: Admit = async (completions) => {
      // The request before this one was refused: nothing was generated.
      settle(noSpending);
      const expected = expectedOf(item, completions, prices);
      const admission = await this.#keeper.admit(path, expected, signal);
      switch (admission.kind) {
        case 'admitted':
          admitted = expected;
          return undefined;
        case 'used-up':
          return this.#refuse(admission.usedUp);
        case 'called-off':
          return cancelledFailure;
        case 'failed':
          this.#ports.failed(admission.failure);
          return cancelledFailure;
      }
    };
    try {
      const outcome = await make(admit);
      const { usage } = outcome;
      if (usage) {
        const cost = costOf(prices, usage, item.parameters) ?? 0;
        settle({ requests: 0, tokens: usage.input + usage.output, cost });
      } else {
        const isUnknown = outcome.kind === 'failed' && mayHaveSpent.has(outcome.failure.reason);
        settle((isUnknown ? admitted : undefined) ?? noSpending);
      }
      return outcome;
    } finally {
      // A bug: what it has spent, nobody knows.
      if (admitted) settle(admitted);
    }
  }

  /** What was set aside and not spent goes back. */
  close(): Promise<void> {
    return this.#keeper.close();
  }

  /** @param written items that came to a text @param left those that a budget has stopped */
  ending(written: number, left: number): BudgetEnding | undefined {
    const [first] = this.#usedUp;
    if (!first) return undefined;
    const { spending } = this.#keeper;
    const own = spending.find(({ scope }) => scope === first.scope);
    const isUntouched = own?.spent.requests === 0;
    const isDay = this.#usedUp.some(({ scope }) => scope.kind === 'day');
    return {
      stopped: 'budget',
      problem: describeUsedUp(first, left, isUntouched),
      ...(isDay ? {} : { moreBudget: sufficientBudget(spending, { written, left }) }),
    };
  }

  #refuse(usedUp: UsedUp): Failure {
    if (!this.#usedUp.some(({ scope }) => scope === usedUp.scope)) {
      this.#usedUp.push(usedUp);
      this.#ports.usedUp(usedUp.scope);
    }
    return { reason: 'budget', message: describeUsedUp(usedUp, 0), isForLater: true };
  }
}

/** The most that one request for an item is expected to spend. */
function expectedOf(item: Item, completions: number, prices: Prices | undefined): Spending {
  const input = Math.min(estimateInputTokens(item.messages), item.reservation);
  const output = (item.reservation - input) * completions;
  return { requests: 1, tokens: input + output, cost: costOf(prices, { input, output }, item.parameters) ?? 0 };
}

/** Opens the budgets of a run that this process owns. @returns undefined when it has none */
export async function openBudgets(
  { workspace: { journal }, lease, persist, isResumed }: OwnedRun,
  { budget, promptBudgets = {}, budgetMembers = {}, dailyBudget, verbalized = {} }: RunOptions,
  pricesOf: (service: string, model: string) => Prices | undefined,
): Promise<JournalOutcome<BudgetKeeper | undefined>> {
  const ofRun: Pick<OpenBudget, 'scope' | 'limit'>[] = [
    ...(isBounded(budget) ? [{ scope: { kind: 'run' as const }, limit: budget }] : []),
    ...Object.entries(promptBudgets)
      .filter(([, limit]) => isBounded(limit))
      .map(([path, limit]) => ({
        scope: { kind: 'prompt' as const, path, members: budgetMembers[path] ?? [] },
        limit,
      })),
  ];
  const recorded = ofRun.length > 0 && isResumed ? await journal.recordedSpending(lease.run) : success([]);
  if (!recorded.ok) return recorded;
  const known = requestsMade(recorded.value, { verbalized });
  const least = ofRun.map(({ scope }): SpendingChange => ({ scope, change: spentOn(scope, known, pricesOf) }));
  const opened = least.length === 0 ? success([]) : await persist(() => journal.openSpending(lease, least));
  if (!opened.ok) return opened;
  const budgets = [
    ...ofRun.map((each, place): OpenBudget => ({ ...each, spent: opened.value[place] ?? noSpending })),
    ...(isBounded(dailyBudget) ? [{ scope: { kind: 'day' as const }, limit: dailyBudget, spent: noSpending }] : []),
  ];
  if (budgets.length === 0) return success(undefined);
  return success(
    new BudgetKeeper(
      {
        claim: (claims) => persist(() => journal.claimBudgets(lease, claims)),
        change: (changes) => persist(() => journal.changeSpending(lease, changes)),
      },
      budgets,
    ),
  );
}

/** Recorded attempts as requests: candidates that were asked for at once have an attempt each, and one request in all. */
export function requestsMade(
  recorded: readonly RecordedSpending[],
  { verbalized = {} }: Pick<RunOptions, 'verbalized'>,
): readonly RecordedSpending[] {
  const together = (path: string): number => (Object.hasOwn(verbalized, path) ? (verbalized[path] ?? 1) : 1);
  return recorded.map((each) => ({ ...each, requests: Math.ceil(each.requests / together(each.prompt)) }));
}

function spentOn(
  scope: BudgetScope,
  recorded: readonly RecordedSpending[],
  pricesOf: (service: string, model: string) => Prices | undefined,
): Spending {
  const spent: { -readonly [Unit in keyof Spending]: number } = { ...noSpending };
  for (const { prompt, service, model, requests, usage } of recorded) {
    if (!isSpentFor(scope, prompt)) continue;
    spent.requests += requests;
    spent.tokens += usage.input + usage.output;
    spent.cost += costOf(pricesOf(service, model), usage) ?? 0;
  }
  return spent;
}
