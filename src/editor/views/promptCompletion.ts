import * as vscode from 'vscode';
import { longestWatched } from '../../prompts/watchedLength.ts';
import type { PromptFiles } from '../files/promptFiles.ts';
import { completionItems, filesIn, lengthOf, modelsFor, triggers } from './helpItems.ts';
import { forPromptFiles } from './promptProvider.ts';
import type { PromptNames } from '../files/promptNames.ts';

/** Offers what fits while a person writes a prompt file: keys, values, models, files, variables, filters, roles. */
export class PromptCompletion implements vscode.CompletionItemProvider, vscode.Disposable {
  readonly #names: PromptNames;
  readonly #registration: vscode.Disposable;

  constructor(promptFiles: PromptFiles, names: PromptNames) {
    this.#names = names;
    this.#registration = forPromptFiles(promptFiles, (selector) =>
      vscode.languages.registerCompletionItemProvider([...selector], this, ...triggers),
    );
  }

  dispose(): void {
    this.#registration.dispose();
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionItem[]> {
    const { completionsAt, folderAt, helpPlaceAt } = await import('../promptWork.ts');
    const offset = document.offsetAt(position);
    if (lengthOf(document) > longestWatched) return [];
    const place = helpPlaceAt(document.uri.path, document.getText(), offset);
    if (!place) return [];
    const folder = folderAt(place);
    const [names, files] = await Promise.all([
      this.#names.of(document),
      folder === undefined ? [] : filesIn(document.uri, folder),
    ]);
    if (token.isCancellationRequested) return [];
    const found = completionsAt(place, { names, files, models: modelsFor(document.uri) });
    return completionItems(document, position, found);
  }
}
