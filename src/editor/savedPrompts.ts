import * as vscode from 'vscode';

/** Folders of candidates, whose files are made and not written by a person. */
const ownFolder = '/candidates/';

/**
 * The files and folders whose prompts are generated whenever they are saved. They are forgotten with the window: nobody is
 * surprised tomorrow by what was wanted today.
 */
export class SavedPrompts implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  /** By uri. */
  readonly #places = new Map<string, { readonly uri: vscode.Uri; readonly isFolder: boolean }>();

  dispose(): void {
    this.#changed.dispose();
  }

  get places(): readonly vscode.Uri[] {
    return [...this.#places.values()].map(({ uri }) => uri);
  }

  has(uri: vscode.Uri): boolean {
    return this.#places.has(uri.toString());
  }

  add(uri: vscode.Uri, isFolder: boolean): void {
    this.#places.set(uri.toString(), { uri, isFolder });
    this.#changed.fire();
  }

  delete(uri: vscode.Uri): void {
    if (this.#places.delete(uri.toString())) this.#changed.fire();
  }

  clear(): void {
    if (this.#places.size === 0) return;
    this.#places.clear();
    this.#changed.fire();
  }

  /** Whether a prompt file is generated when it is saved. */
  covers(prompt: vscode.Uri): boolean {
    return [...this.#places.values()].some(({ uri, isFolder }) =>
      isFolder ? isBelow(uri, prompt) : uri.toString() === prompt.toString(),
    );
  }

  /**
   * The places that a saved file concerns: those that it lies in, or beside, as data and schemas of prompts do. None for
   * candidates.
   */
  touchedBy(saved: vscode.Uri): readonly { readonly uri: vscode.Uri; readonly isFolder: boolean }[] {
    return [...this.#places.values()].filter(({ uri, isFolder }) => {
      const folder = isFolder ? uri : vscode.Uri.joinPath(uri, '..');
      return isBelow(folder, saved) && !saved.path.slice(folder.path.length).includes(ownFolder);
    });
  }
}

function isBelow(folder: vscode.Uri, file: vscode.Uri): boolean {
  const inside = folder.path.endsWith('/') ? folder.path : `${folder.path}/`;
  return folder.scheme === file.scheme && folder.authority === file.authority && file.path.startsWith(inside);
}
