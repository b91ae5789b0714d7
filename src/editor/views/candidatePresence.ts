import * as vscode from 'vscode';
import type { RunEvent } from '../../model/run.ts';
import type { Runs } from '../../runs/runs.ts';
import type { CandidateShelves } from '../candidateShelves.ts';
import type { Folders } from '../files/folders.ts';
import { promptOfItem } from '../shelfWatch.ts';

/** Which prompt files have candidates, or are getting some: known a moment after somebody has asked. */
export class CandidatePresence implements vscode.Disposable {
  readonly #shelves: Pick<CandidateShelves, 'has' | 'onDidChange'>;
  readonly #runs: Pick<Runs, 'events' | 'workspaceOf'>;
  readonly #folders: Pick<Folders, 'uriOf'>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  /** By the uri of the prompt file. */
  readonly #known = new Map<string, boolean>();
  readonly onDidChange = this.#changed.event;

  constructor(shelves: Pick<CandidateShelves, 'has' | 'onDidChange'>, runs: Runs, folders: Folders) {
    this.#shelves = shelves;
    this.#runs = runs;
    this.#folders = folders;
    const unsubscribe = runs.events.subscribe((event) => this.#see(event));
    this.#subscription = vscode.Disposable.from(
      this.#changed,
      new vscode.Disposable(unsubscribe),
      shelves.onDidChange((prompts) => {
        for (const prompt of prompts) if (this.#known.has(prompt.toString())) void this.#look(prompt);
      }),
    );
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  /** As far as it is known. */
  of(prompt: vscode.Uri): boolean {
    const known = this.#known.get(prompt.toString());
    if (known === undefined) {
      this.#known.set(prompt.toString(), false);
      void this.#look(prompt);
    }
    return known ?? false;
  }

  async #look(prompt: vscode.Uri): Promise<void> {
    this.#set(prompt, await this.#shelves.has(prompt));
  }

  #set(prompt: vscode.Uri, isThere: boolean): void {
    const key = prompt.toString();
    if (this.#known.get(key) === isThere) return;
    this.#known.set(key, isThere);
    this.#changed.fire();
  }

  /** Candidates that are being made can be looked at already. */
  #see(event: RunEvent): void {
    if (event.type !== 'runStarted') return;
    for (const prompt of new Set(event.items.map((item) => item.prompt))) {
      const uri = promptOfItem({ run: event.run.id, prompt }, this.#runs, this.#folders);
      if (uri) this.#set(uri, true);
    }
  }
}
