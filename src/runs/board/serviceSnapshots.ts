import type { SlotView } from '../../engine/engine.ts';
import type { Governor } from '../../engine/governor/governor.ts';
import type { ServicePause, ServiceSnapshot, WorkerSnapshot } from '../../model/activity.ts';
import type { GovernedService } from '../serviceDirectory.ts';

/** A service may have more workers than anybody reads. */
const mostWorkers = 100;

/**
 * What the services are used for now.
 *
 * @param slots of all services, in order
 * @param epochOf clock ms as epoch ms
 */
export function serviceSnapshots(
  services: readonly GovernedService[],
  slots: readonly SlotView[],
  epochOf: (clockMs: number) => number,
): ServiceSnapshot[] {
  return services.map(({ governorKey, governor, names, settings }) => {
    const workers = slots.filter(({ service }) => service === governorKey);
    const pause = pauseOf(governor, Date.now());
    return {
      names,
      requests: rateUse(governor.requestsUsed, governor.requestsPerMinute),
      tokens: rateUse(governor.tokensUsed, governor.tokensPerMinute),
      inFlight: governor.inFlight,
      concurrency: governor.concurrency,
      configured: settings.maxConcurrent ?? 'auto',
      breaker: !governor.isDown ? 'closed' : governor.waiting?.forMs === 0 ? 'probing' : 'open',
      trips: governor.breakerTrips,
      ...(pause ? { pause } : {}),
      ...(governor.stopped ? { stopped: governor.stopped.message } : {}),
      workers: workers.slice(0, mostWorkers).map((slot) => workerOf(slot, epochOf)),
      workerCount: workers.length,
    };
  });
}

function rateUse(used: number, limit: number | undefined): ServiceSnapshot['requests'] {
  return { used: Math.round(used), ...(limit === undefined ? {} : { limit }) };
}

function pauseOf({ waiting }: Governor, now: number): ServicePause | undefined {
  if (!waiting) return undefined;
  return { reason: waiting.reason === 'down' ? 'down' : 'asked', until: Math.round(now + waiting.forMs) };
}

function workerOf({ slot, since, busy }: SlotView, epochOf: (clockMs: number) => number): WorkerSnapshot {
  return { slot, since: Math.round(epochOf(since)), ...(busy ? { busy } : {}) };
}
