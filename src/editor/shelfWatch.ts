import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { isInside } from '../base/paths.ts';
import { candidatePlaces } from '../candidates/candidatePlaces.ts';
import { isFinal } from '../model/item.ts';
import type { RunEvent } from '../model/run.ts';
import type { Runs } from '../runs/runs.ts';
import type { PromptPlace } from './files/choosingPlaces.ts';
import type { Folders } from './files/folders.ts';
import { pathOf, uriAt } from './files/workspaceFiles.ts';

/** Changes are gathered for so long, ms: a run, a checkout or another window changes many files at once. */
const gatherMs = 250;
/** Prompt files that are watched; the ones that were listed longest ago go. */
const mostWatched = 500;

interface Watched {
  readonly prompt: vscode.Uri;
  /** Folders that its candidates lie below, as paths. */
  readonly below: readonly string[];
}

/** Tells which prompt files' candidates are not as they were. */
export class ShelfWatch implements vscode.Disposable {
  readonly #folders: Pick<Folders, 'uriOf'>;
  readonly #runs: Pick<Runs, 'workspaceOf' | 'snapshots'>;
  readonly #changed = new vscode.EventEmitter<readonly vscode.Uri[]>();
  readonly #unsubscribe: () => void;
  /** By the uri of the prompt file, the one that was listed last behind. */
  readonly #watched = new Map<string, Watched>();
  /** By the uri of their folder. */
  readonly #watchers = new Map<string, vscode.Disposable>();
  readonly #waiting = new Map<string, vscode.Uri>();
  #timer: NodeJS.Timeout | undefined;
  readonly onDidChange = this.#changed.event;

  constructor(folders: Pick<Folders, 'uriOf'>, runs: Pick<Runs, 'workspaceOf' | 'snapshots' | 'events'>) {
    this.#folders = folders;
    this.#runs = runs;
    this.#unsubscribe = runs.events.subscribe((event) => this.#see(event));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#unsubscribe();
    for (const watcher of this.#watchers.values()) watcher.dispose();
    this.#changed.dispose();
  }

  /** From now on, changes of the files of a prompt file's candidates are told. */
  add({ prompt, chosen, folder }: Pick<PromptPlace, 'prompt' | 'chosen' | 'folder'>): void {
    const key = prompt.toString();
    this.#watched.delete(key);
    const below = candidatePlaces(chosen).map((shape) => {
      const variable = shape.findIndex(({ fixed }) => fixed === undefined);
      const names = shape.slice(0, variable === -1 ? -1 : variable).map(({ fixed = '' }) => fixed);
      return join(dirname(chosen.path), ...names);
    });
    this.#watched.set(key, { prompt, below: [...new Set(below)] });
    const [oldest] = this.#watched.keys();
    if (this.#watched.size > mostWatched && oldest !== undefined) this.#watched.delete(oldest);
    this.#watchFolder(folder);
  }

  /** Somebody has decided about candidates of a prompt file. */
  tell(prompt: vscode.Uri): void {
    this.#waiting.set(prompt.toString(), prompt);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const changed = [...this.#waiting.values()];
      this.#waiting.clear();
      this.#changed.fire(changed);
    }, gatherMs);
  }

  /** The editor watches its folders anyway; what is not in one of them is watched where the prompt file is. */
  #watchFolder(folder: vscode.Uri): void {
    const key = folder.toString();
    if (this.#watchers.has(key)) return;
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '**/*'));
    const look = (file: vscode.Uri): void => this.#look(file);
    this.#watchers.set(
      key,
      vscode.Disposable.from(watcher, watcher.onDidCreate(look), watcher.onDidChange(look), watcher.onDidDelete(look)),
    );
  }

  #look(file: vscode.Uri): void {
    const path = pathOf(file);
    for (const { prompt, below } of this.#watched.values()) {
      if (prompt.scheme !== file.scheme || prompt.authority !== file.authority) continue;
      // A folder that is deleted is told of alone.
      const isOurs = below.some((each) => isInside(each, path) || isInside(path, each));
      if (isOurs || path === pathOf(prompt)) this.tell(prompt);
    }
  }

  #see(event: RunEvent): void {
    switch (event.type) {
      case 'itemChanged':
        if (isFinal(event.item.state)) this.#tellOf(event.item.run, event.item.prompt);
        return;
      case 'runStarted': {
        const prompts = new Set(event.items.map(({ prompt }) => prompt));
        for (const prompt of prompts) this.#tellOf(event.run.id, prompt);
        return;
      }
      case 'runFinished': {
        const items = this.#runs.snapshots().items.filter(({ run }) => run === event.run.id);
        for (const prompt of new Set(items.map(({ prompt }) => prompt))) this.#tellOf(event.run.id, prompt);
        return;
      }
      case 'runsReplaced':
        for (const { prompt } of this.#watched.values()) this.tell(prompt);
        return;
      case 'runChanged':
      case 'attemptFinished':
      case 'callsAdapted':
        return;
    }
  }

  /** @param prompt as items have it, relative to the folder of their run */
  #tellOf(run: string, prompt: string): void {
    const uri = promptOfItem({ run, prompt }, this.#runs, this.#folders);
    if (uri) this.tell(uri);
  }
}

/** Where the prompt file of an item lies. */
export function promptOfItem(
  { run, prompt }: { readonly run: string; readonly prompt: string },
  runs: Pick<Runs, 'workspaceOf'>,
  folders: Pick<Folders, 'uriOf'>,
): vscode.Uri | undefined {
  const workspace = runs.workspaceOf(run);
  if (!workspace) return undefined;
  const folder = folders.uriOf(workspace);
  return uriAt(folder, join(pathOf(folder), ...prompt.split('/')));
}
