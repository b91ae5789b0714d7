import type { ServiceSettings } from '../../model/serviceSettings.ts';

export interface ModelChoice {
  readonly service: ServiceSettings;
  readonly model: string;
}

/**
 * Where a model named in a prompt runs: with the default service if that lists the name as it stands, else with the
 * first service that does; else `service/model` names both; else it belongs to the default service all the same. Model
 * names hold slashes themselves (`openai/gpt-oss-20b`), so where only one service takes part, such as one at an address
 * that was typed, a name is no service's prefix unless that service lists what follows it.
 */
export function chooseModel(
  name: string,
  services: readonly ServiceSettings[],
  defaultService: ServiceSettings,
): ModelChoice {
  const lists = (service: ServiceSettings): boolean => service.models.includes(name);
  const listing = lists(defaultService) ? defaultService : services.find(lists);
  if (listing) return { service: listing, model: name };
  const slash = name.indexOf('/');
  const rest = name.slice(slash + 1);
  const named = slash > 0 ? services.find((service) => service.name === name.slice(0, slash)) : undefined;
  if (named && (services.length > 1 || named.models.includes(rest))) return { service: named, model: rest };
  return { service: defaultService, model: name };
}
