import type { RateGate, RateGateFactory } from '../../src/engine/governor/rateGate.ts';

/** Lets everybody through at once unless told otherwise, and notes what it was asked for. */
export class RecordedRateGate implements RateGate {
  /** `take 1`, `settle 100 20`, `limitTo 3`, ... in the order of the calls. */
  readonly calls: string[] = [];
  perMinute: number;
  readonly burstSeconds: number;
  /** What takers wait for. */
  opened: Promise<void> = Promise.resolve();

  constructor(perMinute: number, burstSeconds: number) {
    this.perMinute = perMinute;
    this.burstSeconds = burstSeconds;
  }

  async take(units: number): Promise<void> {
    this.calls.push(`take ${units}`);
    await this.opened;
  }

  giveBack(units: number): void {
    this.calls.push(`giveBack ${units}`);
  }

  settle(reserved: number, used: number): void {
    this.calls.push(`settle ${reserved} ${used}`);
  }

  setRate(perMinute: number): void {
    this.perMinute = perMinute;
  }

  limitTo(units: number): void {
    this.calls.push(`limitTo ${units}`);
  }

  dispose(): Promise<void> {
    this.calls.push('dispose');
    return Promise.resolve();
  }
}

/** Makes gates and keeps them in `made`. */
export function recordedGates(made: RecordedRateGate[]): RateGateFactory {
  return (perMinute, burstSeconds) => {
    const gate = new RecordedRateGate(perMinute, burstSeconds);
    made.push(gate);
    return gate;
  };
}
