import type { HttpStage, PromptStage, StageDefinition } from '../../flow/pipeline.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { localKind } from '../../services/local/kind.ts';
import { requestModel } from '../../services/http/kind.ts';

/** Requests at once to a host of which nobody has said what it takes. */
const politeConcurrency = 4;
/** Requests at once to hosts that only the data names. */
const webConcurrency = 16;

/** What bounds the stages that this computer does itself. */
export function cpuService(cores: number): ServiceSettings {
  return { name: 'cpu', kind: localKind.name, models: ['local'], maxConcurrent: cores };
}

const webService: ServiceSettings = {
  name: 'web',
  kind: localKind.name,
  models: [requestModel],
  maxConcurrent: webConcurrency,
};

export type ServedStage = Exclude<StageDefinition, PromptStage>;

/**
 * Whose limits a stage keeps to that asks for no text: the service that it names, else the host that it asks, else this
 * computer.
 *
 * @returns undefined where it names a service that nobody knows
 */
export function serviceOfStage(
  stage: ServedStage,
  named: string | undefined,
  services: readonly ServiceSettings[],
  cores: number,
): ServiceSettings | undefined {
  if (named !== undefined) return services.find(({ name }) => name === named);
  if (stage.kind !== 'http') return cpuService(cores);
  return hostService(stage) ?? webService;
}

/** Undefined where the data decides which host is asked. */
function hostService({ http }: HttpStage): ServiceSettings | undefined {
  const [, host] = /^https?:\/\/([^/?#{}]+)(?:[/?#]|$)/i.exec(http.url) ?? [];
  if (host === undefined) return undefined;
  return { name: host.toLowerCase(), kind: localKind.name, models: [requestModel], maxConcurrent: politeConcurrency };
}
