import * as vscode from 'vscode';
import { affectsSettings, readSettings } from '../settings.ts';
import { settingsSection } from '../settingsSchema.ts';
import { showWarning } from './messages.ts';

/** The settings editor writes while a person types: what is half typed is not judged, ms. */
const quietMs = 1000;

/** Tells what is wrong with settings: each thing once, and again only when it comes back after it was mended. */
export class SettingsProblems implements vscode.Disposable {
  readonly #subscription: vscode.Disposable;
  #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (!affectsSettings(event)) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#look(), quietMs);
    });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription.dispose();
  }

  /** @param problems of settings that are about to be used: one sentence each */
  tell(problems: readonly string[]): void {
    for (const problem of problems) {
      if (this.#told.has(problem)) continue;
      this.#told.add(problem);
      void warn(problem);
    }
  }

  #look(): void {
    // What an untrusted workspace says is not repeated.
    if (!vscode.workspace.isTrusted) return;
    const scopes = [undefined, ...(vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri)];
    const problems = new Set(scopes.flatMap((scope) => readSettings(scope).problems));
    this.#told = new Set([...this.#told].filter((problem) => problems.has(problem)));
    this.tell([...problems]);
  }
}

async function warn(problem: string): Promise<void> {
  const open = vscode.l10n.t('Open Settings');
  if ((await showWarning(problem, open)) !== open) return;
  await vscode.commands.executeCommand('workbench.action.openSettings', settingsSection);
}
