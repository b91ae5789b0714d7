import * as vscode from 'vscode';
import { commandIds } from '../commandIds.ts';
import { askInput, showWarning } from '../notifications/messages.ts';
import { mayUseWorkspace } from '../trust.ts';

function template(name: string): string {
  return `---
description: ${name}
inputs:
  product: Slow Start, a cold brew coffee
candidates:
  count: 5
---
system: You write clearly and briefly.

user: Write one tagline for {{ product }}.
`;
}

/** What a person may type as the name of a file, without its ending. */
function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return vscode.l10n.t('Give the prompt a name.');
  return /[\\/:*?"<>|]/.test(name) ? vscode.l10n.t('A name has none of these: {0}', '\\ / : * ? " < > |') : undefined;
}

/** Creates a prompt file to start from, in `prompts/` of the first folder, and opens it. */
export function registerNewPromptFile(): vscode.Disposable {
  return vscode.commands.registerCommand(commandIds.newPromptFile, async () => {
    if (!mayUseWorkspace()) return;
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    if (!folder) {
      void showWarning(vscode.l10n.t('Open a folder first: prompt files and candidates live in it.'));
      return;
    }
    const name = await askInput({
      title: vscode.l10n.t('New Prompt File'),
      prompt: vscode.l10n.t('Name of the prompt; its candidates go to a folder of the same name'),
      value: 'tagline',
      validateInput: nameProblem,
    });
    if (name === undefined) return;
    const file = vscode.Uri.joinPath(folder.uri, 'prompts', `${name.trim()}.prompt.md`);
    const edit = new vscode.WorkspaceEdit();
    // One that is there already is opened as it is.
    edit.createFile(file, { ignoreIfExists: true, contents: Buffer.from(template(name.trim())) });
    await vscode.workspace.applyEdit(edit);
    await vscode.window.showTextDocument(file);
  });
}
