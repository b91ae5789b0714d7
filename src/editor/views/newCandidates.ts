import * as vscode from 'vscode';
import type { Runs } from '../../runs/runs.ts';
import type { ActiveCandidate } from '../activeCandidate.ts';
import type { CandidateShelves } from '../candidateShelves.ts';
import type { Folders } from '../files/folders.ts';
import { promptOfItem } from '../shelfWatch.ts';

interface Dependencies {
  readonly runs: Runs;
  readonly folders: Folders;
  readonly shelves: CandidateShelves;
  readonly active: ActiveCandidate;
  readonly show: (count: number) => void;
}

/** Events of a large run come in bursts, ms. */
const gatherMs = 250;

/** The candidates that runs of this window have written and nobody has opened or decided about: the badge of the view. */
export class NewCandidates implements vscode.Disposable {
  readonly #dependencies: Dependencies;
  readonly #subscriptions: vscode.Disposable;
  /** By their uris, with those of their prompt files. */
  readonly #new = new Map<string, string | undefined>();
  #timer: NodeJS.Timeout | undefined;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    const { runs, folders, shelves, active } = dependencies;
    const unsubscribe = runs.events.subscribe((event) => {
      if (event.type !== 'itemChanged' || event.item.state !== 'written') return;
      const { run, file } = event.item;
      const workspace = runs.workspaceOf(run);
      if (file === undefined || !workspace) return;
      this.#new.set(folders.uriOf(workspace, file).toString(), promptOfItem(event.item, runs, folders)?.toString());
      this.#show();
    });
    this.#subscriptions = vscode.Disposable.from(
      new vscode.Disposable(unsubscribe),
      active.onDidChangePrompt((prompt) => {
        const { file, showsAll } = active;
        this.#drop((uri, of) => uri === file?.toString() || (showsAll && of === prompt?.toString()));
      }),
      shelves.onDidDecide((files) => {
        const decided = new Set(files.map(String));
        this.#drop((uri) => decided.has(uri));
      }),
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscriptions.dispose();
  }

  #drop(isSeen: (uri: string, prompt: string | undefined) => boolean): void {
    const before = this.#new.size;
    for (const [uri, prompt] of this.#new) if (isSeen(uri, prompt)) this.#new.delete(uri);
    if (this.#new.size !== before) this.#show();
  }

  #show(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#dependencies.show(this.#new.size);
    }, gatherMs);
  }
}
