import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { Runs } from '../runs/runs.ts';
import { Workspaces, type Workspace } from '../runs/workspace.ts';
import { DiskFiles } from '../storage/diskFiles.ts';
import type { FileStore } from '../storage/fileStore.ts';
import type { Outcome } from '../storage/journal/outcome.ts';
import { journalFolder, journalPath } from '../storage/journal/settings.ts';
import { cacheLimits } from './settings.ts';

/** The folder that a prompt file's run belongs to, absolute: its workspace folder, or the folder that it lies in. */
export function folderOf(file: vscode.Uri): string {
  return vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath ?? dirname(file.fsPath);
}

/** The folders that runs belong to, with their journals. */
export class Folders {
  readonly #workspaces: Workspaces;
  readonly #disk = new DiskFiles();

  constructor(context: vscode.ExtensionContext, runs: Runs, log: vscode.LogOutputChannel) {
    const warn = (message: string): void => {
      log.warn(message);
      void vscode.window.showWarningMessage(message);
    };
    this.#workspaces = new Workspaces({
      worker: vscode.Uri.joinPath(context.extensionUri, 'dist', 'journalWorker.js').fsPath,
      kind: 'editor',
      placesOf: (base) => ({
        files: this.filesOf(base),
        journalDirectory: journalDirectory(base),
        manifests: 'disk',
        cacheLimits: cacheLimits(vscode.Uri.file(base)),
      }),
      onRepair: warn,
      onLost: (run) => runs.lost(run),
      onManifestProblem: warn,
    });
  }

  filesOf(_base: string): FileStore {
    return this.#disk;
  }

  open(base: string): Promise<Outcome<Workspace>> {
    return this.#workspaces.open(base);
  }

  /** The workspace folders in which something was generated before. */
  async openJournalled(): Promise<Workspace[]> {
    const opened: Workspace[] = [];
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      if (uri.scheme !== 'file' || !(await exists(journalPath(journalDirectory(uri.fsPath))))) continue;
      const workspace = await this.open(uri.fsPath);
      if (workspace.ok) opened.push(workspace.value);
      else void vscode.window.showErrorMessage(workspace.failure.message);
    }
    return opened;
  }

  async dispose(): Promise<void> {
    await this.#workspaces.dispose();
  }
}

export function journalDirectory(base: string): string {
  return join(base, journalFolder);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
