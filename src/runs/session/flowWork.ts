import { failed, success, type Outcome } from '../../base/outcome.ts';
import { follow, type Draft } from '../../flow/follow.ts';
import { groupOf, type FlowStage, type RecordData } from '../../flow/flow.ts';
import { elementRecord, recordAfter } from '../../flow/record.ts';
import type { AttemptOutcome, Failure } from '../../model/attempt.ts';
import type { GenerationOptions } from '../../services/service.ts';
import { stageCacheKey } from '../../storage/journal/cacheKey.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import type { Workspace } from '../workspace.ts';
import type { CandidateText } from './candidateKeeper.ts';
import type { ResultFile, RunFlow, StageAnswer } from './runFlow.ts';

/** What comes of an item: the items that follow it, and the group of the next gather that its record is part of. */
export interface Following {
  /** The record that they go on with. */
  readonly record: RecordData;
  readonly followers: readonly Draft[];
  readonly group?: string;
}

/** A text that comes of an item, with what follows it as far as that was found out already. */
export interface FollowedText extends CandidateText {
  readonly following?: Following;
  /** The file that it is to leave. */
  readonly leaves?: ResultFile;
}

/** What a result is followed by, and the file that it is to leave. */
export interface Prepared extends Pick<FollowedText, 'leaves'> {
  readonly following: Following;
}

/** The flow of one run at work: the records that items are the work of, and what follows them. */
export class FlowWork {
  readonly #flow: RunFlow;
  readonly #workspace: Pick<Workspace, 'journal'>;
  readonly #run: string;
  /** Records of the items that are under way. */
  readonly #records = new WeakMap<PlannedItem, RecordData>();

  constructor(flow: RunFlow, workspace: Pick<Workspace, 'journal'>, run: string) {
    this.#flow = flow;
    this.#workspace = workspace;
    this.#run = run;
  }

  /** An answer that nothing can follow has failed: it is not kept as if its item were through. */
  async work(item: PlannedItem, options: GenerationOptions): Promise<AttemptOutcome<StageAnswer & Prepared>> {
    const outcome = await this.#answer(item, options);
    if (outcome.kind === 'failed') return outcome;
    const { result, ...facts } = outcome;
    const prepared = await (result.isNothing ? this.#followed(item, result) : this.prepare(item, result));
    if (prepared.ok) return { ...facts, kind: 'completed', result: { ...result, ...prepared.value } };
    return { ...facts, kind: 'failed', failure: prepared.failure };
  }

  /** Whether results of an item leave files. */
  leavesFile(item: PlannedItem): boolean {
    return this.#flow.files?.has(this.#stage(item)) === true;
  }

  /** @param result as its stage made it. A failure is the item's: it can leave no file, or nothing can follow it */
  async prepare(
    item: PlannedItem,
    result: Pick<CandidateText, 'text' | 'format'>,
  ): Promise<Outcome<Prepared, Failure>> {
    if (!this.leavesFile(item)) return this.#followed(item, result);
    const record = await this.#recordOf(item);
    if (!record.ok) return record;
    const { text, format = 'text' } = result;
    const task = { item, stage: this.#stage(item), record: record.value };
    const leaves = this.#flow.files?.of(task, { text, format });
    if (leaves?.ok === false) return leaves;
    const followed = await this.#followed(item, leaves?.value.result ?? result);
    return followed.ok ? success({ ...followed.value, ...(leaves ? { leaves: leaves.value } : {}) }) : followed;
  }

  async #followed(
    item: PlannedItem,
    result: Pick<CandidateText, 'text' | 'format'>,
  ): Promise<Outcome<Prepared, Failure>> {
    const following = await this.follow(item, result);
    return following.ok ? success({ following: following.value }) : following;
  }

  async #answer(item: PlannedItem, options: GenerationOptions): Promise<AttemptOutcome<StageAnswer>> {
    const record = await this.#recordOf(item);
    if (!record.ok) return { kind: 'failed', failure: record.failure };
    return this.#flow.work({ item, stage: this.#stage(item), record: record.value, ...options });
  }

  /**
   * Where the cache would have the result of an item; undefined when it must not come from there.
   *
   * @param service says which endpoint answers, without a secret
   */
  async cacheKey(item: PlannedItem, service: string): Promise<string | undefined> {
    const stage = this.#flow.identity(this.#stage(item));
    if (stage === undefined) return undefined;
    const record = await this.#recordOf(item);
    if (!record.ok) return undefined;
    const { model, index } = item;
    return stageCacheKey({ service, stage, record: record.value, model, index });
  }

  /** Whether a result from the cache can be used: what belongs to it is there then. */
  async restore(
    item: PlannedItem,
    { text, format = 'text' }: Pick<CandidateText, 'text' | 'format'>,
  ): Promise<boolean> {
    return (await this.#flow.restore?.(this.#stage(item), { text, format })) ?? true;
  }

  /** A failure is the item's: nothing can follow its result. */
  async follow(
    item: PlannedItem,
    result: Pick<FollowedText, 'text' | 'format' | 'following'>,
  ): Promise<Outcome<Following, Failure>> {
    if (result.following) return success(result.following);
    const before = await this.#recordOf(item);
    if (!before.ok) return before;
    const { flow, expressions } = this.#flow;
    const { stage, key, place } = item;
    const text = { text: result.text, format: result.format ?? 'text' };
    const record = recordAfter(before.value, this.#stage(item).name, text);
    const followers = follow(flow, { stage, key, place, record }, expressions);
    if (!followers.ok) return failed({ reason: 'bad-request', message: followers.failure.message });
    const group = groupOf(flow, stage, record, expressions);
    return success({ record, followers: followers.value, ...(group === undefined ? {} : { group }) });
  }

  /** Items that follow another at once need not ask for their records. */
  handOn({ position }: PlannedItem, record: RecordData, followers: readonly PlannedItem[]): void {
    for (const follower of followers) {
      if (follower.parent !== position) continue;
      const { input } = this.#stage(follower);
      const { element } = follower;
      const isElement = input.kind === 'expand' && element !== undefined;
      this.#records.set(follower, isElement ? elementRecord(record, input.list, element) : record);
    }
  }

  #stage({ stage }: Pick<PlannedItem, 'stage'>): FlowStage {
    const found = this.#flow.flow.stages[stage];
    if (!found) throw new Error(`The flow has no stage ${stage}.`);
    return found;
  }

  async #recordOf(item: PlannedItem): Promise<Outcome<RecordData, Failure>> {
    const known = this.#records.get(item) ?? rowOf(item, this.#stage(item));
    if (known) return success(known);
    const read = await this.#workspace.journal.record(this.#run, item.id);
    if (!read.ok) return failed({ reason: 'write-failed', message: read.failure.message });
    if (!read.value) return failed({ reason: 'cancelled', message: `The record of item ${item.id} is gone.` });
    this.#records.set(item, read.value);
    return success(read.value);
  }
}

/** The record of an item that a run begins with, which needs no asking; undefined for one that follows another. */
function rowOf({ parent, element, variables }: PlannedItem, { input }: FlowStage): RecordData | undefined {
  if (parent !== undefined || input.kind === 'gather') return undefined;
  return input.kind === 'expand' && element !== undefined ? elementRecord(variables, input.list, element) : variables;
}
