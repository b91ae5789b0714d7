import * as vscode from 'vscode';
import { showWarning } from './notifications/messages.ts';

/** Settings that trust lets through come with a change of the configuration soon after it, if there are any, ms. */
const settingsComeMs = 1000;

/** The editor's own command; it shows who is trusted and what that means. */
const manageTrustId = 'workbench.trust.manage';

/**
 * Begins something that reads the workspace: at once where it is trusted, else as soon as it is and the settings that it
 * brings hold. Until then nothing is read of a workspace but what the editor shows.
 */
export function onceTrusted(begin: () => void): vscode.Disposable {
  if (vscode.workspace.isTrusted) {
    begin();
    return new vscode.Disposable(() => undefined);
  }
  const waiting: vscode.Disposable[] = [];
  const stop = (): void => {
    for (const each of waiting.splice(0)) each.dispose();
  };
  const go = (): void => {
    stop();
    begin();
  };
  waiting.push(
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      const timer = setTimeout(go, settingsComeMs);
      waiting.push(new vscode.Disposable(() => clearTimeout(timer)), vscode.workspace.onDidChangeConfiguration(go));
    }),
  );
  return new vscode.Disposable(stop);
}

/** Whether a command may read the workspace; where it may not, the person is told and asked. */
export function mayUseWorkspace(): boolean {
  if (!vscode.workspace.isTrusted) void askForTrust();
  return vscode.workspace.isTrusted;
}

/** Registers a command about what was clicked, or all that is selected, which may read the workspace. */
export function registerTrusted(
  id: string,
  action: (clicked: unknown, selected: unknown) => Promise<void>,
): vscode.Disposable {
  return vscode.commands.registerCommand(id, (clicked?: unknown, selected?: unknown) =>
    mayUseWorkspace() ? action(clicked, selected) : undefined,
  );
}

async function askForTrust(): Promise<void> {
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const answer = await showWarning(
    vscode.l10n.t('This workspace is not trusted, so nothing of it is used: trust it to generate candidates.'),
    manage,
  );
  if (answer === manage) await vscode.commands.executeCommand(manageTrustId);
}
