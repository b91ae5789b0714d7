import type { HttpStage } from '../../flow/pipeline.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import type { Scope } from '../pieces.ts';
import { renderAddress } from './addressTemplate.ts';

/** How often a host is asked that nobody has set limits for: as a careful reader would. */
export const unknownHostLimits: Required<Pick<ServiceSettings, 'requestsPerMinute' | 'maxConcurrent'>> = {
  requestsPerMinute: 120,
  maxConcurrent: 4,
};

/**
 * The name of the governor that a stage's request for a record runs under: its service, or else the host that it asks,
 * which all stages share.
 *
 * @returns `host:` alone for an address that cannot be rendered: such an item fails before it asks anybody
 */
export function governorName({ service, http }: Pick<HttpStage, 'service' | 'http'>, scope: Scope): string {
  if (service !== undefined) return service;
  const url = renderAddress(http.url, {}, scope);
  return `host:${url.ok ? url.value.host.replace(/\.(?=$|:)/, '') : ''}`;
}
