import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { isInside } from '../../base/paths.ts';
import type { Runs } from '../../runs/runs.ts';
import type { Workspace, WorkspacePlaces, Workspaces } from '../../runs/workspace.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import type { JournalPlace } from '../../storage/journal/settings.ts';
import type { JournalFolders } from '../../storage/journalFolders.ts';
import { findStateFolder } from '../../storage/stateFolder.ts';
import { success } from '../../base/outcome.ts';
import type { Log } from '../outputLog.ts';
import { showError, showWarning } from '../notifications/messages.ts';
import { readSettings, stateFolderSetting } from '../settings.ts';
import { LateFiles } from './lateFiles.ts';
import { pathOf, uriAt, WorkspaceFiles } from './workspaceFiles.ts';
import { WorkspaceManifests } from './workspaceManifests.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';

/** The folder that a prompt file's run belongs to: its workspace folder, or the folder that it lies in. */
export function folderOf(file: vscode.Uri): vscode.Uri {
  return vscode.workspace.getWorkspaceFolder(file)?.uri ?? vscode.Uri.joinPath(file, '..');
}

/** Whether the paths of two uris are of the same file system. */
export function isSameFileSystem(one: vscode.Uri, other: vscode.Uri): boolean {
  return fileSystemOf(one) === fileSystemOf(other);
}

/** Runs of the terminal may have been told to write elsewhere; whether that is still wanted, only a terminal can ask. */
export function rootProblem({ base }: Workspace, root: string): string | undefined {
  if (isInside(base, root)) return undefined;
  return vscode.l10n.t('This run writes to {0}, outside of {1}: resume it in a terminal.', root, base);
}

/** The folders that runs belong to, with their journals. A run's paths are those of its folder's file system. */
export class Folders {
  readonly #places: Pick<vscode.ExtensionContext, 'extensionUri'>;
  readonly #stateFolder: string;
  #journals: Promise<JournalFolders> | undefined;
  readonly #runs: Runs;
  readonly #log: Pick<Log, 'warn'>;
  readonly #disk = new LateFiles();
  /** By file system: within one of them, paths tell the folders apart. */
  readonly #workspaces = new Map<string, Promise<Workspaces>>();
  /** Of the folders that are not on a disk. */
  readonly #manifests: WorkspaceManifests[] = [];
  readonly #folders = new WeakMap<Workspace, vscode.Uri>();

  constructor(places: Pick<vscode.ExtensionContext, 'extensionUri'>, runs: Runs, log: Pick<Log, 'warn'>) {
    this.#places = places;
    // For as long as the window lives: what is open stays where it is.
    this.#stateFolder = stateFolderSetting();
    this.#runs = runs;
    this.#log = log;
  }

  filesOf(folder: vscode.Uri): FileStore {
    return isOnDisk(folder) ? this.#disk : new WorkspaceFiles(folder);
  }

  async open(folder: vscode.Uri): Promise<JournalOutcome<Workspace>> {
    const opened = await (await this.#workspacesOf(folder)).open(pathOf(folder));
    if (opened.ok) this.#folders.set(opened.value, folder);
    return opened;
  }

  /** The same of a folder in which something was generated before; undefined for any other, where nothing is begun. */
  async openIfJournalled(folder: vscode.Uri): Promise<Workspace | undefined> {
    const place = await this.#placeOf(folder);
    const { hasJournal } = await journalWork();
    if (!place.ok || !(await hasJournal(place.value))) return undefined;
    const opened = await this.open(folder);
    return opened.ok ? opened.value : undefined;
  }

  /** Where a path of a run is, or the folder that the run belongs to. */
  uriOf(workspace: Workspace, path = workspace.base): vscode.Uri {
    const folder = this.#folders.get(workspace);
    return folder ? uriAt(folder, path) : vscode.Uri.file(path);
  }

  /** The workspace folders in which something was generated before; one that has two names comes once. */
  async openJournalled(): Promise<Workspace[]> {
    const opened: Workspace[] = [];
    const seen = new Set<string>();
    const { hasJournal } = await journalWork();
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      const place = await this.#placeOf(uri);
      if (!place.ok || seen.has(place.value.directory) || !(await hasJournal(place.value))) continue;
      seen.add(place.value.directory);
      const workspace = await this.open(uri);
      if (workspace.ok) opened.push(workspace.value);
      else void showError(workspace.failure.message);
    }
    return opened;
  }

  /** The journals of folders that are not where they were. */
  async moved(): Promise<JournalOutcome<JournalPlace[]>> {
    const { isThere } = await journalWork();
    const listed = await (await this.#journalFolders()).list();
    if (!listed.ok) return listed;
    const moved: JournalPlace[] = [];
    for (const place of listed.value) {
      if (isAbsolute(place.folder) && !(await isThere(place.folder))) moved.push(place);
    }
    return success(moved);
  }

  /**
   * Makes the runs of a folder that was moved those of a workspace folder.
   *
   * @returns how many runs, and the workspace that has them
   */
  async adopt(
    from: JournalPlace,
    folder: vscode.Uri,
  ): Promise<JournalOutcome<{ readonly runs: number; readonly workspace: Workspace }>> {
    const opened = await this.open(folder);
    if (!opened.ok) return opened;
    const adopted = await (await this.#workspacesOf(folder)).adopt(from, opened.value);
    return adopted.ok ? success({ runs: adopted.value, workspace: opened.value }) : adopted;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#workspaces.values()].map(async (workspaces) => (await workspaces).dispose()));
    // A journal that closes hands over its last entries.
    await Promise.all(this.#manifests.map((manifests) => manifests.close()));
  }

  #workspacesOf(folder: vscode.Uri): Promise<Workspaces> {
    const fileSystem = fileSystemOf(folder);
    const known = this.#workspaces.get(fileSystem);
    if (known) return known;
    const workspaces = this.#newWorkspaces(folder);
    this.#workspaces.set(fileSystem, workspaces);
    return workspaces;
  }

  /** Journals come with what keeps them, which a folder without any does not need. */
  async #newWorkspaces(folder: vscode.Uri): Promise<Workspaces> {
    const { Workspaces } = await import('../../runs/workspace.ts');
    return new Workspaces({
      worker: vscode.Uri.joinPath(this.#places.extensionUri, 'dist', 'journalWorker.js').fsPath,
      kind: 'editor',
      journalOf: (base) => this.#placeOf(uriAt(folder, base)),
      placesOf: (base) => this.#placesOf(uriAt(folder, base)),
      onRepair: this.#warn,
      onLost: (run) => this.#runs.lost(run),
      onManifestProblem: this.#warn,
    });
  }

  async #journalFolders(): Promise<JournalFolders> {
    this.#journals ??= journalWork().then(
      ({ JournalFolders }) => new JournalFolders(() => findStateFolder(this.#stateFolder)),
    );
    return this.#journals;
  }

  #placesOf(folder: vscode.Uri): WorkspacePlaces {
    const { cacheLimits } = readSettings(folder);
    if (isOnDisk(folder)) return { cacheLimits, files: this.#disk, manifests: 'disk' };
    const files = new WorkspaceFiles(folder);
    const manifests = new WorkspaceManifests(files, this.#warn);
    this.#manifests.push(manifests);
    return {
      cacheLimits,
      files,
      manifests: 'report',
      onManifestEntries: (path, entries) => manifests.add(path, entries),
    };
  }

  async #placeOf(folder: vscode.Uri): Promise<JournalOutcome<JournalPlace>> {
    const journals = await this.#journalFolders();
    return isOnDisk(folder) ? journals.placeOnDisk(folder.fsPath) : journals.placeOf(folder.toString());
  }

  readonly #warn = (message: string): void => {
    this.#log.warn(message);
    void showWarning(message);
  };
}

function journalWork() {
  return import('../../storage/journalFolders.ts');
}

export function isOnDisk(uri: vscode.Uri): boolean {
  return uri.scheme === 'file';
}

function fileSystemOf(uri: vscode.Uri): string {
  // On a disk, the authority is part of the path.
  return isOnDisk(uri) ? 'file' : uri.with({ path: '/', fragment: '' }).toString();
}
