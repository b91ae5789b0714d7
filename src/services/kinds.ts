import type { ServiceSettings } from '../model/serviceSettings.ts';
import { anthropicKind } from './anthropic/kind.ts';
import { demoKind } from './demo/kind.ts';
import { httpKind } from './http/kind.ts';
import { localKind } from './local/kind.ts';
import { openAiKind, openAiService, type OpenAiServiceSettings } from './openai/kind.ts';
import type { ServiceKind } from './serviceKind.ts';
import { vscodeLmKind } from './vscodeLm/kind.ts';

/** Every kind of service: a line for each, and a folder beside this file. */
const kinds: readonly ServiceKind<never>[] = [openAiKind, anthropicKind, vscodeLmKind, demoKind, httpKind, localKind];

export const kindNames: readonly string[] = kinds.map(({ name }) => name);

/** Services that exist without any setting, by name. */
export const builtInServices: readonly ServiceSettings[] = kinds
  .flatMap(({ builtIn }) => builtIn ?? [])
  .sort((a, b) => (a.name < b.name ? -1 : 1));

/** The service of prompts that name none, where no setting says otherwise. */
export const defaultServiceName = 'demo';

export function kindNamed(name: unknown): ServiceKind<never> | undefined {
  return kinds.find((kind) => kind.name === name);
}

/** How these settings are understood. Throws for a kind that does not exist: reading settings refuses those. */
export function kindOf<Settings extends ServiceSettings>({ kind }: Settings): ServiceKind<Settings> {
  const found = kindNamed(kind);
  if (!found) throw new Error(`There is no service kind "${kind}".`);
  // The name tells which settings these are, which the type of a list cannot say.
  return found as unknown as ServiceKind<Settings>;
}

/** A service at an address of which nothing else is known: nearly every server speaks OpenAI's chat completions. */
export function serviceAt(
  address: string,
  name: string,
  models: readonly string[] = openAiService.models,
): ServiceSettings {
  const settings: OpenAiServiceSettings = { name, kind: 'openai', baseUrl: address, models };
  return settings;
}
