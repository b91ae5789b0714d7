import * as vscode from 'vscode';
import { systemClock } from '../base/clock.ts';
import type { ServiceKey } from '../engine/engine.ts';
import type { GovernorOptions, ServiceDirectory } from '../runs/serviceDirectory.ts';
import { refusal, type RunOutcome } from '../runs/runRefusal.ts';
import type { ServiceSettings } from '../model/serviceSettings.ts';
import { kindOf } from '../services/kinds.ts';
import type { Credential } from '../services/credential.ts';
import type { KeyUse } from '../services/serviceKind.ts';
import { failed, success, type Outcome } from '../base/outcome.ts';
import { askForApiKey, type ApiKeys } from './apiKeys.ts';
import { editorModels } from './editorModels.ts';
import { showError } from './notifications/messages.ts';

/** Services with the keys of the editor's secret storage. */
export class EditorServices {
  readonly #keys: ApiKeys;
  #directory: Promise<ServiceDirectory> | undefined;

  constructor(keys: ApiKeys) {
    this.#keys = keys;
  }

  /** It comes with what holds their limits, which nobody needs who calls none. */
  directory(): Promise<ServiceDirectory> {
    return (this.#directory ??= import('../runs/serviceDirectory.ts').then(
      ({ ServiceDirectory }) => new ServiceDirectory(systemClock, Math.random, { editorModels }),
    ));
  }

  async dispose(): Promise<void> {
    await (await this.#directory)?.dispose();
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

  /** The models that a service has to offer, or why it does not say. */
  async modelsOf(settings: ServiceSettings): Promise<Outcome<readonly string[], string>> {
    const kind = kindOf(settings);
    if (kind.ownModels) return success(await kind.ownModels({ credential: undefined, editorModels }));
    const listing = kind.modelListing?.(settings);
    if (!listing) return success(settings.models);
    const use = keyUseOf(settings);
    const { listModels } = await import('../services/modelList.ts');
    const listed = await listModels(settings.name, listing, use && (await this.#keys.get(use.address)));
    return listed.ok ? listed : failed(listed.failure.message);
  }

  /** Makes the smallest call there is. @returns the model that answered, or why none did */
  async test(settings: ServiceSettings, signal: AbortSignal): Promise<Outcome<string, string>> {
    const use = keyUseOf(settings);
    const credential = use && (await this.#keys.get(use.address));
    const service = kindOf(settings).create(settings, { credential, editorModels });
    const { testCall } = await import('../services/testCall.ts');
    const outcome = await testCall(service, settings.models[0] ?? '', signal);
    return outcome.kind === 'completed' ? success(outcome.result.model) : failed(outcome.failure.message);
  }

  /** @returns whether there is a key now; an empty one is none */
  askForKeyOf(name: string, address: string): Promise<boolean> {
    return askForApiKey(this.#keys, name, address);
  }

  /** Makes a service ready for a run that goes on; asks for the key that it lacks. */
  async prepare(settings: ServiceSettings, governor: GovernorOptions): Promise<RunOutcome<ServiceKey>> {
    const use = keyUseOf(settings);
    const credential = use && (await this.#keys.get(use.address));
    if (!lacksKey(settings, credential))
      return success((await this.directory()).register(settings, credential, governor));
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
