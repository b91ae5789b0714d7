import * as vscode from 'vscode';
import { commandIds } from '../commandIds.ts';
import type { PromptFiles } from '../files/promptFiles.ts';
import { mayUseWorkspace } from '../trust.ts';
import type { PromptPreviews } from '../views/promptPreviews.ts';
import { choosePrompts } from './promptChoice.ts';

/** "Preview Prompt": of the one that was clicked, or in front. */
export function registerPreviewPrompt(previews: PromptPreviews, promptFiles: PromptFiles): vscode.Disposable {
  return vscode.commands.registerCommand(commandIds.previewPrompt, async (clicked?: unknown) => {
    if (!mayUseWorkspace()) return;
    const [file] = await choosePrompts(clicked, undefined, promptFiles, vscode.l10n.t('Preview Prompt'));
    if (file) previews.show(await vscode.workspace.openTextDocument(file));
  });
}
