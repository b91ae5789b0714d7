import * as vscode from 'vscode';
import { parsePromptFile } from '../../prompts/parse.ts';
import { commandIds } from '../commandIds.ts';
import type { PromptFiles } from '../files/promptFiles.ts';

/** "Generate 5 candidates" above every prompt. */
export class PromptCodeLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #promptFiles: PromptFiles;
  readonly #subscription: vscode.Disposable;
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
    const parsed = parsePromptFile(document.uri.path, document.getText());
    const line = parsed.ok ? parsed.value.actionLine - 1 : 0;
    const count = parsed.ok ? parsed.value.count * Math.max(1, parsed.value.models.length) : undefined;
    const title =
      count === undefined
        ? vscode.l10n.t('Generate candidates')
        : count === 1
          ? vscode.l10n.t('Generate 1 candidate')
          : vscode.l10n.t('Generate {0} candidates', count);
    return [
      new vscode.CodeLens(new vscode.Range(line, 0, line, 0), {
        title: `$(run-all) ${title}`,
        tooltip: vscode.l10n.t('Generate candidates of this prompt in parallel'),
        command: commandIds.generate,
        arguments: [document.uri],
      }),
    ];
  }

  #register(): vscode.Disposable {
    return vscode.languages.registerCodeLensProvider(this.#promptFiles.selector, this);
  }
}
