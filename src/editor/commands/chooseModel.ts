import * as vscode from 'vscode';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { kindOf } from '../../services/kinds.ts';
import { redactAddress } from '../../base/redact.ts';
import { commandIds } from '../commandIds.ts';
import type { EditorServices } from '../editorServices.ts';
import type { PromptFiles } from '../files/promptFiles.ts';
import { askInput, pickOne, showBusy, showWarning } from '../notifications/messages.ts';
import { readSettings } from '../settings.ts';
import { mayUseWorkspace } from '../trust.ts';
import { store, useByDefault } from './addService.ts';

/** "Choose Service and Model…": of the prompt in front, as an edit of it; without one, of prompts that name none. */
export function registerChooseModel(services: EditorServices, promptFiles: PromptFiles): vscode.Disposable {
  return vscode.commands.registerCommand(commandIds.chooseModel, async (clicked?: unknown) => {
    if (!mayUseWorkspace()) return;
    const document = await promptOf(clicked, promptFiles);
    const service = await chooseService(document?.uri);
    if (!service) return;
    const model = await chooseModelOf(service, services);
    if (model === undefined) return;
    if (document) await nameModel(document, `${service.name}/${model}`);
    else await makeDefault(service, model);
  });
}

async function promptOf(clicked: unknown, promptFiles: PromptFiles): Promise<vscode.TextDocument | undefined> {
  if (clicked instanceof vscode.Uri) return vscode.workspace.openTextDocument(clicked);
  const document = vscode.window.activeTextEditor?.document;
  return document && promptFiles.isPromptFile(document) ? document : undefined;
}

async function chooseService(scope: vscode.Uri | undefined): Promise<ServiceSettings | undefined> {
  const { services, defaultService } = readSettings(scope);
  const known = services.map((service) => ({
    label: service.name,
    icon: 'server',
    description: addressOf(service),
    ...(service.name === defaultService ? { detail: vscode.l10n.t('for prompts that name no service') } : {}),
    service,
  }));
  const another = { label: vscode.l10n.t('Add Service…'), icon: 'add', service: undefined };
  const picked = await pickOne<(typeof known)[number] | typeof another>([...known, another], {
    title: vscode.l10n.t('Choose Service and Model'),
    placeHolder: vscode.l10n.t('Select the service'),
  });
  if (picked === undefined || picked.service) return picked?.service;
  const added = await vscode.commands.executeCommand<string | undefined>(commandIds.addService);
  return readSettings(scope).services.find(({ name }) => name === added);
}

function addressOf(service: ServiceSettings): string {
  const use = kindOf(service).key(service);
  return use ? redactAddress(use.address) : service.kind;
}

async function chooseModelOf(service: ServiceSettings, services: EditorServices): Promise<string | undefined> {
  const listed = await showBusy(vscode.l10n.t('Asking {0} for its models', service.name), () =>
    services.modelsOf(service),
  );
  if (!listed.ok) void showWarning(listed.failure);
  const offered = listed.ok ? listed.value : [];
  const others = offered.filter((model) => !service.models.includes(model));
  const typed = { label: vscode.l10n.t('Another model…'), icon: 'edit' };
  const choices = [
    ...service.models.map((model) => ({ label: model, icon: 'star' })),
    ...others.map((model) => ({ label: model })),
    typed,
  ];
  const picked = await pickOne(choices, {
    title: vscode.l10n.t('Models of {0}', service.name),
    placeHolder: vscode.l10n.t('Select the model'),
  });
  if (picked !== typed) return picked?.label;
  return (
    await askInput({ title: vscode.l10n.t('Models of {0}', service.name), value: service.models[0] ?? '' })
  )?.trim();
}

/** An edit like the person's own: it can be undone, and is saved with the file. */
async function nameModel(document: vscode.TextDocument, model: string): Promise<void> {
  const { modelEdit } = await import('../promptWork.ts');
  const { from, to, text } = modelEdit(document.uri.path, document.getText(), model);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(from), document.positionAt(to)), text);
  await vscode.workspace.applyEdit(edit);
}

async function makeDefault(service: ServiceSettings, model: string): Promise<void> {
  if (service.models[0] !== model) {
    await store({ ...service, models: [model, ...service.models.filter((each) => each !== model)] });
  }
  await useByDefault(service.name);
}
