import type { ServiceKey } from '../../engine/engine.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { readAll } from '../../storage/journal/journalClient.ts';
import { failure, type JournalOutcome } from '../../storage/journal/journalFailure.ts';
import { success } from '../../base/outcome.ts';
import {
  journalStates,
  type JournalItem,
  type JournalState,
  type Requeue,
  type RunDetails,
} from '../../storage/journal/records.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import { plannedCandidates, storedServices } from './recovery.ts';
import { resumedOptions, type RunOptions } from '../runOptions.ts';
import { refusal, type RunOutcome } from '../runRefusal.ts';
import type { RunFlow } from '../session/runFlow.ts';
import type { Workspace } from '../workspace.ts';

/** What a run that goes on needs from whoever resumes it. */
export interface ResumeRequest {
  readonly workspace: Workspace;
  readonly run: string;
  /** In place of the options that the run was started with. */
  readonly options?: Partial<RunOptions>;
  /** Items that have ended and start again. */
  readonly again?: Requeue;
  /** Only what `again` names; else everything that has not ended. */
  readonly only?: 'again';
  /** How long to watch an owner that gives no sign of life, ms. */
  readonly waitMs?: number;
  /**
   * Where the items of a service go.
   *
   * @param stored the service as it was when the run was started
   * @param options of the run, with those of this request
   * @returns the key under which the service takes part, or a sentence that says what to do
   */
  readonly serviceOf: (
    name: string,
    stored: ServiceSettings | undefined,
    options: RunOptions,
  ) => Promise<RunOutcome<ServiceKey>>;
  /** Present where runs with a flow can go on. */
  readonly stages?: Pick<RunFlow, 'work' | 'expressions' | 'identity' | 'restore' | 'files' | 'deliver'>;
  /** Why candidates must not go to a folder, as a sentence: asked for the root of the run. */
  readonly rootProblem?: (root: string) => string | undefined;
}

/** What is left of a run, with somebody to generate it. */
export interface Resumption {
  readonly options: RunOptions;
  readonly items: readonly PlannedItem[];
  readonly serviceKeys: readonly ServiceKey[];
  readonly flow: RunFlow | undefined;
  /** Those of the candidates that have ended: they must be queued again. */
  readonly ended: readonly string[];
}

const endedStates = journalStates.filter((state) => state !== 'queued');

/** @param unwritable items whose text is there and cannot be written at the moment: they need no call */
export async function readResumption(
  request: ResumeRequest,
  { id, options: stored, services, flow }: RunDetails,
  unwritable: ReadonlySet<string>,
): Promise<RunOutcome<Resumption>> {
  const { workspace, only, options: changed, serviceOf } = request;
  const queued = only === 'again' ? success([]) : await journalItems(workspace, id, ['queued']);
  if (!queued.ok) return queued;
  const again = await itemsAgain(request, unwritable);
  if (!again.ok) return again;
  const items = [...new Map([...queued.value, ...again.value].map((item) => [item.id, item])).values()];
  items.sort((a, b) => a.position - b.position);
  const options = resumedOptions(stored, changed);
  const known = storedServices(services);
  const serviceKeys = new Map<string, ServiceKey>();
  const later = flow?.stages.flatMap(({ variants }) => variants.map(({ service }) => service)) ?? [];
  for (const name of new Set([...items.map(({ service }) => service), ...later])) {
    const key = await serviceOf(name, known.get(name), options);
    if (!key.ok) return key;
    serviceKeys.set(name, key.value);
  }
  if (flow && !request.stages) {
    return refusal('no-pipelines', `Run ${id} follows a pipeline: resume it where pipelines can run.`);
  }
  return success({
    options,
    flow: flow && request.stages && { ...request.stages, flow, serviceKey: (name) => serviceKeys.get(name) ?? '' },
    items: await plannedCandidates(items, serviceKeys, options.verbalized),
    serviceKeys: [...new Set(serviceKeys.values())],
    ended: again.value.filter(({ state }) => state !== 'queued').map((item) => item.id),
  });
}

/** Every item of a run in one of the states, in the order of the plan. */
function journalItems(
  { journal }: Workspace,
  run: string,
  states: readonly JournalState[],
): Promise<JournalOutcome<JournalItem[]>> {
  return readAll((page) => journal.items(run, states, page));
}

/** Records that pass a stage by have nothing to be made again there. */
async function itemsAgain(
  request: ResumeRequest,
  unwritable: ReadonlySet<string>,
): Promise<JournalOutcome<JournalItem[]>> {
  const named = await namedAgain(request, unwritable);
  return named.ok ? success(named.value.filter(({ isSkipped }) => isSkipped !== true)) : named;
}

async function namedAgain(
  { workspace, run, again }: ResumeRequest,
  unwritable: ReadonlySet<string>,
): Promise<JournalOutcome<JournalItem[]>> {
  if (!again) return success([]);
  const { items, states, fresh } = again;
  if (items === undefined) {
    const found = await journalItems(workspace, run, states ?? endedStates);
    return found.ok && !fresh ? success(found.value.filter((item) => !unwritable.has(item.id))) : found;
  }
  const named = await workspace.journal.itemsById(run, items);
  if (!named.ok) return named;
  const there = new Set(named.value.map((item) => item.id));
  const missing = items.filter((item) => !there.has(item));
  if (missing.length > 0) {
    return failure(
      'no-item',
      `There is no item ${missing.join(', ')} in run ${run}: the manifests beside its candidates have their ids.`,
    );
  }
  return success(named.value.filter(({ state }) => states === undefined || states.some((each) => each === state)));
}
