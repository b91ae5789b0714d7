import type { JsonObject } from '../../base/jsonObject.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { placedMessage } from '../../base/problem.ts';
import { grouped } from '../../base/sentence.ts';
import type { Budget } from '../../model/budget.ts';
import type { PlanEstimate } from '../plan/estimatePlan.ts';
import type { Plan } from '../plan/plan.ts';
import { unpricedProblem } from '../plan/unpriced.ts';
import { allowedBudget, placeIn, shownPath, type AgentHost, type AgentPlace } from './agentHost.ts';
import { withStatus } from './generationStatus.ts';
import { roundedCost } from './runSpent.ts';
import type { Cap } from './toolFields.ts';

export interface GenerationInput {
  readonly promptFile: string;
  readonly cap: Cap;
  readonly candidates?: number | undefined;
  readonly models?: readonly string[] | undefined;
  readonly inputs?: Readonly<Record<string, string>> | undefined;
  readonly existing?: 'add' | 'missing' | undefined;
  readonly waitSeconds?: number | undefined;
}

/** What a generation would come to. */
export interface Forecast extends AgentPlace {
  readonly plan: Plan;
  readonly estimate: PlanEstimate;
  readonly budget: Budget;
}

const mostHints = 5;
const calledOff = 'This was called off before anything was spent.';

/** Plans and estimates, and spends nothing. A failure is one sentence, also where it would exceed its cap. */
export async function forecast(
  host: AgentHost,
  { promptFile, cap, candidates, models, inputs, existing = 'add' }: GenerationInput,
): Promise<Outcome<Forecast, string>> {
  const place = placeIn(host, promptFile);
  if (!place.ok) return place;
  const { folder, path } = place.value;
  const planned = await folder.plan(path, {
    existing,
    ...(candidates === undefined ? {} : { count: candidates }),
    ...(models === undefined ? {} : { models }),
    ...(inputs === undefined ? {} : { values: inputs }),
  });
  if (!planned.ok) return planned;
  const budget = allowedBudget(host, cap);
  const unpriced = unpricedProblem(planned.value, { budget }, host.services);
  if (unpriced !== undefined) return failed(unpriced);
  const estimate = await folder.estimate(planned.value);
  const problem = excess(estimate, budget);
  return problem === undefined ? success({ folder, path, plan: planned.value, estimate, budget }) : failed(problem);
}

/** Begins a run, which goes on whoever listens; does not wait for it, unless it is asked to. */
export async function startGeneration(
  host: AgentHost,
  input: GenerationInput,
  signal: AbortSignal,
): Promise<Outcome<JsonObject, string>> {
  const made = await forecast(host, input);
  if (!made.ok) return made;
  const { folder, path, plan, estimate, budget } = made.value;
  const { waitSeconds } = input;
  const told = {
    promptFile: shownPath(host, folder, path),
    candidates: plan.items.length,
    alreadyThere: plan.there ?? 0,
    estimate: estimateOf(estimate),
    cap: budget,
    hints: (plan.hints ?? []).slice(0, mostHints).map(placedMessage),
  };
  if (plan.items.length === 0) return success({ run: null, ...told });
  const options = await folder.runOptions();
  if (!options.ok) return options;
  const opened = signal.aborted ? undefined : await folder.open();
  if (!opened || signal.aborted) return failed(calledOff);
  if (!opened.ok) return failed(opened.failure.message);
  const started = await host.runs.start(plan, { ...options.value, budget }, opened.value);
  if (!started.ok) return failed(started.failure.message);
  host.followed.follow(started.value, budget);
  const { id } = started.value;
  return withStatus(host, { run: id, ...told }, { run: id, waitSeconds }, signal);
}

function estimateOf({ requests, cached, tokens, cost, eta }: PlanEstimate): JsonObject {
  const seconds = eta && { low: Math.round(eta.low), high: Math.ceil(eta.high) };
  return {
    requests,
    cached,
    tokens,
    cost: cost && { low: roundedCost(cost.low), high: roundedCost(cost.high) },
    seconds,
  };
}

/** Why a plan is more than a budget allows, even if every call succeeds at once. */
function excess({ requests, tokens, cost }: PlanEstimate, budget: Budget): string | undefined {
  const less = 'ask for fewer candidates, or raise the cap';
  if (budget.requests !== undefined && requests > budget.requests) {
    return `This takes ${grouped(requests)} requests, and the cap is ${grouped(budget.requests)}: ${less}.`;
  }
  const all = tokens.input + tokens.output;
  if (budget.tokens !== undefined && all > budget.tokens) {
    return `This takes about ${grouped(all)} tokens, and at most ${grouped(budget.tokens)} are allowed: ask for fewer candidates.`;
  }
  if (budget.cost !== undefined && cost !== null && cost.high > budget.cost) {
    return `This may cost ${roundedCost(cost.high)}, and the cap is ${budget.cost}: ${less}.`;
  }
  return undefined;
}
