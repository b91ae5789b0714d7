import * as vscode from 'vscode';
import type { Problem } from '../../prompts/promptFile.ts';
import { showError } from '../notifications/messages.ts';
import { visibleLines } from '../../base/visible.ts';
import { pathOf } from '../files/workspaceFiles.ts';

/** What is wrong with prompt files, in the Problems panel until the file is edited or looked at again. */
export class PromptProblems implements vscode.Disposable {
  readonly #diagnostics = vscode.languages.createDiagnosticCollection('parallelCandidates');
  readonly #registrations = vscode.Disposable.from(
    this.#diagnostics,
    vscode.workspace.onDidChangeTextDocument(({ document }) => this.#diagnostics.delete(document.uri)),
  );

  dispose(): void {
    this.#registrations.dispose();
  }

  /**
   * Replaces what was shown, and tells the first problem.
   *
   * @param files those that the problems may be of
   * @param folder that the files of the problems are relative to
   */
  async show(problems: readonly Problem[], files: readonly vscode.Uri[], folder: vscode.Uri): Promise<void> {
    this.#mark(problems, files, folder, vscode.DiagnosticSeverity.Error);
    const [problem] = problems;
    if (problem) await tell(problem, problems.length - 1, uriOf(problem, files, folder));
  }

  /** As `show`, of what nothing stops for: nobody is interrupted. */
  hint(hints: readonly Problem[], files: readonly vscode.Uri[], folder: vscode.Uri): void {
    this.#mark(hints, files, folder, vscode.DiagnosticSeverity.Warning);
  }

  #mark(
    problems: readonly Problem[],
    files: readonly vscode.Uri[],
    folder: vscode.Uri,
    severity: vscode.DiagnosticSeverity,
  ): void {
    this.#diagnostics.clear();
    const byFile = new Map<vscode.Uri, vscode.Diagnostic[]>();
    for (const problem of problems) {
      const uri = uriOf(problem, files, folder);
      if (!uri) continue;
      const line = lineOf(problem);
      const range = new vscode.Range(line, 0, line, 1000);
      const diagnostic = new vscode.Diagnostic(range, visibleLines(problem.message), severity);
      diagnostic.source = 'Parallel Candidates';
      byFile.set(uri, [...(byFile.get(uri) ?? []), diagnostic]);
    }
    for (const [uri, diagnostics] of byFile) this.#diagnostics.set(uri, diagnostics);
  }
}

function uriOf({ file }: Problem, files: readonly vscode.Uri[], folder: vscode.Uri): vscode.Uri | undefined {
  return files.find((uri) => file !== '' && pathOf(uri) === pathOf(vscode.Uri.joinPath(folder, file)));
}

/** @param uri of the problem's file, to go to */
async function tell(problem: Problem, others: number, uri: vscode.Uri | undefined): Promise<void> {
  const where = problem.file === '' ? '' : `${problem.file}${problem.line === undefined ? '' : `:${problem.line}`}: `;
  const more = others > 0 ? ` ${vscode.l10n.t('({0} more in the Problems panel)', others)}` : '';
  const open = vscode.l10n.t('Go to Problem');
  const answer = await showError(`${where}${problem.message}${more}`, ...(uri ? [open] : []));
  if (answer !== open || !uri) return;
  const line = lineOf(problem);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(line, 0, line, 0) });
}

/** 0-based, as the editor counts. */
function lineOf({ line = 1 }: Problem): number {
  return line - 1;
}
