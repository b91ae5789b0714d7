import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { limits, tooLong } from '../../prompts/limits.ts';
import { checkFileWithin } from '../../storage/ownFiles.ts';
import { affectsPromptFiles, promptFileGlob } from '../settings.ts';
import { onceTrusted } from '../trust.ts';
import { pathOf } from './workspaceFiles.ts';

/** More than a person could pick from. */
const mostFiles = 5000;
/** More folders than a person waits for where each of them may be a request. */
const mostFolders = 1000;
const foldersAtOnce = 16;
/** How long the editor's search may take where it may not be possible at all, ms. */
const searchMs = 2000;

/** The workspace's prompt files: which there are, and which file is one. Nothing is searched before it is trusted. */
export class PromptFiles implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #filesChanged = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[] = [this.#changed, this.#filesChanged];
  #watcher: vscode.FileSystemWatcher | undefined;
  #publication = 0;
  readonly #unsearchable = new Set<string>();
  /** Fires when the selector has changed. */
  readonly onDidChange = this.#changed.event;
  /** Fires when there are other prompt files than before. */
  readonly onDidChangeFiles = this.#filesChanged.event;

  constructor() {
    const change = (): void => {
      this.#watch();
      this.#changed.fire();
    };
    this.#subscriptions.push(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (affectsPromptFiles(event)) change();
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(change),
      onceTrusted(() => this.#watch()),
    );
  }

  dispose(): void {
    this.#watcher?.dispose();
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** Files on a disk, and of whatever file systems the workspace has; not what a comparison shows, for example. */
  get selector(): readonly vscode.DocumentFilter[] {
    const pattern = promptFileGlob();
    const folders = vscode.workspace.workspaceFolders ?? [];
    return [...new Set(['file', ...folders.map(({ uri }) => uri.scheme)])].map((scheme) => ({ scheme, pattern }));
  }

  isPromptFile(document: vscode.TextDocument): boolean {
    return vscode.languages.match(this.selector, document) > 0;
  }

  async find(folder?: vscode.Uri): Promise<vscode.Uri[]> {
    const folders = folder ? [folder] : (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);
    const found = await Promise.all(
      folders.map(async (each) => {
        const searched = await this.#search(each);
        return searched.length > 0 || each.scheme === 'file' ? searched : this.#walk(each);
      }),
    );
    // A folder may lie in another one.
    const files = new Map(found.flat().map((file) => [file.toString(), file]));
    return [...files.values()].sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
  }

  async #search(folder: vscode.Uri): Promise<vscode.Uri[]> {
    const { scheme } = folder;
    if (this.#unsearchable.has(scheme)) return [];
    const pattern = new vscode.RelativePattern(folder, promptFileGlob());
    const search = vscode.workspace.findFiles(pattern, '**/node_modules/**', mostFiles);
    if (scheme === 'file') return search;
    const searching = search.then(
      (files) => files,
      () => [],
    );
    // The editor waits for ever until somebody offers to search the file system.
    const found = await Promise.race([searching, delay(searchMs)]);
    if (found) return found;
    this.#unsearchable.add(scheme);
    void searching.then(() => this.#unsearchable.delete(scheme));
    return [];
  }

  /** For file systems that the editor cannot search. */
  async #walk(root: vscode.Uri): Promise<vscode.Uri[]> {
    const found: vscode.Uri[] = [];
    const folders = [root];
    for (let looked = 0; folders.length > 0 && looked < mostFolders && found.length < mostFiles;) {
      const batch = folders.splice(0, foldersAtOnce);
      looked += batch.length;
      for (const [uri, type] of (await Promise.all(batch.map(entriesOf))).flat()) {
        if ((type & vscode.FileType.Directory) === 0) {
          if (this.#matches(uri)) found.push(uri);
        } else if ((type & vscode.FileType.SymbolicLink) === 0 && !/\/(node_modules|\.git)$/.test(uri.path))
          folders.push(uri);
      }
    }
    return found;
  }

  #matches(uri: vscode.Uri): boolean {
    // The editor's globs are matched for documents only; the selector asks for no more than the uri.
    return this.isPromptFile({ uri, languageId: '' } as vscode.TextDocument);
  }

  /** Menus ask a context key which files are prompt files, because a glob cannot stand in a when clause. */
  #watch(): void {
    this.#watcher?.dispose();
    if (!vscode.workspace.isTrusted) return;
    this.#watcher = vscode.workspace.createFileSystemWatcher(promptFileGlob(), false, true, false);
    this.#watcher.onDidCreate(() => void this.#publish());
    this.#watcher.onDidDelete(() => void this.#publish());
    void this.#publish();
  }

  /** Folders are not walked for it: menus know the usual ending by themselves. */
  async #publish(): Promise<void> {
    this.#filesChanged.fire();
    const publication = ++this.#publication;
    const folders = vscode.workspace.workspaceFolders ?? [];
    const files = (await Promise.all(folders.map(({ uri }) => this.#search(uri)))).flat();
    if (publication !== this.#publication) return;
    await vscode.commands.executeCommand(
      'setContext',
      'parallelCandidates.promptFiles',
      Object.fromEntries(files.map((file) => [pathOf(file), true])),
    );
  }
}

/**
 * Why a prompt file is not to be read, as one sentence. What a link makes of it would go to a service, and a workspace may
 * have come with such links.
 */
export async function readProblem(file: vscode.Uri): Promise<string | undefined> {
  if (file.scheme !== 'file') return undefined;
  const folder = vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath;
  try {
    await checkFileWithin(file.fsPath, limits.fileBytes, folder);
    return undefined;
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case 'OUTSIDE_ROOT':
        return 'A link leads from this prompt file out of the workspace folder: open the file itself instead.';
      case 'NOT_A_FILE':
        return 'This is no file but a pipe, a device or a socket: choose a prompt file.';
      case 'TOO_LARGE':
        return tooLong();
      default:
        // What else is wrong, the editor says when it opens the file.
        return undefined;
    }
  }
}

/** Nothing of a folder that cannot be read. */
async function entriesOf(folder: vscode.Uri): Promise<[vscode.Uri, vscode.FileType][]> {
  try {
    const entries = await vscode.workspace.fs.readDirectory(folder);
    return entries.map(([name, type]) => [vscode.Uri.joinPath(folder, name), type]);
  } catch {
    return [];
  }
}
