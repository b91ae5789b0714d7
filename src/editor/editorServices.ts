import * as vscode from 'vscode';
import type { ServiceKey } from '../engine/engine.ts';
import type { GovernorOptions, ServiceDirectory } from '../runs/serviceDirectory.ts';
import type { OpenAiServiceSettings, ServiceSettings } from '../model/serviceSettings.ts';
import { refusal, type RunOutcome } from '../runs/runRefusal.ts';
import { success } from '../base/outcome.ts';
import type { ApiKeys } from './apiKeys.ts';
import { askForApiKey } from './commands/setApiKey.ts';

/** Services with the keys of the editor's secret storage. */
export class EditorServices {
  readonly #directory: ServiceDirectory;
  readonly #keys: ApiKeys;

  constructor(directory: ServiceDirectory, keys: ApiKeys) {
    this.#directory = directory;
    this.#keys = keys;
  }

  /** The key of each service, read at once, so that a plan need not wait for the secret storage. */
  async keysOf(services: readonly ServiceSettings[]): Promise<ReadonlyMap<ServiceSettings, string | undefined>> {
    const keys = new Map<ServiceSettings, string | undefined>();
    for (const service of services) {
      if (service.kind === 'openai') keys.set(service, await this.#keys.get(service.baseUrl));
    }
    return keys;
  }

  register(settings: ServiceSettings, apiKey: string | undefined, governor: GovernorOptions): ServiceKey {
    return this.#directory.register(settings, apiKey, governor);
  }

  /** Makes a service ready for a run that goes on; asks for the key that it lacks. */
  async prepare(settings: ServiceSettings, governor: GovernorOptions): Promise<RunOutcome<ServiceKey>> {
    if (settings.kind === 'demo') return success(this.register(settings, undefined, governor));
    const apiKey = await this.#keys.get(settings.baseUrl);
    if (apiKey !== undefined || !needsKey(settings)) return success(this.register(settings, apiKey, governor));
    if (await this.askForKey(settings)) return this.prepare(settings, governor);
    return refusal(
      'no-api-key',
      vscode.l10n.t('The service "{0}" has no API key yet: set one, then resume.', settings.name),
    );
  }

  /** @returns whether there is a key now */
  async askForKey(service: OpenAiServiceSettings): Promise<boolean> {
    const setKey = vscode.l10n.t('Set API Key');
    const answer = await vscode.window.showErrorMessage(
      vscode.l10n.t('The service "{0}" has no API key yet: set one, then generate.', service.name),
      setKey,
    );
    return answer === setKey && (await askForApiKey(this.#keys, service));
  }
}

/** Services on this machine mostly take any key or none. */
export function needsKey(service: OpenAiServiceSettings): boolean {
  return !['localhost', '127.0.0.1', '[::1]'].includes(new URL(service.baseUrl).hostname);
}
