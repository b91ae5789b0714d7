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

  /** The editor has hints of its own for prompt files. */
  function ours({ uri }: vscode.TextDocument): vscode.Diagnostic[] {
    return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Parallel Candidates');
  }

  function shown(document: vscode.TextDocument, wanted: number): Promise<void> {
    return until(
      () => ours(document).length === wanted,
      (check) => vscode.languages.onDidChangeDiagnostics(check),
    );
  }

  /** The editor answers with nothing when another extension registers a provider meanwhile, as Markdown's does at first. */
  async function quickFixes({ uri }: vscode.TextDocument, range: vscode.Range): Promise<vscode.CodeAction[]> {
    for (let asked = 1; ; asked += 1) {
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        uri,
        range,
        vscode.CodeActionKind.QuickFix.value,
      );
      if (actions.length > 0 || asked === 20) return actions;
    }
  }

  it('has its problems marked as they stand, with a mend that takes them away', async () => {
    const document = await open('---\ninputs: { product: Mug }\n---\nuser: Write about {{ prodct }}.\n');
    await shown(document, 1);
    const [diagnostic] = ours(document);
    assert.ok(diagnostic);
    assert.equal(document.getText(diagnostic.range), 'prodct');
    const actions = await quickFixes(document, diagnostic.range);
    const mend = actions.find(({ title }) => title === 'Change to {{ product }}');
    assert.ok(mend?.edit, actions.map(({ title }) => title).join('\n'));
    await vscode.workspace.applyEdit(mend.edit);
    assert.match(document.getText(), /about \{\{ product \}\}\./);
    await shown(document, 0);
  });

  it('is told what stays as it is, without being an error', async () => {
    const document = await open('Explain ${{ github.ref }}.\n');
    await shown(document, 1);
    const [diagnostic] = ours(document);
    assert.equal(diagnostic?.severity, vscode.DiagnosticSeverity.Information);
  });
});
