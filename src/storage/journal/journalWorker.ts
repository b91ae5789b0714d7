import { join } from 'node:path';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { failpoint } from '../failpoint.ts';
import { beatsPerLife, leaseLifeMs, looksPerLife, monotonicMs } from './ownership.ts';
import { batchWait, mostWaiting } from './batchTiming.ts';
import { holdsResult, isUrgent, type ReadName, type WriteCall } from './calls.ts';
import { Journal } from './journal.ts';
import type { FromWorker, JournalCall, JournalWorkerData, LongCall, ToWorker } from './journalProtocol.ts';
import { addToManifest, candidatesOf } from '../manifests/manifestFile.ts';
import { manifestNames, type ManifestEntry } from '../../candidates/manifest.ts';
import { isInside } from '../../base/paths.ts';
import { PathGate } from '../pathGate.ts';
import { ManifestGatherer, type ManifestOutlet } from '../manifests/manifestGatherer.ts';
import { done, failed, success } from '../../base/outcome.ts';
import type { PackedItem, PackedPlan } from './tables/planPacking.ts';
import type { Retention, RunLease } from './records.ts';
import { describeFailure, type JournalOutcome } from './journalFailure.ts';
import { forgetAside, takeBack } from './setAside.ts';
import { journalPath } from './settings.ts';

interface Waiting {
  readonly id: number;
  readonly call: WriteCall;
}

interface Answer extends Waiting {
  readonly outcome: JournalOutcome<unknown>;
}

/** The journal on a thread of its own: what arrives close together goes into one transaction. */
export class JournalThread {
  readonly #journal: Journal;
  readonly #manifests: ManifestGatherer;
  readonly #outlet: ManifestOutlet;
  readonly #port: MessagePort;
  readonly #directory: string;
  readonly #path: string;
  readonly #base: string;
  readonly #gate = new PathGate();
  /** The folders that candidates of runs stay inside, by run. */
  readonly #roots = new Map<string, string>();
  readonly #lifeMs: number;
  readonly #beat: NodeJS.Timeout;
  readonly #plans = new Map<number, { contents: string[]; items: PackedItem[] }>();
  #waiting: Waiting[] = [];
  /** When what waits is committed: present while something does. */
  #due: { readonly isNow: boolean; readonly callOff: () => void } | undefined;
  #lastEndedAt = -Infinity;
  #lastMs = 0;

  constructor(
    journal: Journal,
    port: MessagePort,
    { directory, base, manifests, leaseLifeMs: lifeMs = leaseLifeMs }: JournalWorkerData,
  ) {
    this.#journal = journal;
    this.#port = port;
    this.#directory = directory;
    this.#path = journalPath(directory);
    this.#base = base;
    this.#lifeMs = lifeMs;
    const lockPath = join(directory, 'manifests.lock');
    this.#outlet =
      manifests === 'disk'
        ? (path, entries) =>
            addToManifest(path, entries, { gate: this.#gate, root: this.#rootOf(path, entries), lockPath })
        : (path, entries) => {
            if (entries.length > 0) this.#post({ type: 'manifestEntries', path, entries });
            return Promise.resolve(undefined);
          };
    this.#manifests = new ManifestGatherer(
      {
        writtenFiles: (run) => journal.read('writtenFiles', run),
        manifestEntries: (files) => journal.read('manifestEntries', files),
      },
      this.#outlet,
      (message) => this.#post({ type: 'manifestProblem', message }),
    );
    this.#beat = setInterval(() => this.#showLife(), lifeMs / beatsPerLife);
    port.on('message', (message: ToWorker) => this.#receive(message));
  }

  /** The folder that a manifest must stay inside: that of the candidates it tells of. */
  #rootOf(path: string, entries: readonly ManifestEntry[]): string {
    for (const run of new Set(entries.map((entry) => entry.run))) {
      const root = this.#rootOfRun(run);
      if (root !== undefined && isInside(root, path)) return root;
    }
    return this.#base;
  }

  /** Undefined when nobody knows the run. */
  #rootOfRun(run: string): string | undefined {
    const known = this.#roots.get(run);
    if (known !== undefined) return known;
    const details = this.#journal.read('run', run);
    if (!details.ok) return undefined;
    const { root } = details.value;
    this.#roots.set(run, root);
    // What `--out` names is kept as it really was.
    if (root !== this.#base) this.#gate.hold(root);
    return root;
  }

  #showLife(): void {
    const at = monotonicMs();
    const isHeld = this.#journal.beat();
    this.#tellLost();
    if (isHeld) this.#post({ type: 'held', at });
  }

  #receive(message: ToWorker): void {
    switch (message.type) {
      case 'calls':
        for (const { id, call } of message.calls) this.#take(id, call);
        return;
      case 'plan':
        this.#addToPlan(message.plan, message.part);
        return;
    }
  }

  #take(id: number, { kind, call }: JournalCall): void {
    if (kind === 'write') {
      if (needsManifests(call)) this.#afterManifests(id, call);
      else this.#enqueue(id, call);
      return;
    }
    // Whoever asks sees what was sent before; what an item is the work of was committed before the item was known.
    if (kind !== 'read' || !ofItems.has(call.name)) this.#flush();
    if (kind === 'read') this.#settle(id, this.#journal.readCall(call));
    else this.#long(id, call);
  }

  #long(id: number, call: LongCall): void {
    switch (call.name) {
      case 'createPlannedRun': {
        const plan = this.#plans.get(call.plan) ?? { contents: [], items: [] };
        const created = this.#journal.write('createRun', call.run, plan);
        // Whoever meets a locked journal asks again.
        if (created.ok || created.failure.reason !== 'busy') this.#plans.delete(call.plan);
        if (created.ok) this.#showLife();
        this.#settle(id, created);
        return;
      }
      case 'acquireWithin':
        this.#acquireWithin(id, call.run, performance.now() + call.waitMs);
        return;
      case 'deleteOld':
        this.#deleteOld(id, call.retention);
        return;
      case 'rebuildFromManifests':
        void this.#rebuild(id, call.paths);
        return;
      case 'putManifestEntries':
        void this.#putManifestEntries(id, call.path, call.entries);
        return;
      case 'adopt':
        this.#settle(id, this.#journal.adopt(call.path));
        return;
      case 'close':
        void this.#close(id);
        return;
    }
  }

  #afterManifests(id: number, call: WriteCall): void {
    this.#flush();
    if (this.#manifests.isIdle) this.#enqueue(id, call);
    else void this.#manifests.flush().then(() => this.#enqueue(id, call));
  }

  async #rebuild(id: number, paths: readonly string[]): Promise<void> {
    const found = await candidatesOf(paths, { gate: this.#gate, root: this.#base });
    this.#settle(id, this.#journal.write('rebuild', found));
  }

  /** After all that waits for the manifests: nothing older comes behind it. */
  async #putManifestEntries(id: number, path: string, entries: readonly ManifestEntry[]): Promise<void> {
    await this.#manifests.flush();
    const problem = await this.#outlet(path, entries);
    this.#settle(id, problem ? failed(problem) : done);
  }

  async #close(id: number): Promise<void> {
    await this.#manifests.close();
    this.#flush();
    clearInterval(this.#beat);
    this.#journal.close();
    this.#settle(id, done);
    this.#port.close();
  }

  /** @param signBefore the owner's sign of life at the look before */
  #acquireWithin(id: number, run: string, until: number, signBefore?: string): void {
    const outcome = this.#journal.write('acquire', run);
    const isOwned = !outcome.ok && outcome.failure.reason === 'owned';
    const sign = isOwned ? this.#journal.lifeSign(run) : undefined;
    const isAlive = signBefore !== undefined && sign !== signBefore;
    if (!isOwned || isAlive || performance.now() >= until) {
      if (outcome.ok) void this.#acquired(id, outcome.value);
      else this.#settle(id, outcome);
    } else setTimeout(() => this.#acquireWithin(id, run, until, sign), this.#lifeMs / looksPerLife);
  }

  async #acquired(id: number, lease: RunLease): Promise<void> {
    const { run } = lease;
    takeBack(this.#directory, run, (result) => {
      const taken = this.#journal.write('recordResult', lease, result);
      return taken.ok || taken.failure.reason === 'no-item';
    });
    await this.#reconcile(run);
    // A killed process may have left entries out.
    this.#manifests.addRun(run);
    this.#showLife();
    this.#settle(id, success(lease));
  }

  async #reconcile(run: string): Promise<void> {
    const folders = this.#journal.read('openFolders', run);
    const root = this.#rootOfRun(run);
    if (!folders.ok || root === undefined) return;
    const paths = folders.value.flatMap((folder) => manifestNames.map((name) => join(folder, name)));
    this.#journal.reconcile(run, await candidatesOf(paths, { gate: this.#gate, root }));
  }

  #deleteOld(id: number, retention: Retention): void {
    forgetAside(this.#directory, retention.finishedBefore);
    const steps = this.#journal.deleteOld(retention);
    const step = (): void => {
      const { done: isDone, value } = steps.next();
      if (isDone === true) this.#settle(id, value);
      else setImmediate(step);
    };
    step();
  }

  #addToPlan(number: number, { contents, items }: PackedPlan): void {
    const plan = this.#plans.get(number) ?? { contents: [], items: [] };
    this.#plans.set(number, plan);
    for (const content of contents) plan.contents.push(content);
    for (const item of items) plan.items.push(item);
  }

  #enqueue(id: number, call: WriteCall): void {
    this.#waiting.push({ id, call });
    if (this.#waiting.length >= mostWaiting) {
      this.#flush();
      return;
    }
    if (this.#due?.isNow) return;
    // Whoever paid for a text waits with the next call until it is committed.
    const waitMs = isUrgent(call) ? 0 : batchWait(performance.now() - this.#lastEndedAt, this.#lastMs);
    if (waitMs > 0 && this.#due) return;
    this.#due?.callOff();
    if (waitMs === 0) {
      // What has arrived meanwhile is received first, and goes with it.
      const immediate = setImmediate(() => this.#flush());
      this.#due = { isNow: true, callOff: () => clearImmediate(immediate) };
    } else {
      const timer = setTimeout(() => this.#flush(), waitMs);
      this.#due = { isNow: false, callOff: () => clearTimeout(timer) };
    }
  }

  #flush(): void {
    this.#due?.callOff();
    this.#due = undefined;
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    const startedAt = performance.now();
    const calls = batch.map(({ call }) => call);
    const answers = this.#answersTo(batch, this.#journal.writeAll(calls));
    if (holdsResult(calls)) failpoint('after-commit');
    for (const { call, outcome } of answers) {
      if (call.name === 'markWritten' && outcome.ok) this.#manifests.add([call.args[1].path]);
    }
    this.#lastEndedAt = performance.now();
    this.#lastMs = this.#lastEndedAt - startedAt;
    this.#post({ type: 'settled', outcomes: answers.map(({ id, outcome }) => ({ id, outcome })) });
    this.#tellLost();
  }

  /** Where outcomes are missing or too many, nobody knows whose they are: no call of the batch counts as done. */
  #answersTo(batch: readonly Waiting[], outcomes: readonly JournalOutcome<unknown>[]): Answer[] {
    const isWhole = outcomes.length === batch.length;
    const error = new Error(`${batch.length} writes came to ${outcomes.length} outcomes`);
    return batch.map((waiting, place) => ({
      ...waiting,
      outcome: (isWhole ? outcomes[place] : undefined) ?? failed(describeFailure('internal', this.#path, error)),
    }));
  }

  #tellLost(): void {
    const runs = this.#journal.takeLost();
    if (runs.length > 0) this.#post({ type: 'lost', runs });
  }

  #settle(id: number, outcome: JournalOutcome<unknown>): void {
    this.#post({ type: 'settled', outcomes: [{ id, outcome }] });
  }

  #post(message: FromWorker): void {
    this.#port.postMessage(message);
  }
}

/** Reads that need only what was committed: a flow makes them all the time, and its commits wait for company. */
const ofItems: ReadonlySet<ReadName> = new Set<ReadName>(['record', 'queuedItems']);

/**
 * A run that ends leaves its manifests complete: until they are, it can be resumed, which completes them too. What starts
 * again is no longer known as written.
 */
function needsManifests({ name }: WriteCall): boolean {
  return name === 'finishRun' || name === 'release' || name === 'discardRun' || name === 'requeue';
}

if (parentPort) {
  const port = parentPort;
  const post = (message: FromWorker): void => port.postMessage(message);
  const data = workerData as JournalWorkerData;
  const opened = Journal.open(data, (repair) => post({ type: 'repaired', repair }));
  post({ type: 'opened', outcome: opened.ok ? done : opened });
  if (opened.ok) new JournalThread(opened.value, port, data);
}
