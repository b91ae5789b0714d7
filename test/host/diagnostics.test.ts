import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { until } from './waiting.ts';

describe('a prompt file that is being written', () => {
  let folder = '';

  beforeEach(() => {
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    folder = join(workspace?.uri.fsPath ?? '', `diagnostics-${Date.now()}`);
    mkdirSync(folder);
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(text: string): Promise<vscode.TextDocument> {
    const uri = vscode.Uri.file(join(folder, 'line.prompt.md'));
    writeFileSync(uri.fsPath, text);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    return document;
  }

  function shown({ uri }: vscode.TextDocument, wanted: number): Promise<void> {
    return until(
      () => vscode.languages.getDiagnostics(uri).length === wanted,
      (check) => vscode.languages.onDidChangeDiagnostics(check),
    );
  }

  it('has its problems marked as they stand, with a mend that takes them away', async () => {
    const document = await open('---\ninputs: { product: Mug }\n---\nuser: Write about {{ prodct }}.\n');
    await shown(document, 1);
    const [diagnostic] = vscode.languages.getDiagnostics(document.uri);
    assert.ok(diagnostic);
    assert.equal(document.getText(diagnostic.range), 'prodct');
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      diagnostic.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const mend = actions.find(({ title }) => title === 'Change to {{ product }}');
    assert.ok(mend?.edit, actions.map(({ title }) => title).join('\n'));
    await vscode.workspace.applyEdit(mend.edit);
    assert.match(document.getText(), /about \{\{ product \}\}\./);
    await shown(document, 0);
  });

  it('is told what stays as it is, without being an error', async () => {
    const document = await open('Explain ${{ github.ref }}.\n');
    await shown(document, 1);
    const [diagnostic] = vscode.languages.getDiagnostics(document.uri);
    assert.equal(diagnostic?.severity, vscode.DiagnosticSeverity.Information);
  });
});
