import { success } from '../../base/outcome.ts';
import type { CommitOutcome, ItemSpec, ItemView, WaitingItems } from '../../engine/engine.ts';
import type { ItemCounts } from '../../model/item.ts';
import type { ItemSnapshot } from '../../model/run.ts';
import { readAll } from '../../storage/journal/journalClient.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { EndedItem, JournalItem } from '../../storage/journal/records.ts';
import { journalledItem, newItemSnapshot } from '../board/shownRun.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import { cacheKeyOf } from '../resume/cachedCandidates.ts';
import { keepResult } from './candidateKeeper.ts';
import type { FlowWork, FollowedText } from './flowWork.ts';
import { queuedAgain } from './itemSnapshots.ts';
import { PromptPrefixes } from './promptPrefix.ts';
import type { KeptTables, ResultTables } from './resultTables.ts';
import type { SessionParts } from './sessionTools.ts';
import { UnkeptTexts } from './unkeptTexts.ts';

/**
 * Why an item may have ended that is not through: nothing new of it starts, or nothing of the run can be kept any more.
 */
export type Stop = 'stopped' | 'trouble' | undefined;

/** What could be kept at the last moment, with the state that it was told of last. */
type KeptLate = Awaited<ReturnType<UnkeptTexts['keep']>>['kept'];

/** The items of one run: their results are kept, their ends are told, and what follows them comes into being. */
export class SessionItems {
  readonly #parts: SessionParts;
  readonly #prefixes = new PromptPrefixes();
  readonly #madeAnew: Set<string>;
  /** Those that have not ended for good: whoever resumes the run goes on with them. */
  readonly #givenBack = new Set<string>();
  readonly #unkept = new UnkeptTexts();
  /** Why items were left for later, as a sentence. */
  #postponed: string | undefined;
  /** Absent when it keeps none. */
  #tables: ResultTables | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#madeAnew = new Set(parts.ready.madeAnew);
  }

  keepTables(tables: ResultTables | undefined): void {
    this.#tables = tables;
  }

  closeTables(): Promise<KeptTables | undefined> {
    return this.#tables?.close() ?? Promise.resolve(undefined);
  }

  get postponed(): string | undefined {
    return this.#postponed;
  }

  /** How many are left for whoever resumes the run. */
  get left(): number {
    return this.#givenBack.size;
  }

  spec(item: PlannedItem): ItemSpec<PlannedItem> {
    const { id, position, root, stage, priority, reservation, serviceKey, model } = item;
    const { services } = this.#parts.tools;
    const service = services.governorKey(serviceKey);
    const prefix = services.cachesPrompts(serviceKey) ? this.#prefixes.of(item) : undefined;
    const spec = { id, position, root, stage, priority, service, model, reservation, work: item };
    return prefix === undefined ? spec : { ...spec, prefix };
  }

  /**
   * An item that has ended starts again; the text that a failed one has is only written.
   *
   * @param settled resolves when no write of the run is under way
   * @returns `ended` when the run has just ended, `followed` when others have gone on from the item
   */
  async startAgain(
    itemId: string,
    settled: () => Promise<void>,
  ): Promise<JournalOutcome<'started' | 'ended' | 'followed'>> {
    const { tools, owned, structured } = this.#parts;
    const { journal } = owned.workspace;
    const run = owned.lease.run;
    const known = await this.#known(itemId);
    if (!known.ok) return known;
    const item = known.value;
    if (!item) return success('ended');
    // What became of the item before must not be written after this.
    await structured.settled();
    await settled();
    const text = await journal.unwrittenResult(run, itemId);
    if (!text.ok) return text;
    const kept = await structured.toWrite(item, text.value);
    if (kept === undefined) this.#madeAnew.add(itemId);
    const again = { items: [itemId], fresh: kept === undefined, only: 'unfollowed' } as const;
    const requeued = await owned.persist(() => journal.requeue(owned.lease, again));
    if (!requeued.ok) return requeued;
    if (requeued.value === 0) return success('followed');
    const result = kept && ({ ...kept, origin: 'journal' } as const);
    return success(tools.engine.startAgain(run, this.spec(item), result) ? 'started' : 'ended');
  }

  /** What an item of a flow comes to without a call: its result in the cache. */
  recall(item: PlannedItem): Promise<FollowedText | undefined> | undefined {
    const { flow, ready } = this.#parts;
    if (!flow || ready.options.cache !== 'on' || this.#madeAnew.has(item.id)) return undefined;
    return this.#recall(flow, item);
  }

  async #recall(flow: FlowWork, item: PlannedItem): Promise<FollowedText | undefined> {
    const { owned, meter } = this.#parts;
    const key = await flow.cacheKey(item, this.#identityOf(item));
    const cached = key === undefined ? undefined : await owned.workspace.journal.cached([key]);
    const found = cached?.ok ? cached.value[0] : undefined;
    const text = found && (await flow.restore(item, found)) ? found : undefined;
    meter.metrics.cacheAsked(item.service, text !== undefined);
    if (!text) return undefined;
    const following = await flow.follow(item, text);
    return following.ok ? { ...text, origin: 'cache', following: following.value } : undefined;
  }

  async commit(item: PlannedItem, result: FollowedText, durable: () => void): Promise<CommitOutcome<PlannedItem>> {
    const { flow, owned, snapshots, troubled } = this.#parts;
    const following = await flow?.follow(item, result);
    if (following?.ok === false) return { kind: 'failed', failure: following.failure };
    // What was cut is no text that anybody wants again.
    const cacheKey = result.origin === 'service' && !result.cut ? await this.#cacheKey(item) : undefined;
    const { record, ...comes } = following?.value ?? {};
    const options = { ...(cacheKey === undefined ? {} : { cacheKey }), ...comes };
    const kept = await keepResult(owned, item, result, options, durable);
    const file = kept.kind === 'failed' ? undefined : kept.file;
    if (kept.trouble) {
      troubled(kept.trouble);
      this.#unkept.add({ item, result, options: { ...options, ...(file && { file }) } });
    }
    const followers = this.adopt(kept.followers);
    const next = followers.map(({ work }) => work);
    if (record) flow?.handOn(item, record, next);
    if (kept.kind === 'failed') return { kind: 'failed', failure: kept.failure, followers };
    if (file) snapshots.wrote(item.id, file.path);
    this.#tables?.changed(item.id, item.prompt.path);
    return { kind: kept.kind, followers };
  }

  /** A person's cancel and a failure are for good; what was only stopped is not. */
  ended({ spec, state, failure }: ItemView<PlannedItem>, stop: Stop): Promise<ItemSpec<PlannedItem>[]> | undefined {
    const { structured, flow } = this.#parts;
    const { id, work } = spec;
    if (state !== 'failed' && state !== 'cancelled') return undefined;
    if (failure?.isForLater === true && failure.reason !== 'budget') this.#postponed ??= failure.message;
    if (stop === 'trouble' || failure?.isForLater === true || (stop === 'stopped' && state === 'cancelled')) {
      this.#givenBack.add(id);
      return undefined;
    }
    if (state === 'failed' && failure && structured.has(work)) return this.#endMismatch(work, failure);
    structured.forget(work);
    const ending = this.#markEnded({ item: id, state, ...(failure ? { failure } : {}) });
    return flow && ending;
  }

  /** What was paid for and is no candidate is kept before its item ends. */
  async #endMismatch(item: PlannedItem, why: NonNullable<EndedItem['failure']>): Promise<ItemSpec<PlannedItem>[]> {
    const { failure, isTextKept, trouble } = await this.#parts.structured.end(item, why);
    if (trouble) {
      this.#parts.troubled(trouble);
      this.#givenBack.add(item.id);
      return [];
    }
    const ended = { item: item.id, state: 'failed', failure: { ...failure, stage: why.stage } } as const;
    this.#tellFailure(ended);
    return this.#markEnded({ ...ended, ...(isTextKept ? { isTextKept } : {}) });
  }

  /** Where an answer was kept is known only after its item has ended. */
  #tellFailure({ item, failure }: Pick<EndedItem, 'item' | 'failure'>): void {
    const { tools, ready } = this.#parts;
    const shown = ready.run.items.get(item);
    if (shown && failure) tools.board.itemChanged({ ...shown, failure });
  }

  async #markEnded(ended: EndedItem): Promise<ItemSpec<PlannedItem>[]> {
    const { owned, ready, troubled } = this.#parts;
    const marked = await owned.persist(() => owned.workspace.journal.markEnded(owned.lease, ended));
    if (marked.ok) {
      const prompt = ready.run.items.get(ended.item)?.prompt;
      if (prompt !== undefined) this.#tables?.changed(ended.item, prompt);
      return this.adopt(marked.value);
    }
    troubled(marked.failure);
    this.#givenBack.add(ended.item);
    return [];
  }

  /** Items that wait in the journal, because there was no room for them. */
  async load({ stage, from, to }: WaitingItems, most: number): Promise<ItemSpec<PlannedItem>[]> {
    const { owned, troubled } = this.#parts;
    const loaded = await owned.workspace.journal.queuedItems(owned.lease.run, { stage, from, to }, most);
    if (loaded.ok) return this.adopt(loaded.value);
    troubled(loaded.failure);
    return [];
  }

  /** Items that came into being are shown. @returns those that are to be made */
  adopt(items: readonly JournalItem[]): ItemSpec<PlannedItem>[] {
    const { tools, ready } = this.#parts;
    return items.flatMap((item) => {
      if (item.state !== 'queued') {
        tools.board.itemChanged(journalledItem(ready.run, item));
        return [];
      }
      return [this.spec(this.#follower(item))];
    });
  }

  #follower(item: JournalItem): PlannedItem {
    return { ...item, serviceKey: this.#parts.ready.flow?.serviceKey(item.service) ?? '', siblings: 1 };
  }

  /** What came into being in this session is only in the journal: nobody could say how many that will be. */
  async #known(id: string): Promise<JournalOutcome<PlannedItem | undefined>> {
    const { ready, owned, flow } = this.#parts;
    if (!flow) return success(ready.items.find((item) => item.id === id));
    const found = await owned.workspace.journal.itemsById(owned.lease.run, [id]);
    if (!found.ok) return found;
    const [item] = found.value;
    return success(item && this.#follower(item));
  }

  /** What waits in the journal is not the engine's to cancel. */
  async cancelWaiting(): Promise<void> {
    const { owned, ready, tools, troubled } = this.#parts;
    const { journal } = owned.workspace;
    const { run } = owned.lease;
    const cancelled = await journal.cancelQueued(owned.lease);
    if (!cancelled.ok) troubled(cancelled.failure);
    if (!cancelled.ok || cancelled.value === 0) return;
    const ended = await readAll((page) => journal.itemOverviews(run, ['cancelled', 'failed'], page));
    if (!ended.ok) troubled(ended.failure);
    for (const item of ended.ok ? ended.value : []) {
      const isNews = ready.run.items.get(item.id)?.state !== item.state;
      if (isNews) tools.board.itemChanged(journalledItem(ready.run, item));
    }
  }

  /** Items that nobody makes in this session. */
  leave(specs: readonly ItemSpec<PlannedItem>[]): void {
    const { tools, ready } = this.#parts;
    for (const { work } of specs) tools.board.itemChanged(newItemSnapshot(ready.run, work));
  }

  /**
   * What the journal did not take gets its last chance.
   *
   * @param isRefused the run is not this process's any more: nothing is tried
   */
  async keepLate(isRefused: boolean): Promise<KeptLate> {
    const { owned, ready } = this.#parts;
    const { kept, left } = await this.#unkept.keep(owned, ready.run.items, isRefused);
    for (const { item } of kept) this.#givenBack.delete(item.id);
    for (const id of left) this.#givenBack.add(id);
    return kept;
  }

  /** What a budget has stopped is queued, as nobody has cancelled it. */
  countLeft(counts: ItemCounts): void {
    for (const id of this.#givenBack) {
      const shown = this.#parts.ready.run.items.get(id);
      if (!shown) continue;
      counts[shown.state]--;
      counts.queued++;
    }
  }

  queuedAgain(): ItemSnapshot[] {
    return [...this.#givenBack].flatMap((id) => {
      const shown = this.#parts.ready.run.items.get(id);
      return shown ? [queuedAgain(shown)] : [];
    });
  }

  async #cacheKey(item: PlannedItem): Promise<string | undefined> {
    const { ready, flow } = this.#parts;
    if (ready.options.cache === 'off') return undefined;
    return flow ? flow.cacheKey(item, this.#identityOf(item)) : cacheKeyOf(item, this.#identityOf);
  }

  readonly #identityOf = ({ serviceKey }: PlannedItem): string => this.#parts.tools.services.identity(serviceKey);
}
