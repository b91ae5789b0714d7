import { governorName, governorOf, type WorkStage } from '../../flow/flowOf.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { requestModel } from '../../services/http/kind.ts';
import { localKind } from '../../services/local/kind.ts';

/** Requests at once to a host of which nobody has said what it takes. */
const politeConcurrency = 4;
/** Requests at once to hosts that only the data names. */
const webConcurrency = 16;

/**
 * Whose limits a stage keeps to that asks for no text: the service that it names, else the host that it asks, else this
 * computer.
 *
 * @param named in place of the service that the pipeline names
 * @returns undefined where it is a service that nobody knows
 */
export function serviceOfStage(
  stage: WorkStage,
  named: string | undefined,
  services: readonly ServiceSettings[],
  cores: number,
): ServiceSettings | undefined {
  const governor = named === undefined ? governorOf(stage) : ({ kind: 'service', name: named } as const);
  const name = governorName(governor);
  const own = { name, kind: localKind.name };
  switch (governor.kind) {
    case 'service':
      return services.find((service) => service.name === name);
    case 'cpu':
      return { ...own, models: ['local'], maxConcurrent: cores };
    case 'host':
      return { ...own, models: [requestModel], maxConcurrent: politeConcurrency };
    case 'web':
      return { ...own, models: [requestModel], maxConcurrent: webConcurrency };
  }
}
