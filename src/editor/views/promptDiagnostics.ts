import * as vscode from 'vscode';
import { visibleLines } from '../../base/visible.ts';
import type { Diagnosis } from '../../prompts/diagnose.ts';
import { longestWatched } from '../../prompts/watchedLength.ts';
import type { Problem } from '../../prompts/promptFile.ts';
import type { PromptFiles } from '../files/promptFiles.ts';

/** A person who types on is left alone for so long, ms. */
const quietMs = 300;

interface Known {
  readonly version: number;
  readonly diagnosis: Diagnosis;
}

/** Where a problem is marked. */
export function rangeOf({ line = 1, column = 1, endColumn = Infinity }: Problem): vscode.Range {
  // The editor cuts a range at the end of its line.
  return new vscode.Range(line - 1, column - 1, line - 1, Math.min(endColumn - 1, 10_000));
}

/** As the Problems panel shows a problem. */
export function diagnosticOf(problem: Problem, severity: vscode.DiagnosticSeverity): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(rangeOf(problem), visibleLines(problem.message), severity);
  diagnostic.source = 'Parallel Candidates';
  return diagnostic;
}

function isSame(a: vscode.Diagnostic, b: vscode.Diagnostic): boolean {
  return a.message === b.message && a.range.start.line === b.range.start.line;
}

/**
 * What is wrong with prompt files, in the Problems panel: what is found while they are written, and what a command has
 * told of them until they are edited. A text in front of the person's eyes needs no trust to be read.
 */
export class PromptDiagnostics implements vscode.Disposable {
  readonly #promptFiles: PromptFiles;
  readonly #collection = vscode.languages.createDiagnosticCollection('parallelCandidates');
  readonly #known = new WeakMap<vscode.TextDocument, Known>();
  readonly #timers = new Map<vscode.TextDocument, NodeJS.Timeout>();
  /** By uri. */
  readonly #found = new Map<string, readonly vscode.Diagnostic[]>();
  readonly #told = new Map<string, readonly vscode.Diagnostic[]>();
  readonly #registrations: vscode.Disposable;
  readonly #first: NodeJS.Timeout;
  #isDisposed = false;

  constructor(promptFiles: PromptFiles) {
    this.#promptFiles = promptFiles;
    this.#registrations = vscode.Disposable.from(
      this.#collection,
      vscode.workspace.onDidOpenTextDocument((document) => void this.#find(document)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        // Saving is a change too.
        if (contentChanges.length > 0) this.#change(document);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.#close(document)),
      promptFiles.onDidChange(() => this.#findAll()),
    );
    // Nobody waits for it while the editor starts.
    this.#first = setTimeout(() => this.#findAll(), quietMs);
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#first);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#registrations.dispose();
  }

  /** What is wrong in a document as it is now. */
  async diagnosisOf(document: vscode.TextDocument): Promise<Diagnosis> {
    const { diagnose } = await import('../promptWork.ts');
    const { version } = document;
    const known = this.#known.get(document);
    if (known?.version === version) return known.diagnosis;
    // Not even the text is put together of a document that is too long.
    const length = document.offsetAt(document.lineAt(document.lineCount - 1).range.end);
    const diagnosis =
      length > longestWatched ? { problems: [], hints: [] } : diagnose(document.uri.path, document.getText());
    this.#known.set(document, { version, diagnosis });
    return diagnosis;
  }

  /** Replaces all that was told of prompt files before. */
  tell(
    problems: readonly { readonly uri: vscode.Uri; readonly problem: Problem }[],
    severity: vscode.DiagnosticSeverity,
  ): void {
    const before = [...this.#told.keys()];
    this.#told.clear();
    for (const { uri, problem } of problems) {
      const key = uri.toString();
      this.#told.set(key, [...(this.#told.get(key) ?? []), diagnosticOf(problem, severity)]);
    }
    for (const key of new Set([...before, ...this.#told.keys()])) this.#publish(vscode.Uri.parse(key, true));
  }

  #change(document: vscode.TextDocument): void {
    if (this.#told.delete(document.uri.toString())) this.#publish(document.uri);
    if (!this.#promptFiles.isPromptFile(document)) return;
    clearTimeout(this.#timers.get(document));
    this.#timers.set(
      document,
      setTimeout(() => void this.#find(document), quietMs),
    );
  }

  #close(document: vscode.TextDocument): void {
    clearTimeout(this.#timers.get(document));
    this.#timers.delete(document);
    if (this.#found.delete(document.uri.toString())) this.#publish(document.uri);
  }

  #findAll(): void {
    for (const document of vscode.workspace.textDocuments) void this.#find(document);
  }

  async #find(document: vscode.TextDocument): Promise<void> {
    this.#timers.delete(document);
    const key = document.uri.toString();
    if (this.#isOver(document)) return;
    if (!this.#promptFiles.isPromptFile(document)) {
      if (this.#found.delete(key)) this.#publish(document.uri);
      return;
    }
    const { problems, hints } = await this.diagnosisOf(document);
    if (this.#isOver(document)) return;
    this.#found.set(key, [
      ...problems.map((problem) => diagnosticOf(problem, vscode.DiagnosticSeverity.Error)),
      ...hints.map((hint) => diagnosticOf(hint, vscode.DiagnosticSeverity.Information)),
    ]);
    this.#publish(document.uri);
  }

  #isOver(document: vscode.TextDocument): boolean {
    return document.isClosed || this.#isDisposed;
  }

  /** What was found and told is shown once. */
  #publish(uri: vscode.Uri): void {
    const key = uri.toString();
    const told = this.#told.get(key) ?? [];
    const found = this.#found.get(key) ?? [];
    this.#collection.set(uri, [...told, ...found.filter((each) => !told.some((other) => isSame(each, other)))]);
  }
}
