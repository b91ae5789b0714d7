import * as vscode from 'vscode';
import type { PromptFiles } from '../files/promptFiles.ts';

/**
 * Registers a provider of the editor for prompt files, and anew whenever a setting says that others are prompt files.
 *
 * @param register for the files of a selector
 */
export function forPromptFiles(
  promptFiles: PromptFiles,
  register: (selector: readonly vscode.DocumentFilter[]) => vscode.Disposable,
): vscode.Disposable {
  let registration = register(promptFiles.selector);
  const subscription = promptFiles.onDidChange(() => {
    registration.dispose();
    registration = register(promptFiles.selector);
  });
  return new vscode.Disposable(() => {
    subscription.dispose();
    registration.dispose();
  });
}
