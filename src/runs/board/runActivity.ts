import type { Clock } from '../../base/clock.ts';
import type { Engine, ServiceKey } from '../../engine/engine.ts';
import type { RunSample, ServiceSnapshot } from '../../model/activity.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import type { ServiceDirectory } from '../serviceDirectory.ts';
import type { FollowedText } from '../session/flowWork.ts';
import type { RunBoard } from './runBoard.ts';
import { serviceSnapshots } from './serviceSnapshots.ts';

/** What goes on beyond the items: for those who ask, at the moment when they ask. */
export class RunActivity {
  readonly #board: RunBoard;
  readonly #engine: Pick<Engine<PlannedItem, FollowedText>, 'slots'>;
  readonly #services: ServiceDirectory;
  readonly #clock: Clock;
  readonly #keysAtWork: () => readonly ServiceKey[];

  /** @param keysAtWork the services of the runs that are at work here */
  constructor(
    tools: {
      readonly board: RunBoard;
      readonly engine: Pick<Engine<PlannedItem, FollowedText>, 'slots'>;
      readonly services: ServiceDirectory;
      readonly clock: Clock;
    },
    keysAtWork: () => readonly ServiceKey[],
  ) {
    this.#board = tools.board;
    this.#engine = tools.engine;
    this.#services = tools.services;
    this.#clock = tools.clock;
    this.#keysAtWork = keysAtWork;
  }

  /** The services of the runs that are at work here, with their workers. */
  services(): readonly ServiceSnapshot[] {
    const now = this.#clock.now();
    const governed = this.#services.governed(this.#keysAtWork());
    return serviceSnapshots(governed, this.#engine.slots(), (at) => Date.now() - (now - at));
  }

  /** What a run was like while this process worked on it, oldest first; the same list until there is more. */
  samples(run: string): readonly RunSample[] {
    return this.#board.samples(run);
  }
}
