import type { Clock } from '../../base/clock.ts';
import type { RunEvent } from '../../model/run.ts';
import { pictureLines } from './pictureLines.ts';
import { RunTally, type ExpectedStage } from './runTally.ts';
import { Screen, type ScreenOutput } from './screen.ts';

/** Drawn this often at most, ms. */
const intervalMs = 250;
/** Rates fall also while nothing happens. */
const idleMs = 1_000;

/** A live picture of one run at the bottom of a terminal. */
export class Dashboard {
  readonly #clock: Clock;
  readonly #screen: Screen;
  readonly #tally: RunTally;
  #drawnAt = -Infinity;
  #callOff: (() => void) | undefined;
  /** When the next one is drawn. */
  #dueAt = Infinity;

  constructor(
    begun: RunEvent & { readonly type: 'runStarted' },
    tools: {
      readonly clock: Clock;
      readonly output: ScreenOutput;
      readonly hasColours: boolean;
      readonly stages: readonly ExpectedStage[];
    },
  ) {
    const { clock, output, hasColours, stages } = tools;
    this.#clock = clock;
    this.#tally = new RunTally(begun.run, begun.items, stages, () => clock.now());
    this.#screen = new Screen(output, hasColours, () => this.#draw());
    this.#draw();
  }

  take(event: RunEvent): void {
    this.#tally.take(event);
    this.#drawIn(Math.max(0, this.#drawnAt + intervalMs - this.#clock.now()));
  }

  /** Text for good, above the picture. */
  print(text: string): void {
    this.#screen.print(text);
  }

  /** The last picture stays as it is. */
  end(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    this.#screen.show(pictureLines(this.#tally.picture(), this.#screen.size));
    this.#screen.end();
  }

  #drawIn(ms: number): void {
    const at = this.#clock.now() + ms;
    if (at >= this.#dueAt) return;
    this.#callOff?.();
    this.#dueAt = at;
    this.#callOff = this.#clock.schedule(ms, () => this.#draw());
  }

  #draw(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    this.#dueAt = Infinity;
    this.#drawnAt = this.#clock.now();
    this.#screen.show(pictureLines(this.#tally.picture(), this.#screen.size));
    this.#drawIn(idleMs);
  }
}
