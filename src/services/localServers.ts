import type { ServiceSettings } from '../model/serviceSettings.ts';
import { kindOf } from './kinds.ts';
import { listModels } from './modelList.ts';
import { presets, type Preset } from './presets.ts';

/** A server on this machine answers much sooner. */
const patienceMs = 1000;

export interface LocalServer {
  readonly preset: Preset;
  readonly models: readonly string[];
}

/** The servers that answer on the default ports of this machine. They get no key. Only for whoever is about to choose one. */
export async function findLocalServers(among = presets): Promise<readonly LocalServer[]> {
  const found = await Promise.all(
    among
      .filter(({ isLocal }) => isLocal === true)
      .map(async (preset): Promise<LocalServer[]> => {
        const settings = serviceOf(preset);
        const listing = kindOf(settings).modelListing?.(settings);
        if (!listing) return [];
        const listed = await listModels(preset.name, listing, undefined, AbortSignal.timeout(patienceMs));
        return listed.ok ? [{ preset, models: listed.value }] : [];
      }),
  );
  return found.flat();
}

/** The settings that a preset stands for, at an address of its own where every customer has one. */
export function serviceOf(preset: Preset, baseUrl = preset.baseUrl): ServiceSettings & { readonly baseUrl: string } {
  const { name, kind, models } = preset;
  return { name, kind, baseUrl, models };
}
