import pLimit from 'p-limit';
import { describeError } from '../base/redact.ts';
import { Backlog, commitsAtOnce } from './backlog.ts';
import { stageOf, type ItemRecord, type RunRecord } from './itemRecord.ts';
import type { CommitOutcome, EngineListener, EnginePorts } from './work.ts';

/** What came of a commit. @param mayStart whether something was held up until there was room for what it left */
type Committed<Work, Result> = (
  run: RunRecord<Work, Result>,
  item: ItemRecord<Work, Result>,
  outcome: CommitOutcome<Work>,
  mayStart: boolean,
) => void;

/**
 * The way of results out of the engine: each is counted from its beginning until nothing is left to do with it, and the
 * slot that made it is not free before nothing can lose it. What it means for its item is not decided here.
 */
export class Commits<Work, Result> {
  readonly #ports: Pick<EnginePorts<Work, Result>, 'commit' | 'sizeOf'>;
  readonly #listener: Pick<EngineListener<Work>, 'lastCommits'>;
  readonly #committed: Committed<Work, Result>;
  readonly #inTurn = pLimit(commitsAtOnce);
  readonly #backlog = new Backlog();

  constructor(
    ports: Pick<EnginePorts<Work, Result>, 'commit' | 'sizeOf'>,
    listener: Pick<EngineListener<Work>, 'lastCommits'>,
    committed: Committed<Work, Result>,
  ) {
    this.#ports = ports;
    this.#listener = listener;
    this.#committed = committed;
  }

  /** Whether so much is finished and not committed that nothing new may start. */
  get isFull(): boolean {
    return this.#backlog.isFull;
  }

  /** Commits what no attempt of this engine has made, when its turn comes. */
  later(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>, result: Result): void {
    void this.#inTurn(() => this.#commit(run, item, result, () => undefined));
  }

  /** Commits what was paid for. @returns when nothing can lose it: its slot makes no other call before */
  settle(
    run: RunRecord<Work, Result>,
    item: ItemRecord<Work, Result>,
    result: Result,
    free: () => void,
  ): Promise<void> {
    const stage = stageOf(run, item.spec.stage);
    return new Promise((settled) => {
      let isDurable = false;
      void this.#commit(run, item, result, () => {
        if (isDurable) return;
        isDurable = true;
        stage.settling--;
        run.settling--;
        free();
        settled();
      });
    });
  }

  async #commit(
    run: RunRecord<Work, Result>,
    item: ItemRecord<Work, Result>,
    result: Result,
    durable: () => void,
  ): Promise<void> {
    const characters = this.#ports.sizeOf?.(result) ?? 0;
    const stage = stageOf(run, item.spec.stage);
    stage.committing++;
    run.committing++;
    this.#backlog.add(characters);
    // Nothing is in flight and nothing waits: whoever gathers commits need not wait for more.
    if (run.unfinished === run.committing) this.#listener.lastCommits?.(run.spec.id);
    let outcome: CommitOutcome<Work>;
    try {
      outcome = await this.#ports.commit(run.spec.id, item.spec, result, durable);
    } catch (error) {
      const message = `Internal error: ${describeError(error)}`;
      outcome = { kind: 'failed', failure: { reason: 'write-failed', message } };
    }
    durable();
    stage.committing--;
    run.committing--;
    this.#committed(run, item, outcome, this.#backlog.remove(characters));
  }
}
