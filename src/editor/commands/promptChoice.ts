import * as vscode from 'vscode';
import { chosenArguments } from '../chosenArguments.ts';
import type { PromptFiles } from '../files/promptFiles.ts';
import { pickMany, showWarning } from '../notifications/messages.ts';

/**
 * The prompt files that a command is about: what was clicked or selected, else the one in front, else those that the
 * person picks.
 *
 * @param clicked the file or folder that a menu was opened on
 * @param selected everything that is selected in the Explorer
 */
export async function choosePrompts(
  clicked: unknown,
  selected: unknown,
  promptFiles: PromptFiles,
  title: string,
): Promise<vscode.Uri[]> {
  const uris = clickedUris(clicked, selected);
  if (uris.length > 0) return filesBelow(uris, promptFiles);
  const active = await activeDocument();
  if (active && promptFiles.isPromptFile(active)) return [active.uri];
  return pick(promptFiles, title);
}

/** The files and folders that a menu was opened on, or whose candidates a view shows there. */
export function clickedUris(clicked: unknown, selected: unknown): vscode.Uri[] {
  return chosenArguments(clicked, selected).flatMap((each) => {
    switch (each.kind) {
      case 'file':
        return [each.file];
      case 'prompt':
      case 'row':
        return [each.prompt];
      case 'candidate':
      case 'context':
        return [];
    }
  });
}

/** The document in front; its tab is known before its editor is, just after it was opened. */
export async function activeDocument(): Promise<vscode.TextDocument | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (editor) return editor.document;
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputText ? vscode.workspace.openTextDocument(input.uri) : undefined;
}

async function filesBelow(uris: readonly vscode.Uri[], promptFiles: PromptFiles): Promise<vscode.Uri[]> {
  // A file may be selected together with its folder.
  const files = new Map<string, vscode.Uri>();
  for (const uri of uris) {
    const { type } = await vscode.workspace.fs.stat(uri);
    const found = type & vscode.FileType.Directory ? await promptFiles.find(uri) : [uri];
    for (const file of found) files.set(file.toString(), file);
  }
  if (files.size === 0) {
    void showWarning(vscode.l10n.t('There are no prompt files (*.prompt.md) in this folder.'));
  }
  return [...files.values()];
}

async function pick(promptFiles: PromptFiles, title: string): Promise<vscode.Uri[]> {
  const files = await promptFiles.find();
  if (files.length === 0) {
    void showWarning(vscode.l10n.t('There are no prompt files here: create one whose name ends in ".prompt.md".'));
    return [];
  }
  const picked = await pickMany(
    files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })),
    { title, placeHolder: vscode.l10n.t('Select the prompt files') },
  );
  return (picked ?? []).map(({ uri }) => uri);
}
