import type { Budget } from '../../model/budget.ts';
import type { RunSummary } from '../../model/run.ts';
import type { StartedRun } from '../startedRun.ts';

/** Runs that are remembered once they have ended. */
const mostRemembered = 200;

/** What is known here of a run, beyond what its journal says. */
export interface FollowedRun {
  /** What it may spend in all: what it was resumed with is no part of what its journal keeps. */
  readonly budget: Budget;
  /** How it ended; absent: it goes on. */
  readonly summary?: RunSummary;
}

/** The runs that agents have begun here: they go on whoever listens, and what came of them is remembered. */
export class FollowedRuns {
  readonly #going = new Map<string, Promise<unknown>>();
  readonly #known = new Map<string, FollowedRun>();
  readonly #ended: (summary: RunSummary) => void;

  /** @param ended told of each end */
  constructor(ended: (summary: RunSummary) => void = () => undefined) {
    this.#ended = ended;
  }

  follow({ id, finished }: StartedRun, budget: Budget): void {
    this.#known.set(id, { budget });
    this.#going.set(
      id,
      finished.then((summary) => {
        this.#going.delete(id);
        this.#known.delete(id);
        this.#known.set(id, { budget, summary });
        const ended = [...this.#known].filter(([, run]) => run.summary);
        this.#ended(summary);
        for (const [old] of ended.slice(0, -mostRemembered)) this.#known.delete(old);
      }),
    );
  }

  get(id: string): FollowedRun | undefined {
    return this.#known.get(id);
  }

  /** Resolves when the run has ended; undefined for one that does not go on here. */
  untilEnd(id: string): Promise<unknown> | undefined {
    return this.#going.get(id);
  }

  /** Resolves when all of them have ended. */
  async untilAllEnded(): Promise<void> {
    while (this.#going.size > 0) await Promise.all(this.#going.values());
  }
}
