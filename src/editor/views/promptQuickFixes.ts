import * as vscode from 'vscode';
import type { Mend, Problem } from '../../prompts/promptFile.ts';
import type { PromptFiles } from '../files/promptFiles.ts';
import { forPromptFiles } from './promptProvider.ts';
import { inert } from '../notifications/inert.ts';
import { rangeOf, type PromptDiagnostics } from './promptDiagnostics.ts';

/** Mends for what is wrong in a prompt file, behind the light bulb. */
export class PromptQuickFixes implements vscode.CodeActionProvider, vscode.Disposable {
  readonly #diagnostics: PromptDiagnostics;
  readonly #registration: vscode.Disposable;

  constructor(promptFiles: PromptFiles, diagnostics: PromptDiagnostics) {
    this.#diagnostics = diagnostics;
    this.#registration = forPromptFiles(promptFiles, (selector) =>
      vscode.languages.registerCodeActionsProvider([...selector], this, {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
    );
  }

  dispose(): void {
    this.#registration.dispose();
  }

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    const { problems, hints } = await this.#diagnostics.diagnosisOf(document);
    return [...problems, ...hints]
      .filter((problem) => rangeOf(problem).intersection(range) !== undefined)
      .flatMap((problem) =>
        (problem.mends ?? []).map((mend, at) => actionOf(document, problem, mend, at === 0, context.diagnostics)),
      );
  }
}

function actionOf(
  document: vscode.TextDocument,
  problem: Problem,
  { title, edits }: Mend,
  isPreferred: boolean,
  diagnostics: readonly vscode.Diagnostic[],
): vscode.CodeAction {
  const action = new vscode.CodeAction(inert(title), vscode.CodeActionKind.QuickFix);
  const edit = new vscode.WorkspaceEdit();
  for (const { from, to, text } of edits) {
    edit.replace(document.uri, new vscode.Range(document.positionAt(from), document.positionAt(to)), text);
  }
  action.edit = edit;
  action.isPreferred = isPreferred;
  action.diagnostics = diagnostics.filter((diagnostic) => diagnostic.range.isEqual(rangeOf(problem)));
  return action;
}
