import { createHash } from 'node:crypto';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { isInside } from '../../base/paths.ts';
import type { Runs } from '../../runs/runs.ts';
import { Workspaces, type Workspace, type WorkspacePlaces } from '../../runs/workspace.ts';
import { DiskFiles } from '../../storage/diskFiles.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { journalFolder, journalPath } from '../../storage/journal/settings.ts';
import { readSettings } from '../settings.ts';
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
  readonly #places: Pick<vscode.ExtensionContext, 'extensionUri' | 'globalStorageUri'>;
  readonly #runs: Runs;
  readonly #log: vscode.LogOutputChannel;
  readonly #disk = new DiskFiles();
  /** By file system: within one of them, paths tell the folders apart. */
  readonly #workspaces = new Map<string, Workspaces>();
  /** Of the folders that are not on a disk. */
  readonly #manifests: WorkspaceManifests[] = [];
  readonly #folders = new WeakMap<Workspace, vscode.Uri>();

  constructor(
    places: Pick<vscode.ExtensionContext, 'extensionUri' | 'globalStorageUri'>,
    runs: Runs,
    log: vscode.LogOutputChannel,
  ) {
    this.#places = places;
    this.#runs = runs;
    this.#log = log;
  }

  filesOf(folder: vscode.Uri): FileStore {
    return isOnDisk(folder) ? this.#disk : new WorkspaceFiles(folder);
  }

  async open(folder: vscode.Uri): Promise<JournalOutcome<Workspace>> {
    if (!isOnDisk(folder)) {
      // The journal makes its own folder only. What is wrong with this one, it says.
      await mkdir(this.#places.globalStorageUri.fsPath, { recursive: true }).catch(() => undefined);
    }
    const opened = await this.#workspacesOf(folder).open(pathOf(folder));
    if (opened.ok) this.#folders.set(opened.value, folder);
    return opened;
  }

  /** Where a path of a run is, or the folder that the run belongs to. */
  uriOf(workspace: Workspace, path = workspace.base): vscode.Uri {
    const folder = this.#folders.get(workspace);
    return folder ? uriAt(folder, path) : vscode.Uri.file(path);
  }

  /** The workspace folders in which something was generated before. */
  async openJournalled(): Promise<Workspace[]> {
    const opened: Workspace[] = [];
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      if (!(await exists(journalPath(this.#journalDirectory(uri))))) continue;
      const workspace = await this.open(uri);
      if (workspace.ok) opened.push(workspace.value);
      else void vscode.window.showErrorMessage(workspace.failure.message);
    }
    return opened;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#workspaces.values()].map((workspaces) => workspaces.dispose()));
    // A journal that closes hands over its last entries.
    await Promise.all(this.#manifests.map((manifests) => manifests.close()));
  }

  #workspacesOf(folder: vscode.Uri): Workspaces {
    const fileSystem = fileSystemOf(folder);
    const known = this.#workspaces.get(fileSystem);
    if (known) return known;
    const workspaces = new Workspaces({
      worker: vscode.Uri.joinPath(this.#places.extensionUri, 'dist', 'journalWorker.js').fsPath,
      kind: 'editor',
      placesOf: (base) => this.#placesOf(uriAt(folder, base)),
      onRepair: this.#warn,
      onLost: (run) => this.#runs.lost(run),
      onManifestProblem: this.#warn,
    });
    this.#workspaces.set(fileSystem, workspaces);
    return workspaces;
  }

  #placesOf(folder: vscode.Uri): WorkspacePlaces {
    const { cacheLimits } = readSettings(folder);
    const common = { journalDirectory: this.#journalDirectory(folder), cacheLimits };
    if (isOnDisk(folder)) return { ...common, files: this.#disk, manifests: 'disk' };
    const files = new WorkspaceFiles(folder);
    const manifests = new WorkspaceManifests(files, this.#warn);
    this.#manifests.push(manifests);
    return {
      ...common,
      files,
      manifests: 'report',
      onManifestEntries: (path, entries) => manifests.add(path, entries),
    };
  }

  /** A database needs a disk: for other folders it lies in the extension's own storage. */
  #journalDirectory(folder: vscode.Uri): string {
    if (isOnDisk(folder)) return join(folder.fsPath, journalFolder);
    const name = createHash('sha256').update(folder.toString()).digest('hex').slice(0, 32);
    return join(this.#places.globalStorageUri.fsPath, name);
  }

  readonly #warn = (message: string): void => {
    this.#log.warn(message);
    void vscode.window.showWarningMessage(message);
  };
}

function isOnDisk(uri: vscode.Uri): boolean {
  return uri.scheme === 'file';
}

function fileSystemOf(uri: vscode.Uri): string {
  // On a disk, the authority is part of the path.
  return isOnDisk(uri) ? 'file' : uri.with({ path: '/', fragment: '' }).toString();
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
