import type { ServiceSettings } from '../../model/serviceSettings.ts';

export interface ModelChoice {
  readonly service: ServiceSettings;
  readonly model: string;
}

/**
 * Where a model named in a prompt runs: `service/model` names both; a plain name belongs to the default service if
 * that lists it, else to the first service that does, else to the default service all the same. Model names may hold
 * slashes themselves, so the part before the first slash counts only when a service has that name.
 */
export function chooseModel(
  name: string,
  services: readonly ServiceSettings[],
  defaultService: ServiceSettings,
): ModelChoice {
  const slash = name.indexOf('/');
  const named = slash > 0 ? services.find((service) => service.name === name.slice(0, slash)) : undefined;
  if (named) return { service: named, model: name.slice(slash + 1) };
  const lists = (service: ServiceSettings): boolean => service.models.includes(name);
  const service = lists(defaultService) ? defaultService : (services.find(lists) ?? defaultService);
  return { service, model: name };
}
