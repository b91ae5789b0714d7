import * as v from 'valibot';
import type { Budget } from '../model/budget.ts';
import type { QueueOrder } from '../engine/priorityQueue.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../engine/retry.ts';
import type { PlannedTable } from '../model/resultTables.ts';
import type { Plan } from './plan/plan.ts';
import { budgetSchema } from './budgetSchema.ts';

export const cacheModes = ['off', 'on', 'refresh'] as const;

/** Whether texts that were made before are taken instead of a call; `refresh` only replaces them. */
export type CacheMode = (typeof cacheModes)[number];

/** Limits of a run's services in place of the configured ones. */
export interface LimitOverrides {
  readonly maxConcurrent?: number | 'auto';
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Share of the rates to use, above 0 to 1. */
  readonly safetyFactor?: number;
}

/** How a run goes about its items; the journal keeps it, so that whoever resumes the run does the same. */
export interface RunOptions {
  readonly retry: RetryPolicy;
  /** One attempt at a time. */
  readonly sequential: boolean;
  readonly order: QueueOrder;
  readonly cache: CacheMode;
  readonly limits?: LimitOverrides;
  /** In place of the configured address of its service. */
  readonly baseUrl?: string;
  /** What the run may spend in all, over all who work on it. */
  readonly budget?: Budget;
  /** What the items of single prompt files may spend, by path as in the items. */
  readonly promptBudgets?: Readonly<Record<string, Budget>>;
  /** Prompt files whose calls count against the budget of another one too, by that one's path. */
  readonly budgetMembers?: Readonly<Record<string, readonly string[]>>;
  /** How many candidates of single prompt files are asked for in one call, by path as in the items. */
  readonly verbalized?: Readonly<Record<string, number>>;
  /** Rows may come to it for as long as whoever has started it works on it. */
  readonly watch?: true;
  /** The tables of results that it keeps. */
  readonly tables?: readonly PlannedTable[];
  /** What all runs of the folder may spend in a day. Not kept: whoever resumes the run has one of their own. */
  readonly dailyBudget?: Budget;
}

export const defaultRunOptions: RunOptions = {
  retry: defaultRetryPolicy,
  sequential: false,
  order: 'oldest',
  cache: 'off',
};

const positive = v.pipe(v.number(), v.gtValue(0));

const texts = v.array(v.string());

const tableSchema = v.object({
  path: v.string(),
  prompts: texts,
  rows: v.array(v.tuple([v.number(), v.string()])),
  models: texts,
  columns: texts,
  isStructured: v.boolean(),
  fields: texts,
  areFieldsChosen: v.boolean(),
});

const schema = v.object({
  retry: v.object({
    attempts: v.pipe(v.number(), v.integer(), v.minValue(1)),
    baseMs: v.pipe(v.number(), v.minValue(0)),
  }),
  sequential: v.boolean(),
  order: v.picklist(['oldest', 'newest']),
  cache: v.picklist(cacheModes),
  limits: v.exactOptional(
    v.object({
      maxConcurrent: v.exactOptional(v.union([v.literal('auto'), v.pipe(v.number(), v.integer(), v.minValue(1))])),
      requestsPerMinute: v.exactOptional(positive),
      tokensPerMinute: v.exactOptional(positive),
      safetyFactor: v.exactOptional(v.pipe(positive, v.maxValue(1))),
    }),
  ),
  baseUrl: v.exactOptional(v.string()),
  budget: v.exactOptional(budgetSchema),
  promptBudgets: v.exactOptional(v.record(v.string(), budgetSchema)),
  budgetMembers: v.exactOptional(v.record(v.string(), texts)),
  verbalized: v.exactOptional(v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(1)))),
  watch: v.exactOptional(v.literal(true)),
  tables: v.exactOptional(v.array(tableSchema)),
});

/** The options of a run that begins, with what its prompt files say. */
export function optionsOf(
  { budgets, budgetMembers, verbalized, tables }: Pick<Plan, 'budgets' | 'budgetMembers' | 'verbalized' | 'tables'>,
  options: RunOptions,
): RunOptions {
  return {
    ...options,
    ...(budgets ? { promptBudgets: budgets } : {}),
    ...(budgetMembers ? { budgetMembers } : {}),
    ...(verbalized ? { verbalized } : {}),
    ...(tables ? { tables } : {}),
  };
}

/** What the journal kept; the defaults where it does not know. */
export function readRunOptions(stored: unknown): RunOptions {
  const parsed = v.safeParse(schema, stored);
  return parsed.success ? parsed.output : defaultRunOptions;
}

/** What the journal keeps of them. */
export function storedRunOptions({
  dailyBudget: _dailyBudget,
  ...options
}: RunOptions): Omit<RunOptions, 'dailyBudget'> {
  return options;
}

/**
 * The options of a run that goes on: a budget that is given then takes the place of all that it was started with. Nobody
 * watches its source any more.
 */
export function resumedOptions(stored: unknown, changed: Partial<RunOptions> = {}): RunOptions {
  const { promptBudgets, watch: _watch, ...options } = readRunOptions(stored);
  const isKept = promptBudgets !== undefined && changed.budget === undefined;
  return { ...options, ...(isKept ? { promptBudgets } : {}), ...changed };
}
