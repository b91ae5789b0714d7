import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { isInside } from '../../base/paths.ts';
import { brief } from '../../base/sentence.ts';
import type { Budget } from '../../model/budget.ts';
import type { FormatName } from '../../prompts/formats/formatNames.ts';
import type { RunDetails } from '../../storage/journal/records.ts';
import type { PlanEstimate } from '../plan/estimatePlan.ts';
import type { Plan } from '../plan/plan.ts';
import type { ResumeRequest } from '../resume/resumption.ts';
import type { RunOptions } from '../runOptions.ts';
import type { RunOutcome } from '../runRefusal.ts';
import type { Runs } from '../runs.ts';
import type { ServiceDirectory } from '../serviceDirectory.ts';
import type { Choosing } from '../shelf/choosing.ts';
import type { Workspace } from '../workspace.ts';
import type { FollowedRuns } from './followedRuns.ts';
import type { Cap } from './toolFields.ts';

/** What of a prompt file an agent may say otherwise for one run. */
export interface GenerationWish {
  readonly count?: number;
  readonly models?: readonly string[];
  /** Values of inputs, by name. */
  readonly values?: Readonly<Record<string, string>>;
  readonly existing: 'add' | 'missing';
}

/** A folder that agents may work in; nothing that they name lies elsewhere. Failures are one sentence. */
export interface AgentFolder {
  /** Absolute. */
  readonly root: string;
  choosing(): Promise<Outcome<Choosing, string>>;
  /** What would be done. Spends nothing. @param path of the prompt file, absolute and inside of the root */
  plan(path: string, wish: GenerationWish): Promise<Outcome<Plan, string>>;
  /** Begins no journal. */
  estimate(plan: Plan): Promise<PlanEstimate>;
  /** How the person has runs go about their items, with their budget of the day. */
  runOptions(): Promise<Outcome<RunOptions, string>>;
  open(): Promise<RunOutcome<Workspace>>;
  /** Undefined where nothing was generated before: nothing is begun then. */
  openIfJournalled(): Promise<RunOutcome<Workspace | undefined>>;
  resumption(workspace: Workspace, run: RunDetails, budget: Budget): Promise<Outcome<ResumeRequest, string>>;
  /** Absolute, in order. */
  promptFiles(): Promise<Outcome<readonly string[], string>>;
  /** How a prompt file is read whose name tells nothing; absent: it is none. */
  readonly usualFormat?: FormatName;
  /**
   * Picks a candidate so that a person can take it back; absent: nobody could.
   *
   * @param candidate its path, absolute
   * @param target instead of what its prompt file says, absolute
   */
  pick?(candidate: string, target: string | undefined): Promise<Outcome<unknown, string>>;
}

/** Where agents come from: a terminal's standard input, or the editor. */
export interface AgentHost {
  readonly runs: Runs;
  readonly services: ServiceDirectory;
  readonly followed: FollowedRuns;
  /** The first is the usual one. */
  readonly folders: readonly AgentFolder[];
  /** What the person lets a run spend at most, whatever an agent asks for. */
  readonly mostSpent?: Budget;
}

export interface AgentPlace {
  readonly folder: AgentFolder;
  /** Absolute, and inside of the folder by its letters: whoever opens it looks where links lead. */
  readonly path: string;
}

/** What an agent means by a path: relative to the folder, or to one of several whose name it begins with. */
export function placeIn({ folders }: Pick<AgentHost, 'folders'>, named: string): Outcome<AgentPlace, string> {
  const [first] = folders;
  if (!first) return failed('No folder is open: open one that prompt files are in.');
  const ways = isAbsolute(named)
    ? folders.map((folder) => ({ folder, path: resolve(named) }))
    : folders.length === 1
      ? [{ folder: first, path: resolve(first.root, named) }]
      : [
          ...folders
            .filter(({ root }) => named.split(/[/\\]/)[0] === basename(root))
            .map((folder) => {
              return { folder, path: resolve(folder.root, ...named.split(/[/\\]/).slice(1)) };
            }),
          { folder: first, path: resolve(first.root, named) },
        ];
  const inside = ways.find(({ folder, path }) => isInside(folder.root, path));
  if (inside) return success(inside);
  const roots = folders.map(({ root }) => root).join(', ');
  return failed(`${brief(named)} lies outside of ${brief(roots, 1_000)}: name a file in there.`);
}

/** A path as agents are told it, which `placeIn` understands. */
export function shownPath(
  { folders }: Pick<AgentHost, 'folders'>,
  { root }: Pick<AgentFolder, 'root'>,
  path: string,
): string {
  if (!isInside(root, path)) return path;
  const way = folders.length > 1 ? join(basename(root), relative(root, path)) : relative(root, path);
  return way.split(sep).join('/');
}

/** What a run may spend: what the agent has asked for, within what the person allows. */
export function allowedBudget({ mostSpent = {} }: Pick<AgentHost, 'mostSpent'>, cap: Cap): Budget {
  const requests = least(cap.requests, mostSpent.requests);
  const cost = least(cap.cost, mostSpent.cost);
  return {
    ...mostSpent,
    ...(requests === undefined ? {} : { requests }),
    ...(cost === undefined ? {} : { cost }),
  };
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

/** A run by its id, in whichever folder it is. */
export async function findRun(
  { folders }: Pick<AgentHost, 'folders'>,
  id: string,
): Promise<
  Outcome<{ readonly folder: AgentFolder; readonly workspace: Workspace; readonly details: RunDetails }, string>
> {
  for (const folder of folders) {
    const opened = await folder.openIfJournalled();
    if (!opened.ok) return failed(opened.failure.message);
    const workspace = opened.value;
    const details = await workspace?.journal.run(id);
    if (!workspace || !details) continue;
    if (details.ok) return success({ folder, workspace, details: details.value });
    if (details.failure.reason !== 'no-run') return failed(details.failure.message);
  }
  return failed(`There is no run ${brief(id, 100)} here: ask for the runs that there are.`);
}
