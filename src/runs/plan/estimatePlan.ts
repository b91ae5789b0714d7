import { eachInSlices } from '../../base/slices.ts';
import { isCandidate } from '../../candidates/plannedItem.ts';
import type { InputTokens, TokenCounter } from '../../services/tokenCounter.ts';
import type { CallHistory } from '../../storage/journal/records.ts';
import { findCached } from '../resume/cachedCandidates.ts';
import type { RunOptions } from '../runOptions.ts';
import type { ServiceDirectory } from '../serviceDirectory.ts';
import type { Workspace } from '../workspace.ts';
import { estimate, type Estimate, type EstimateFacts, type SharedLimits } from './estimate.ts';
import { expectedCall, type ExpectedCall } from './expectedCalls.ts';
import type { Plan } from './plan.ts';
import type { PlannedItem } from './plannedCandidate.ts';
import { sentMessages } from './sharedCalls.ts';

export interface PlanEstimate extends Estimate {
  /** How the input tokens were found: see `InputTokens`. */
  readonly inputBasis: InputTokens['basis'];
  /** Whether earlier calls have told the output tokens of every item. */
  readonly isOutputLearnt: boolean;
  /** The same of what one prompt file asks of one model, in the order of the plan; at most `mostParts` of them. */
  readonly parts: readonly EstimatedPart[];
}

export interface EstimatedPart extends Pick<Estimate, 'items' | 'cached' | 'tokens' | 'cost'> {
  /** Path of the prompt file, as in the items. */
  readonly prompt: string;
  readonly service: string;
  readonly model: string;
}

export interface EstimateTools {
  readonly services: ServiceDirectory;
  readonly counter: TokenCounter;
  /** What earlier runs have left; absent where there were none. */
  readonly workspace?: Pick<Workspace, 'journal' | 'files'> | undefined;
}

/** Parts of a plan that are estimated by themselves. */
export const mostParts = 50;
/** Prompt files and models that the journal is asked about at most: what comes after them is guessed. */
const mostAsked = 100;
/** Slots that a service comes to have by itself at most, as far as an estimate goes. */
const widestAuto = 50;

/** What a plan comes to, with what the tokenizer and earlier runs know. Begins no journal, and spends nothing. */
export async function estimatePlan(
  plan: Pick<Plan, 'items' | 'flow'>,
  options: Pick<RunOptions, 'cache' | 'sequential'>,
  { services, counter, workspace }: EstimateTools,
): Promise<PlanEstimate> {
  const { items, flow } = plan;
  const cached = await cachedIds(flow ? [] : items, options, services, workspace);
  const left = cached.size === 0 ? items : items.filter(({ id }) => !cached.has(id));
  const input = await counter.inputTokens({ [Symbol.iterator]: () => distinctRequests(left) });
  const calls = await expectedCalls(left, workspace, services);
  const limits = sharedLimits(services, options.sequential);
  const facts: EstimateFacts = {
    cached,
    inputTokens: remembered((item) => input.of(sentMessages(item))),
    expectedCall: calls.of,
    prices: ({ serviceKey, model }) => services.prices(serviceKey, model),
    limits: ({ serviceKey }) => limits(serviceKey),
  };
  const estimated = await estimate(items, facts);
  return {
    ...estimated,
    parts: await partsOf(items, facts, estimated),
    // What follows the items of a flow is not known before they are made.
    ...(flow ? { cost: null, eta: null } : {}),
    inputBasis: input.basis,
    isOutputLearnt: calls.areLearnt,
  };
}

/** What is sent, once where candidates share it; all others are gone before the next one comes. */
function* distinctRequests(items: readonly PlannedItem[]): Iterator<PlannedItem['messages']> {
  const seen = new Set<PlannedItem['messages']>();
  for (const item of items) {
    if (item.siblings > 1) {
      const { messages } = item;
      if (seen.has(messages)) continue;
      seen.add(messages);
    }
    yield sentMessages(item);
  }
}

/** The same, worked out once for candidates that share their messages. */
function remembered(tokensOf: (item: PlannedItem) => number): (item: PlannedItem) => number {
  const known = new Map<PlannedItem['messages'], number>();
  return (item) => {
    if (item.siblings === 1) return tokensOf(item);
    const { messages } = item;
    const tokens = known.get(messages) ?? tokensOf(item);
    known.set(messages, tokens);
    return tokens;
  };
}

/** @param whole of all items */
async function partsOf(items: readonly PlannedItem[], facts: EstimateFacts, whole: Estimate): Promise<EstimatedPart[]> {
  const groups = new Map<string, PlannedItem[]>();
  await eachInSlices(items, (item) => {
    const key = [item.prompt.path, item.service, item.model].join('\0');
    const group = groups.get(key);
    if (group) group.push(item);
    else if (groups.size < mostParts) groups.set(key, [item]);
  });
  const parts: EstimatedPart[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (!first) continue;
    const all = group.length === items.length ? whole : await estimate(group, facts);
    const { items: count, cached, tokens, cost } = all;
    const { prompt, service, model } = first;
    parts.push({ prompt: prompt.path, service, model, items: count, cached, tokens, cost });
  }
  return parts;
}

async function cachedIds(
  items: readonly PlannedItem[],
  { cache }: Pick<RunOptions, 'cache'>,
  services: ServiceDirectory,
  workspace: EstimateTools['workspace'],
): Promise<ReadonlyMap<string, unknown>> {
  if (cache !== 'on' || !workspace) return new Map();
  const found = await findCached(items.filter(isCandidate), workspace, ({ serviceKey }) =>
    services.identity(serviceKey),
  );
  return found.ok ? found.value.texts : new Map();
}

interface ExpectedCalls {
  readonly of: (item: PlannedItem) => ExpectedCall;
  readonly areLearnt: boolean;
}

async function expectedCalls(
  items: readonly PlannedItem[],
  workspace: EstimateTools['workspace'],
  services: Pick<ServiceDirectory, 'usualLatencyMs'>,
): Promise<ExpectedCalls> {
  const kindOf = ({ prompt, model, parameters, serviceKey }: PlannedItem): string =>
    [prompt.path, model, parameters.maxTokens, serviceKey].join('\0');
  const kinds = new Map<string, { readonly item: PlannedItem; calls: number }>();
  await eachInSlices(items, (item) => {
    const kind = kinds.get(kindOf(item)) ?? { item, calls: 0 };
    kinds.set(kindOf(item), kind);
    kind.calls++;
  });
  const histories = new Map<string, CallHistory | undefined>();
  const expected = new Map<string, ExpectedCall>();
  for (const [kind, { item, calls }] of kinds) {
    const { prompt, model, parameters, serviceKey } = item;
    const asked = [prompt.path, model].join('\0');
    if (workspace && !histories.has(asked) && histories.size < mostAsked) {
      const history = await workspace.journal.callHistory(prompt.path, model);
      histories.set(asked, history.ok ? history.value : undefined);
    }
    const usualMs = services.usualLatencyMs(serviceKey);
    expected.set(kind, expectedCall(histories.get(asked), calls, parameters.maxTokens, usualMs));
  }
  return {
    of: (item) => expected.get(kindOf(item)) ?? expectedCall(undefined, 1, item.parameters.maxTokens),
    areLearnt: expected.size > 0 && [...expected.values()].every(({ isLearnt }) => isLearnt),
  };
}

/** Services of one endpoint and key share their limits. */
function sharedLimits(services: ServiceDirectory, isSequential: boolean): (serviceKey: string) => SharedLimits {
  const known = new Map<string, SharedLimits>();
  return (serviceKey) => {
    const governorKey = services.governorKey(serviceKey);
    const shared = known.get(governorKey);
    if (shared) return shared;
    const limits = services.limits([serviceKey]);
    const { maxConcurrent = 'auto' } = services.settings(serviceKey);
    const most = maxConcurrent === 'auto' ? Math.max(limits.concurrency, widestAuto) : limits.concurrency;
    const made: SharedLimits = isSequential
      ? { limits: { ...limits, concurrency: 1 }, mostConcurrent: 1 }
      : { limits, mostConcurrent: most };
    known.set(governorKey, made);
    return made;
  };
}
