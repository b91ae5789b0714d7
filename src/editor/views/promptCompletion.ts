import * as vscode from 'vscode';
import type { Completion, FolderEntry } from '../../prompts/help/completions.ts';
import { longestWatched } from '../../prompts/watchedLength.ts';
import type { PromptFiles } from '../files/promptFiles.ts';
import { forPromptFiles } from './promptProvider.ts';
import type { PromptNames } from '../files/promptNames.ts';
import { inert } from '../notifications/inert.ts';
import { readSettings } from '../settings.ts';

/** Behind these something else may be meant; in plain words nothing is offered for them. */
const triggers = [' ', ':', '{', '%', '|', '.', '/', '"', '[', ','];

/** More files of a folder nobody looks through. */
const mostFiles = 2_000;

const kinds: Readonly<Record<Completion['kind'], vscode.CompletionItemKind>> = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
  model: vscode.CompletionItemKind.Constant,
  file: vscode.CompletionItemKind.File,
  folder: vscode.CompletionItemKind.Folder,
  variable: vscode.CompletionItemKind.Variable,
  filter: vscode.CompletionItemKind.Function,
  tag: vscode.CompletionItemKind.Keyword,
  role: vscode.CompletionItemKind.Keyword,
};

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
    // Not even the text is put together of a document that is too long.
    if (document.offsetAt(document.lineAt(document.lineCount - 1).range.end) > longestWatched) return [];
    const place = helpPlaceAt(document.uri.path, document.getText(), offset);
    if (!place) return [];
    const folder = folderAt(place);
    const [names, files] = await Promise.all([
      this.#names.of(document),
      folder === undefined ? [] : filesIn(document.uri, folder),
    ]);
    if (token.isCancellationRequested) return [];
    const found = completionsAt(place, { names, files, models: modelsFor(document.uri) });
    const from = document.positionAt(found.from);
    const range = {
      inserting: new vscode.Range(from, position),
      replacing: new vscode.Range(from, document.positionAt(found.end)),
    };
    return found.items.map((item, at) => itemOf(item, range, at));
  }
}

function itemOf(
  { kind, label, insert, detail, documentation, leadsOn }: Completion,
  range: { readonly inserting: vscode.Range; readonly replacing: vscode.Range },
  at: number,
): vscode.CompletionItem {
  const item = new vscode.CompletionItem(inert(label), kinds[kind]);
  item.insertText = insert;
  item.filterText = label;
  item.range = range;
  item.sortText = String(at).padStart(5, '0');
  if (detail !== undefined) item.detail = inert(detail);
  if (documentation !== undefined) item.documentation = inert(documentation);
  if (leadsOn) item.command = { command: 'editor.action.triggerSuggest', title: '' };
  return item;
}

/** As prompts may name them, the default service's first. */
function modelsFor(uri: vscode.Uri): readonly string[] {
  const { services, defaultService } = readSettings(uri);
  const isDefault = ({ name }: { readonly name: string }): boolean => name === defaultService;
  const ordered = [...services.filter(isDefault), ...services.filter((service) => !isDefault(service))];
  return [...new Set(ordered.flatMap(({ name, models }) => models.map((model) => `${name}/${model}`)))];
}

/** Nothing of a folder that cannot be read, and of a workspace that is not trusted. */
async function filesIn(file: vscode.Uri, folder: string): Promise<FolderEntry[]> {
  if (!vscode.workspace.isTrusted) return [];
  try {
    const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(file, '..', folder));
    const own = file.path.slice(file.path.lastIndexOf('/') + 1);
    return entries
      .filter(([name, type]) => name !== own && (type & vscode.FileType.SymbolicLink) === 0)
      .slice(0, mostFiles)
      .map(([name, type]) => ({ name, isFolder: (type & vscode.FileType.Directory) !== 0 }))
      .sort((a, b) => Number(a.isFolder) - Number(b.isFolder) || (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
