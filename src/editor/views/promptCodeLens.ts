import * as vscode from 'vscode';
import { commandIds } from '../commandIds.ts';
import { longestWatched, promptAction, type PromptAction } from '../../prompts/promptAction.ts';
import type { PromptFiles } from '../files/promptFiles.ts';

/** "Generate 5 candidates" above every prompt. */
export class PromptCodeLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #promptFiles: PromptFiles;
  readonly #subscription: vscode.Disposable;
  readonly #actions = new WeakMap<vscode.TextDocument, { readonly version: number; readonly action: PromptAction }>();
  #registration: vscode.Disposable;

  constructor(promptFiles: PromptFiles) {
    this.#promptFiles = promptFiles;
    this.#registration = this.#register();
    this.#subscription = promptFiles.onDidChange(() => {
      this.#registration.dispose();
      this.#registration = this.#register();
    });
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#registration.dispose();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const { line, candidates: count } = this.#actionOf(document);
    const position = new vscode.Position(line - 1, 0);
    const title =
      count === undefined
        ? vscode.l10n.t('Generate candidates')
        : count === 1
          ? vscode.l10n.t('Generate 1 candidate')
          : vscode.l10n.t('Generate {0} candidates', count);
    return [
      new vscode.CodeLens(new vscode.Range(position, position), {
        title: `$(run-all) ${title}`,
        tooltip: vscode.l10n.t('Generate candidates of this prompt in parallel'),
        command: commandIds.generate,
        arguments: [document.uri],
      }),
    ];
  }

  /** The editor asks again whenever it shows the document. */
  #actionOf(document: vscode.TextDocument): PromptAction {
    const { version } = document;
    let known = this.#actions.get(document);
    if (known?.version !== version) {
      // Not even the text is put together of a document that is too long.
      const length = document.offsetAt(document.lineAt(document.lineCount - 1).range.end);
      const text = length > longestWatched ? undefined : document.getText();
      known = { version, action: text === undefined ? { line: 1 } : promptAction(document.uri.path, text) };
      this.#actions.set(document, known);
    }
    return known.action;
  }

  #register(): vscode.Disposable {
    return vscode.languages.registerCodeLensProvider(this.#promptFiles.selector, this);
  }
}
