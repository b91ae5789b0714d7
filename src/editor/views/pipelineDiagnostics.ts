import * as vscode from 'vscode';
import { isPipeline } from '../files/pipelineFiles.ts';
import { diagnosticOf } from './promptDiagnostics.ts';

/** A person who types on is left alone for so long, ms. */
const quietMs = 300;

/** What is wrong with pipeline files while they are written, in the Problems panel. */
export class PipelineDiagnostics implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('parallelCandidates.pipelines');
  readonly #timers = new Map<vscode.TextDocument, NodeJS.Timeout>();
  readonly #registrations: vscode.Disposable;
  #isDisposed = false;

  constructor() {
    this.#registrations = vscode.Disposable.from(
      this.#collection,
      vscode.workspace.onDidOpenTextDocument((document) => this.#soon(document)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#soon(document);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.#close(document)),
    );
    for (const document of vscode.workspace.textDocuments) this.#soon(document);
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#registrations.dispose();
  }

  #soon(document: vscode.TextDocument): void {
    if (!isPipeline(document)) return;
    clearTimeout(this.#timers.get(document));
    this.#timers.set(
      document,
      setTimeout(() => void this.#find(document), quietMs),
    );
  }

  #close(document: vscode.TextDocument): void {
    clearTimeout(this.#timers.get(document));
    this.#timers.delete(document);
    this.#collection.delete(document.uri);
  }

  async #find(document: vscode.TextDocument): Promise<void> {
    this.#timers.delete(document);
    const { readPipelineText } = await import('../pipelineWork.ts');
    if (document.isClosed || this.#isDisposed) return;
    const { problems, hints } = readPipelineText(document.uri.path, document.getText());
    this.#collection.set(document.uri, [
      ...problems.map((problem) => diagnosticOf(problem, vscode.DiagnosticSeverity.Error)),
      ...hints.map((hint) => diagnosticOf(hint, vscode.DiagnosticSeverity.Information)),
    ]);
  }
}
