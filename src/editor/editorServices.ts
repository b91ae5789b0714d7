import * as vscode from 'vscode';
import type { ServiceKey } from '../engine/engine.ts';
import type { GovernorOptions, ServiceDirectory } from '../runs/serviceDirectory.ts';
import { refusal, type RunOutcome } from '../runs/runRefusal.ts';
import type { ServiceSettings } from '../model/serviceSettings.ts';
import { kindOf } from '../services/kinds.ts';
import type { Credential } from '../services/credential.ts';
import type { KeyUse } from '../services/serviceKind.ts';
import { success } from '../base/outcome.ts';
import { askForApiKey, type ApiKeys } from './apiKeys.ts';
import { showError } from './notifications/messages.ts';

/** Services with the keys of the editor's secret storage. */
export class EditorServices {
  readonly #directory: ServiceDirectory;
  readonly #keys: ApiKeys;

  constructor(directory: ServiceDirectory, keys: ApiKeys) {
    this.#directory = directory;
    this.#keys = keys;
  }

  /** The key of each service, read at once, so that a plan need not wait for the secret storage. */
  async keysOf(services: readonly ServiceSettings[]): Promise<ReadonlyMap<ServiceSettings, Credential | undefined>> {
    const keys = new Map<ServiceSettings, Credential | undefined>();
    for (const service of services) {
      const use = keyUseOf(service);
      if (use) keys.set(service, await this.#keys.get(use.address));
    }
    return keys;
  }

  register(settings: ServiceSettings, credential: Credential | undefined, governor: GovernorOptions): ServiceKey {
    return this.#directory.register(settings, credential, governor);
  }

  /** Whether each call of a service is one request of a plan that the person has somewhere else. */
  countsRequests(key: ServiceKey): boolean {
    return this.#directory.countsRequests(key);
  }

  /** Makes a service ready for a run that goes on; asks for the key that it lacks. */
  async prepare(settings: ServiceSettings, governor: GovernorOptions): Promise<RunOutcome<ServiceKey>> {
    const use = keyUseOf(settings);
    const credential = use && (await this.#keys.get(use.address));
    if (!lacksKey(settings, credential)) return success(this.register(settings, credential, governor));
    if (await this.askForKey(settings)) return this.prepare(settings, governor);
    return refusal(
      'no-api-key',
      vscode.l10n.t('The service "{0}" has no API key yet: set one, then resume.', settings.name),
    );
  }

  /** @returns whether there is a key now */
  async askForKey(service: ServiceSettings): Promise<boolean> {
    const use = keyUseOf(service);
    if (!use) return false;
    const setKey = vscode.l10n.t('Set API Key');
    const answer = await showError(
      vscode.l10n.t('The service "{0}" has no API key yet: set one, then generate.', service.name),
      setKey,
    );
    return answer === setKey && (await askForApiKey(this.#keys, service.name, use.address));
  }
}

/** Whether nothing can be generated with a service because it has no key. */
export function lacksKey(service: ServiceSettings, credential: Credential | undefined): boolean {
  return credential === undefined && keyUseOf(service)?.isRequired === true;
}

function keyUseOf(service: ServiceSettings): KeyUse | undefined {
  return kindOf(service).key(service);
}
