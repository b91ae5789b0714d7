import * as vscode from 'vscode';
import type { Completion, Completions, FolderEntry } from '../../prompts/help/completions.ts';
import { inert } from '../notifications/inert.ts';
import { readSettings } from '../settings.ts';

/** Behind these something else may be meant; in plain words nothing is offered for them. */
export const triggers: readonly string[] = [' ', ':', '{', '%', '|', '.', '/', '"', '[', ','];

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

/** UTF-16 units of a document, whose text is not put together for that. */
export function lengthOf(document: vscode.TextDocument): number {
  return document.offsetAt(document.lineAt(document.lineCount - 1).range.end);
}

/** Completions as the editor takes them. @param position where the person is */
export function completionItems(
  document: vscode.TextDocument,
  position: vscode.Position,
  found: Completions,
): vscode.CompletionItem[] {
  const from = document.positionAt(found.from);
  const range = {
    inserting: new vscode.Range(from, position),
    replacing: new vscode.Range(from, document.positionAt(found.end)),
  };
  return found.items.map((item, at) => itemOf(item, range, at));
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
export function modelsFor(uri: vscode.Uri): readonly string[] {
  const { services, defaultService } = readSettings(uri);
  const isDefault = ({ name }: { readonly name: string }): boolean => name === defaultService;
  const ordered = [...services.filter(isDefault), ...services.filter((service) => !isDefault(service))];
  return [...new Set(ordered.flatMap(({ name, models }) => models.map((model) => `${name}/${model}`)))];
}

/** Nothing of a folder that cannot be read, and of a workspace that is not trusted. */
export async function filesIn(file: vscode.Uri, folder: string): Promise<FolderEntry[]> {
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
