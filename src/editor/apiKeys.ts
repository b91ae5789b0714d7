import * as vscode from 'vscode';
import { Credential } from '../services/credential.ts';
import { askInput, showInformation } from './notifications/messages.ts';

/** API keys in the editor's secret storage, each bound to the origin it was given for: no setting can send it elsewhere. */
export class ApiKeys {
  readonly #secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  /** Undefined where none was stored, or what was stored is no key that can be sent. */
  async get(address: string): Promise<Credential | undefined> {
    const credential = Credential.of((await this.#secrets.get(secretName(address))) ?? '', address);
    return credential.ok ? credential.value : undefined;
  }

  async set(address: string, key: string): Promise<void> {
    await this.#secrets.store(secretName(address), key);
  }

  async remove(address: string): Promise<void> {
    await this.#secrets.delete(secretName(address));
  }
}

/**
 * Asks for the key of a service and stores it; an empty one removes what was stored.
 *
 * @param address the key is stored for its origin
 * @returns whether there is a key now
 */
export async function askForApiKey(keys: ApiKeys, service: string, address: string): Promise<boolean> {
  const { origin } = new URL(address);
  const key = await askInput({
    title: vscode.l10n.t('API Key for {0}', service),
    prompt: vscode.l10n.t(
      "Stored in the editor's secret storage and sent only to {0}. Leave empty to remove it.",
      origin,
    ),
    password: true,
    ignoreFocusOut: true,
    validateInput: (typed) => problemOf(typed, address),
  });
  if (key === undefined) return false;
  if (key.trim() === '') {
    await keys.remove(address);
    showInformation(vscode.l10n.t('The API key for {0} was removed.', origin));
    return false;
  }
  await keys.set(address, key.trim());
  return true;
}

function problemOf(key: string, address: string): string | undefined {
  const credential = Credential.of(key, address);
  return credential.ok ? undefined : vscode.l10n.t('This is no key: it has characters in it that no key has.');
}

function secretName(address: string): string {
  return `apiKey:${new URL(address).origin}`;
}
