import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { leaseLifeMs, monotonicMs } from './ownership.ts';
import type { ManifestEntry } from '../../candidates/manifest.ts';
import {
  sentReads,
  sentWrites,
  type ReadCall,
  type ReadOutcome,
  type SentCalls,
  type WriteCall,
  type WriteOutcome,
} from './calls.ts';
import type { FromWorker, JournalCall, JournalWorkerData, LongCall, ToWorker } from './journalProtocol.ts';
import { describeFailure, reasonOf, type JournalFailureReason, type JournalOutcome } from './journalFailure.ts';
import { done, success } from '../../base/outcome.ts';
import { PlanPacker } from './tables/planPacking.ts';
import type { JournalItem, NewResult, NewRun, Page, PageRequest, Retention, RunLease } from './records.ts';
import type { NewItem } from '../../candidates/plannedItem.ts';
import { setAside } from './setAside.ts';
import { defaultBusyMs, journalPath, type JournalSettings, type Repair } from './settings.ts';

export interface JournalClientOptions extends JournalSettings {
  /** The built or the source file of journalWorker.ts. */
  readonly worker: string | URL;
  /** Told when a damaged journal was mended, on opening or later: a message for the person. */
  readonly onRepair?: (repair: Repair) => void;
  /** Told when somebody else has taken over a run of this owner: stop working on it. */
  readonly onLost?: (run: string) => void;
  /** Whether the manifests beside candidates are written, or `onManifestEntries` is told what to add; default `disk`. */
  readonly manifests?: 'disk' | 'report';
  /**
   * With `report`: told what to put into a manifest, some of it perhaps again, before the call that ends a run is
   * answered; see `mergeManifest`. Entries of files that are not there any more are the receiver's to leave out.
   */
  readonly onManifestEntries?: (manifestPath: string, entries: readonly ManifestEntry[]) => void;
  /** Told once that manifests cannot be written for now, in one sentence for the person; it is tried again. */
  readonly onManifestProblem?: (message: string) => void;
}

/** Packing a plan gives way to others after so long, ms, and sends what it has after so many characters. */
const sliceMs = 4;
const partCharacters = 128 * 1024;
/** A call that meets a locked journal is made again after so long, ms. */
const againMs = 100;
/** Items asked for by their ids come in messages of so many. */
const idsAtOnce = 200;

type Send = (call: JournalCall) => Promise<JournalOutcome<unknown>>;
type Settle = (outcome: JournalOutcome<unknown>) => void;

/** A method for each of the sent calls: its arguments travel as they are. */
function sentCalls(send: Send): SentCalls {
  const methods = (kind: 'write' | 'read', names: readonly (keyof SentCalls)[]) =>
    names.map((name) => {
      const method = (...args: readonly unknown[]) => send({ kind, call: { name, args } } as JournalCall);
      return [name, method] as const;
    });
  return Object.fromEntries([...methods('write', sentWrites), ...methods('read', sentReads)]) as SentCalls;
}

/** Gives a class the sent calls: TypeScript does not see methods that are made from names. */
const SentCallsBase = function (this: object, send: Send): void {
  Object.assign(this, sentCalls(send));
} as unknown as new (send: Send) => SentCalls;

/**
 * The journal of one folder, on a thread of its own: no call holds the event loop, whatever the disk does. Every promise
 * is fulfilled with an outcome, never rejected; a write's when its transaction has committed. Writes take effect in the
 * order of the calls, and a read sees all writes before it; but for `record` and `queuedItems`, which see those that were
 * answered, and for `finishRun`, `release`, `discardRun` and `requeue`: they wait until the manifests are written, while
 * other calls go on.
 */
export class JournalClient extends SentCallsBase {
  readonly #options: JournalClientOptions;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Settle>();
  #outbox: { readonly id: number; readonly call: JournalCall }[] = [];
  /** Those whose owners wait for a locked journal themselves. */
  readonly #patientRuns = new Set<string>();
  #lastId = 0;
  /** When nobody can have taken over what this owner holds; see `monotonicMs`. */
  #heldAt = -Infinity;
  #end: JournalFailureReason | undefined;
  #endError: unknown;

  private constructor(options: JournalClientOptions, worker: Worker, opened: Settle) {
    super((call) => this.#send(call));
    this.#options = options;
    this.#worker = worker;
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'opened') opened(message.outcome);
      else this.#receive(message);
    });
    worker.on('error', (error) => {
      this.#stopped(reasonOf(error), error);
      opened(this.#failed());
    });
    worker.on('exit', () => {
      this.#stopped('closed', undefined);
      opened(this.#failed());
    });
  }

  static async open(options: JournalClientOptions): Promise<JournalOutcome<JournalClient>> {
    const {
      worker: script,
      onRepair: _onRepair,
      onLost: _onLost,
      onManifestEntries: _onManifestEntries,
      onManifestProblem: _onManifestProblem,
      manifests = 'disk',
      ...settings
    } = options;
    const data: JournalWorkerData = { ...settings, manifests };
    const worker = new Worker(script, {
      name: 'journal',
      workerData: data,
      // Node 22 warns that node:sqlite is experimental: of no use to whoever generates texts.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    let client: JournalClient | undefined;
    const opened = await new Promise<JournalOutcome<unknown>>((resolve) => {
      client = new JournalClient(options, worker, resolve);
    });
    // An open journal alone does not keep a process alive; a call that waits does.
    worker.unref();
    return opened.ok && client ? success(client) : (opened as JournalOutcome<never>);
  }

  /** Commits a plan in one transaction and makes this process its owner. The items are read in short slices. */
  async createRun(run: NewRun, items: Iterable<NewItem>): Promise<JournalOutcome<RunLease>> {
    const plan = ++this.#lastId;
    const packer = new PlanPacker(this.#options.base);
    let sliceEnd = performance.now() + sliceMs;
    const send = (): void => this.#post({ type: 'plan', plan, part: packer.take() });
    for (const item of items) {
      packer.add(item);
      const isLate = performance.now() >= sliceEnd;
      if (isLate || packer.size >= partCharacters) send();
      if (!isLate) continue;
      await nextTurn();
      sliceEnd = performance.now() + sliceMs;
    }
    send();
    return (await this.#long({ name: 'createPlannedRun', run, plan })) as JournalOutcome<RunLease>;
  }

  /**
   * Takes a run that nobody holds or whose owner is dead.
   *
   * @param waitMs how long to watch an owner that gives no sign of life; a lease's life and a half settles it, and the
   *   first sign ends it
   */
  acquire(run: string, waitMs = 0): Promise<JournalOutcome<RunLease>> {
    return this.#long({ name: 'acquireWithin', run, waitMs }) as Promise<JournalOutcome<RunLease>>;
  }

  /** Makes sure that nobody has taken the run over: before what the journal cannot refuse. At once, as a rule. */
  confirm(lease: RunLease): Promise<JournalOutcome<undefined>> {
    const { leaseLifeMs: lifeMs = leaseLifeMs } = this.#options;
    if (monotonicMs() - this.#heldAt < lifeMs) return Promise.resolve(done);
    return this.#send({ kind: 'write', call: { name: 'confirm', args: [lease] } }) as Promise<WriteOutcome<'confirm'>>;
  }

  /** In the order of the ids; those that the run does not have are absent. */
  async itemsById(run: string, ids: readonly string[]): Promise<JournalOutcome<JournalItem[]>> {
    const items: JournalItem[] = [];
    for (let from = 0; from === 0 || from < ids.length; from += idsAtOnce) {
      const call: ReadCall = { name: 'itemsById', args: [run, ids.slice(from, from + idsAtOnce)] };
      const read = (await this.#send({ kind: 'read', call })) as ReadOutcome<'itemsById'>;
      if (!read.ok) return read;
      for (const item of read.value) items.push(item);
    }
    return success(items);
  }

  /** Forgets old runs and texts. @returns how many runs went */
  deleteOld(retention: Retention): Promise<JournalOutcome<number>> {
    return this.#long({ name: 'deleteOld', retention }) as Promise<JournalOutcome<number>>;
  }

  /**
   * Fills in what the manifests beside candidates know: after a repair.
   *
   * @param paths absolute
   * @returns how many written items the journal did not know
   */
  rebuildFromManifests(paths: readonly string[]): Promise<JournalOutcome<number>> {
    return this.#long({ name: 'rebuildFromManifests', paths }) as Promise<JournalOutcome<number>>;
  }

  /**
   * Puts into a manifest what it said of files before; those of files that are not there are left out.
   *
   * @param path of the manifest by its first name, absolute
   */
  putManifestEntries(path: string, entries: readonly ManifestEntry[]): Promise<JournalOutcome<undefined>> {
    return this.#long({ name: 'putManifestEntries', path, entries }) as Promise<JournalOutcome<undefined>>;
  }

  /**
   * Takes over every run of another journal, and its cache: `moveJournal` does the rest.
   *
   * @param path of its database
   * @returns how many runs it has
   */
  adopt(path: string): Promise<JournalOutcome<number>> {
    return this.#long({ name: 'adopt', path }) as Promise<JournalOutcome<number>>;
  }

  /** Whoever works on the run waits for a locked journal itself: its writes are answered after one try. */
  answerAtOnce(run: string): void {
    this.#patientRuns.add(run);
  }

  /**
   * Keeps a result that the journal does not take beside it, for whoever acquires the run: for a process that must leave.
   *
   * @returns whether that was possible
   */
  setAside({ run }: RunLease, result: NewResult): Promise<boolean> {
    return setAside(this.#options.directory, run, result);
  }

  /** Commits what waits, writes the manifests, gives back the runs that are still held and closes the files. */
  async close(): Promise<void> {
    if (this.#end === undefined) {
      const closing = this.#long({ name: 'close' });
      this.#flush();
      this.#end = 'closed';
      await closing;
    }
  }

  #long(call: LongCall): Promise<JournalOutcome<unknown>> {
    return this.#send({ kind: 'long', call });
  }

  async #send(call: JournalCall): Promise<JournalOutcome<unknown>> {
    const isPatient = !(call.kind === 'write' && this.#isOfPatientRun(call.call));
    const until = performance.now() + (this.#options.busyMs ?? defaultBusyMs);
    for (;;) {
      const outcome = await this.#sendOnce(call);
      const isLocked = !outcome.ok && outcome.failure.reason === 'busy';
      if (!isLocked || !isPatient || performance.now() >= until) return outcome;
      await delay(againMs);
    }
  }

  #isOfPatientRun({ args: [lease] }: WriteCall): boolean {
    return typeof lease === 'object' && 'fence' in lease && this.#patientRuns.has(lease.run);
  }

  #sendOnce(call: JournalCall): Promise<JournalOutcome<unknown>> {
    if (this.#end !== undefined) return Promise.resolve(this.#failed());
    return new Promise((resolve) => {
      const id = ++this.#lastId;
      if (this.#pending.size === 0) this.#worker.ref();
      this.#pending.set(id, resolve);
      this.#outbox.push({ id, call });
      // What arrives together shares a message, and so its commit.
      if (this.#outbox.length === 1) void nextTurn().then(() => this.#flush());
    });
  }

  #flush(): void {
    if (this.#outbox.length === 0) return;
    const calls = this.#outbox;
    this.#outbox = [];
    this.#post({ type: 'calls', calls });
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: Exclude<FromWorker, { readonly type: 'opened' }>): void {
    switch (message.type) {
      case 'settled':
        for (const { id, outcome } of message.outcomes) this.#settle(id, outcome);
        return;
      case 'repaired':
        this.#options.onRepair?.(message.repair);
        return;
      case 'manifestEntries':
        this.#options.onManifestEntries?.(message.path, message.entries);
        return;
      case 'manifestProblem':
        this.#options.onManifestProblem?.(message.message);
        return;
      case 'held':
        this.#heldAt = message.at;
        return;
      case 'lost':
        for (const run of message.runs) this.#options.onLost?.(run);
        return;
    }
  }

  #settle(id: number, outcome: JournalOutcome<unknown>): void {
    const settle = this.#pending.get(id);
    if (!settle) {
      // Whose outcome it is, nobody knows: those who wait must not take theirs from the same thread.
      this.#stopped('internal', new Error('its thread answered a call that nobody waits for'));
      void this.#worker.terminate();
      return;
    }
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#worker.unref();
    settle(outcome);
  }

  /** Whoever waits hears about it; what was acknowledged before is on disk. */
  #stopped(reason: JournalFailureReason, error: unknown): void {
    this.#end ??= reason;
    this.#endError ??= error;
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const settle of waiting) settle(this.#failed());
  }

  #failed(): JournalOutcome<never> {
    const path = journalPath(this.#options.directory);
    return { ok: false, failure: describeFailure(this.#end ?? 'closed', path, this.#endError) };
  }
}

/** Every row of a long list: `readAll((page) => journal.items(run, [], page))`. */
export async function readAll<Row>(
  read: (page: PageRequest) => Promise<JournalOutcome<Page<Row>>>,
): Promise<JournalOutcome<Row[]>> {
  const rows: Row[] = [];
  for (let after: number | undefined; ;) {
    const page = await read(after === undefined ? {} : { after });
    if (!page.ok) return page;
    for (const row of page.value.rows) rows.push(row);
    if (page.value.next === undefined) return success(rows);
    after = page.value.next;
  }
}
