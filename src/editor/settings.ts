import * as vscode from 'vscode';
import { parseSetting, parseSettings, settingsSection, type Settings } from './settingsSchema.ts';

/** Settings as they hold for a resource; what is wrong with them is told by `SettingsProblems`. */
export function readSettings(scope: vscode.Uri | undefined): Settings {
  const configuration = vscode.workspace.getConfiguration(settingsSection, scope);
  const services = configuration.inspect('services');
  const isFolders = services?.workspaceValue !== undefined || services?.workspaceFolderValue !== undefined;
  return parseSettings((name) => configuration.get<unknown>(name), isFolders ? 'folder' : 'person');
}

export function promptFileGlob(): string {
  const raw: unknown = vscode.workspace.getConfiguration(settingsSection).get('promptFiles');
  return parseSetting('promptFiles', raw).value;
}

/** Where the person wants the state folder; empty: where the platform has it. */
export function stateFolderSetting(): string {
  const raw: unknown = vscode.workspace.getConfiguration(settingsSection).get('stateFolder');
  return parseSetting('stateFolder', raw).value;
}

/** Whether the view of candidates shows what is in front. */
export function followsEditor(): boolean {
  const raw: unknown = vscode.workspace.getConfiguration(settingsSection).get('followEditor');
  return parseSetting('followEditor', raw).value;
}

export function affectsPromptFiles(event: vscode.ConfigurationChangeEvent): boolean {
  return event.affectsConfiguration(`${settingsSection}.promptFiles`);
}

export function affectsSettings(event: vscode.ConfigurationChangeEvent): boolean {
  return event.affectsConfiguration(settingsSection);
}
