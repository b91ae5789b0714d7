import { join, relative } from 'node:path';
import { success } from '../base/outcome.ts';
import { Slices } from '../base/slices.ts';
import { firstChoice } from '../candidates/candidateNumbers.ts';
import { isCandidate } from '../candidates/plannedItem.ts';
import type { ChatMessage } from '../model/message.ts';
import type { Problem } from '../prompts/promptFile.ts';
import { plannedChanges, type PlannedChanges } from '../runs/negotiations.ts';
import { estimatePlan, type PlanEstimate } from '../runs/plan/estimatePlan.ts';
import { sentMessages } from '../runs/plan/sharedCalls.ts';
import type { Plan } from '../runs/plan/plan.ts';
import type { CacheMode } from '../runs/runOptions.ts';
import type { ServiceDirectory } from '../runs/serviceDirectory.ts';
import { TokenCounter } from '../services/tokenCounter.ts';
import { DiskFiles } from '../storage/diskFiles.ts';
import { hasJournal } from '../storage/journalFolders.ts';
import { describeChanges } from '../wording/log.ts';
import { describeEstimate, describeThere } from '../wording/estimates.ts';
import { printJson, printJsonWith, printLine } from './report.ts';
import { TerminalSession } from './session.ts';

/** What `--dry-run --json` prints; other tools depend on it. */
interface PlanReport {
  readonly items: number;
  readonly requests: number;
  readonly cached: number;
  readonly tokens: PlanEstimate['tokens'];
  readonly cost: PlanEstimate['cost'];
  /** Seconds. */
  readonly eta: NonNullable<PlanEstimate['eta']>;
  readonly files: readonly string[];
  /** Of the first item. */
  readonly messages: readonly Pick<ChatMessage, 'role' | 'content'>[];
  readonly problems: readonly Required<Pick<Problem, 'file' | 'line' | 'message'>>[];
  /** Parameters that are known to be sent in another way than they are asked for; absent for none. */
  readonly changes?: readonly PlannedChanges[];
  /** Bytes of attached files over all calls; absent for none. */
  readonly attachedBytes?: number;
}

/** Of what takes no call. */
const noTime = { low: 0, high: 0 };

export interface ShownPlanOptions {
  /** The folder that is worked in, absolute. */
  readonly base: string;
  readonly directory: ServiceDirectory;
  readonly cache: CacheMode;
  readonly sequential: boolean;
  readonly json: boolean;
}

/** Shows what a plan would do. Spends nothing and begins no journal. */
export async function showPlan(plan: Plan, options: ShownPlanOptions): Promise<void> {
  const { estimate, changes } = await factsOf(plan, options);
  if (options.json) {
    const { items, requests, cached, tokens, cost, eta } = estimate;
    const [first] = plan.items;
    const messages = first ? sentMessages(first).map(({ role, content }) => ({ role, content })) : [];
    const { attachedBytes } = plan;
    const report: PlanReport = {
      items,
      requests,
      cached,
      tokens,
      cost,
      eta: eta ?? noTime,
      files: [],
      messages,
      problems: [],
      ...(changes.length > 0 ? { changes } : {}),
      ...(attachedBytes === undefined ? {} : { attachedBytes }),
    };
    await printJsonWith(report, 'files', filesOf(plan.items));
    return;
  }
  const slices = new Slices();
  for (const candidate of plan.items) {
    if (!isCandidate(candidate)) continue;
    const file = relative(process.cwd(), firstChoice(candidate));
    printLine(`${file}  ${candidate.service}/${candidate.model}, at most about ${candidate.reservation} tokens`);
    if (slices.isOver) await slices.next();
  }
  for (const line of describeEstimate(estimate, plan.attachedBytes)) printLine(line);
  if (plan.there) printLine(describeThere(plan.there));
  for (const each of changes) printLine(describeChanges(each));
}

function* filesOf(items: Plan['items']): Iterable<string> {
  for (const item of items) if (isCandidate(item)) yield firstChoice(item);
}

/** What `--dry-run --json` prints where nothing can be planned. */
export function printProblems(problems: readonly Pick<Problem, 'file' | 'line' | 'message'>[]): void {
  const told = problems.map(({ file, line, message }) => ({ file, line: line ?? 1, message }));
  const report: PlanReport = {
    items: 0,
    requests: 0,
    cached: 0,
    tokens: { input: 0, output: 0 },
    cost: null,
    eta: noTime,
    files: [],
    messages: [],
    problems: told,
  };
  printJson(report);
}

interface PlanFacts {
  readonly estimate: PlanEstimate;
  readonly changes: readonly PlannedChanges[];
}

async function factsOf(
  plan: Plan,
  { base, directory: services, cache, sequential }: ShownPlanOptions,
): Promise<PlanFacts> {
  const session = new TerminalSession(services);
  const counter = new TokenCounter(join(__dirname, 'tokenWorker.js'));
  const options = { cache, sequential };
  try {
    const place = await session.folders.placeOnDisk(base);
    if (place.ok && (await hasJournal(place.value))) {
      const known = await session.workspaces.visit(place.value, async (journal) => {
        const workspace = { journal, files: new DiskFiles() };
        return success({
          estimate: await estimatePlan(plan, options, { services, counter, workspace }),
          changes: await plannedChanges(plan.items, services, journal),
        });
      });
      if (known.ok) return known.value;
    }
    return { estimate: await estimatePlan(plan, options, { services, counter }), changes: [] };
  } finally {
    await counter.dispose();
    await session.dispose();
  }
}
