import * as vscode from 'vscode';
import { isShelfName } from '../../candidates/shelf.ts';
import { archiveName } from '../../runs/shelf/choosing.ts';
import type { CandidateShelves } from '../candidateShelves.ts';
import { CandidateListings } from './candidateListings.ts';

/** Folders whose names are remembered. */
const mostFolders = 1_000;

/**
 * Marks picked and archived candidates in the Explorer. Only folders with a shelf are looked into: without one nobody has
 * decided anything.
 */
export class CandidateDecorations implements vscode.FileDecorationProvider, vscode.Disposable {
  readonly #shelves: CandidateShelves;
  readonly #changed = new vscode.EventEmitter<vscode.Uri[]>();
  readonly #listings: CandidateListings;
  readonly #subscriptions: vscode.Disposable;
  /** Whether a folder has a shelf, by its uri. */
  readonly #folders = new Map<string, Promise<boolean>>();
  /** What was asked for, by the uris of prompt files. */
  readonly #asked = new Map<string, Map<string, vscode.Uri>>();
  readonly onDidChangeFileDecorations = this.#changed.event;

  constructor(shelves: CandidateShelves) {
    this.#shelves = shelves;
    this.#listings = new CandidateListings(shelves, (prompt) => this.#tell(prompt));
    const watcher = vscode.workspace.createFileSystemWatcher('**/{shelf.json,candidates.shelf.json}');
    const shelfChanged = (shelf: vscode.Uri): void => this.#shelfChanged(vscode.Uri.joinPath(shelf, '..'));
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      this.#listings,
      watcher,
      watcher.onDidCreate(shelfChanged),
      watcher.onDidDelete(shelfChanged),
      shelves.onDidChange((prompts) => {
        for (const prompt of prompts) {
          this.#listings.forget(prompt);
          this.#tell(prompt);
        }
      }),
      vscode.window.registerFileDecorationProvider(this),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  async provideFileDecoration(file: vscode.Uri): Promise<vscode.FileDecoration | undefined> {
    if (!vscode.workspace.isTrusted || !vscode.workspace.getWorkspaceFolder(file)) return undefined;
    if (!(await this.#mayBeDecided(file))) return undefined;
    const prompt = await this.#shelves.promptOf(file);
    if (!prompt) return undefined;
    this.#remember(prompt, file);
    const listing = await this.#listings.of(prompt);
    const candidate = listing.ok
      ? listing.value.candidates.find(({ uri }) => uri.toString() === file.toString())
      : undefined;
    if (candidate?.isArchived === true) {
      const color = new vscode.ThemeColor('disabledForeground');
      return new vscode.FileDecoration('A', vscode.l10n.t('Archived candidate'), color);
    }
    if (candidate?.isPicked === true) {
      return new vscode.FileDecoration('✓', vscode.l10n.t('Picked candidate'), new vscode.ThemeColor('charts.green'));
    }
    return undefined;
  }

  async #mayBeDecided(file: vscode.Uri): Promise<boolean> {
    const folder = vscode.Uri.joinPath(file, '..');
    const above = folder.path.endsWith(`/${archiveName}`) ? [vscode.Uri.joinPath(folder, '..')] : [];
    for (const each of [folder, ...above]) if (await this.#hasShelf(each)) return true;
    return false;
  }

  #hasShelf(folder: vscode.Uri): Promise<boolean> {
    const key = folder.toString();
    const known = this.#folders.get(key);
    if (known) return known;
    const asked = readNames(folder).then((names) => names.some(isShelfName));
    this.#folders.set(key, asked);
    const [oldest] = this.#folders.keys();
    if (this.#folders.size > mostFolders && oldest !== undefined) this.#folders.delete(oldest);
    return asked;
  }

  #shelfChanged(folder: vscode.Uri): void {
    this.#folders.delete(folder.toString());
    void readNames(folder).then((names) => {
      this.#changed.fire(names.map((name) => vscode.Uri.joinPath(folder, name)));
    });
  }

  #remember(prompt: vscode.Uri, file: vscode.Uri): void {
    const files = this.#asked.get(prompt.toString()) ?? new Map<string, vscode.Uri>();
    this.#asked.set(prompt.toString(), files);
    files.set(file.toString(), file);
  }

  #tell(prompt: vscode.Uri): void {
    const files = this.#asked.get(prompt.toString());
    if (files) this.#changed.fire([...files.values()]);
  }
}

async function readNames(folder: vscode.Uri): Promise<readonly string[]> {
  try {
    return (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name);
  } catch {
    return [];
  }
}
