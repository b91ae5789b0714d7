import * as vscode from 'vscode';
import type { Problem } from '../../prompts/promptFile.ts';
import { showError, showWarning } from '../notifications/messages.ts';
import { pathOf } from '../files/workspaceFiles.ts';
import { rangeOf, type PromptDiagnostics } from '../views/promptDiagnostics.ts';

/** What a command tells of prompt files: all of it in the Problems panel, the first problem at once. */
export class PromptProblems {
  readonly #diagnostics: PromptDiagnostics;

  constructor(diagnostics: PromptDiagnostics) {
    this.#diagnostics = diagnostics;
  }

  /**
   * Replaces what was shown, and tells the first problem.
   *
   * @param files those that the problems may be of
   * @param folder that the files of the problems are relative to
   */
  async show(problems: readonly Problem[], files: readonly vscode.Uri[], folder: vscode.Uri): Promise<void> {
    this.mark(problems, files, folder);
    const [problem] = problems;
    if (problem) await tell(problem, problems.length - 1, uriOf(problem, files, folder));
  }

  /** Replaces what was shown, where nobody is interrupted. */
  mark(problems: readonly Problem[], files: readonly vscode.Uri[], folder: vscode.Uri): void {
    this.#mark(problems, files, folder, vscode.DiagnosticSeverity.Error);
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
    const placed = problems.flatMap((problem) => {
      const uri = uriOf(problem, files, folder);
      return uri ? [{ uri, problem }] : [];
    });
    this.#diagnostics.tell(placed, severity);
  }
}

function uriOf({ file }: Problem, files: readonly vscode.Uri[], folder: vscode.Uri): vscode.Uri | undefined {
  return files.find((uri) => file !== '' && pathOf(uri) === pathOf(vscode.Uri.joinPath(folder, file)));
}

/** Shows the place of a problem. Of no file: the first one of those that it may be of. */
export async function goToProblem(problem: Problem, files: readonly vscode.Uri[], folder: vscode.Uri): Promise<void> {
  const [first] = files;
  const ofData = problem.file === '' ? first : vscode.Uri.joinPath(folder, problem.file);
  const uri = uriOf(problem, files, folder) ?? ofData;
  if (!uri) return;
  const { start } = rangeOf(problem);
  try {
    await vscode.window.showTextDocument(uri, { selection: new vscode.Range(start, start) });
  } catch {
    void showWarning(vscode.l10n.t('{0} cannot be opened: it was moved or deleted.', problem.file));
  }
}

/** @param uri of the problem's file, to go to */
async function tell(problem: Problem, others: number, uri: vscode.Uri | undefined): Promise<void> {
  const where = problem.file === '' ? '' : `${problem.file}${problem.line === undefined ? '' : `:${problem.line}`}: `;
  const more = others > 0 ? ` ${vscode.l10n.t('({0} more in the Problems panel)', others)}` : '';
  const open = vscode.l10n.t('Go to Problem');
  const answer = await showError(`${where}${problem.message}${more}`, ...(uri ? [open] : []));
  if (answer !== open || !uri) return;
  const { start } = rangeOf(problem);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(start, start) });
}
