import * as vscode from 'vscode';
import { redactAddress } from '../../base/redact.ts';
import { kindOf } from '../../services/kinds.ts';
import { askForApiKey, type ApiKeys } from '../apiKeys.ts';
import { commandIds } from '../commandIds.ts';
import { pickOne, showInformation } from '../notifications/messages.ts';
import { readSettings } from '../settings.ts';

export function registerSetApiKey(keys: ApiKeys): vscode.Disposable {
  return vscode.commands.registerCommand(commandIds.setApiKey, async () => {
    const choices = readSettings(undefined).services.flatMap((service) => {
      const use = kindOf(service).key(service);
      return use ? [{ label: service.name, description: redactAddress(use.address), address: use.address }] : [];
    });
    const picked = await pickOne(choices, {
      title: vscode.l10n.t('Set API Key'),
      placeHolder: vscode.l10n.t('Select the service that the key is for'),
    });
    if (picked && (await askForApiKey(keys, picked.label, picked.address))) {
      void showInformation(vscode.l10n.t('The API key for {0} was stored.', picked.label));
    }
  });
}
