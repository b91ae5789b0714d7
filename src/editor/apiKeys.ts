import type * as vscode from 'vscode';

/** API keys in the editor's secret storage, each bound to the origin it was given for: no setting can send it elsewhere. */
export class ApiKeys {
  readonly #secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  async get(baseUrl: string): Promise<string | undefined> {
    return this.#secrets.get(secretName(baseUrl));
  }

  async set(baseUrl: string, key: string): Promise<void> {
    await this.#secrets.store(secretName(baseUrl), key);
  }

  async remove(baseUrl: string): Promise<void> {
    await this.#secrets.delete(secretName(baseUrl));
  }
}

function secretName(baseUrl: string): string {
  return `apiKey:${new URL(baseUrl).origin}`;
}
