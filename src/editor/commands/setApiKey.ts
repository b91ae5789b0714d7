import * as vscode from 'vscode';
import type { OpenAiServiceSettings } from '../../model/serviceSettings.ts';
import type { ApiKeys } from '../apiKeys.ts';
import { readSettings } from '../settings.ts';

/** Asks for a key and stores it; an empty one removes what was stored. */
export async function askForApiKey(keys: ApiKeys, service: OpenAiServiceSettings): Promise<boolean> {
  const { origin } = new URL(service.baseUrl);
  const key = await vscode.window.showInputBox({
    title: vscode.l10n.t('API Key for {0}', service.name),
    prompt: vscode.l10n.t(
      "Stored in the editor's secret storage and sent only to {0}. Leave empty to remove it.",
      origin,
    ),
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined) return false;
  if (key.trim() === '') {
    await keys.remove(service.baseUrl);
    void vscode.window.showInformationMessage(vscode.l10n.t('The API key for {0} was removed.', origin));
    return false;
  }
  await keys.set(service.baseUrl, key.trim());
  return true;
}

export function registerSetApiKey(keys: ApiKeys): vscode.Disposable {
  return vscode.commands.registerCommand('parallelCandidates.setApiKey', async () => {
    const services = readSettings(undefined).services.filter((service) => service.kind === 'openai');
    const picked = await vscode.window.showQuickPick(
      services.map((service) => ({ label: service.name, description: service.baseUrl, service })),
      { title: vscode.l10n.t('Set API Key'), placeHolder: vscode.l10n.t('Select the service that the key is for') },
    );
    if (picked && (await askForApiKey(keys, picked.service))) {
      void vscode.window.showInformationMessage(vscode.l10n.t('The API key for {0} was stored.', picked.service.name));
    }
  });
}
