import { LocalRateGate } from '../../../../src/engine/governor/localRateGate.ts';
import { rateGateConformance } from '../../../support/rateGateConformance.ts';

rateGateConformance('LocalRateGate', {
  create: (clock, perMinute, burstSeconds) => new LocalRateGate(clock, perMinute, burstSeconds),
  // A tick, and the timers that Bottleneck takes to let one through.
  stepMs: 60,
});
