import * as vscode from 'vscode';
import { affectsPromptFiles, promptFileGlob } from './settings.ts';

/** More than a person could pick from. */
const mostFiles = 5000;

/** The workspace's prompt files: which there are, and which file is one. */
export class PromptFiles implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[] = [this.#changed];
  #watcher: vscode.FileSystemWatcher | undefined;
  /** Fires when the glob changes. */
  readonly onGlobChange = this.#changed.event;

  constructor() {
    this.#subscriptions.push(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!affectsPromptFiles(event)) return;
        this.#watch();
        this.#changed.fire();
      }),
    );
    this.#watch();
  }

  dispose(): void {
    this.#watcher?.dispose();
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  get selector(): vscode.DocumentFilter {
    return { scheme: 'file', pattern: promptFileGlob() };
  }

  isPromptFile(document: vscode.TextDocument): boolean {
    return vscode.languages.match(this.selector, document) > 0;
  }

  async find(folder?: vscode.Uri): Promise<vscode.Uri[]> {
    const glob = promptFileGlob();
    const pattern = folder ? new vscode.RelativePattern(folder, glob) : glob;
    const found = await vscode.workspace.findFiles(pattern, '**/node_modules/**', mostFiles);
    return found.sort((a, b) => (a.fsPath < b.fsPath ? -1 : 1));
  }

  /** Menus ask a context key which files are prompt files, because a glob cannot stand in a when clause. */
  #watch(): void {
    this.#watcher?.dispose();
    this.#watcher = vscode.workspace.createFileSystemWatcher(promptFileGlob(), false, true, false);
    this.#watcher.onDidCreate(() => this.#publish());
    this.#watcher.onDidDelete(() => this.#publish());
    this.#publish();
  }

  #publish(): void {
    void this.find().then((files) =>
      vscode.commands.executeCommand(
        'setContext',
        'parallelCandidates.promptFiles',
        Object.fromEntries(files.map((file) => [file.fsPath, true])),
      ),
    );
  }
}
