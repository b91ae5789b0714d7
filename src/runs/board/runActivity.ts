import type { RunSample, ServiceSnapshot } from '../../model/activity.ts';
import type { RunBoard } from './runBoard.ts';

/** What goes on beyond the items: for those who ask, at the moment when they ask. */
export class RunActivity {
  readonly #board: RunBoard;
  /** The services of the runs that are at work here, with their workers. */
  readonly services: () => readonly ServiceSnapshot[];

  constructor(board: RunBoard, services: () => readonly ServiceSnapshot[]) {
    this.#board = board;
    this.services = services;
  }

  /** What a run was like while this process worked on it, oldest first; the same list until there is more. */
  samples(run: string): readonly RunSample[] {
    return this.#board.samples(run);
  }
}
