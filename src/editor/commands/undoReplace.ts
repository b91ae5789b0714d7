import * as vscode from 'vscode';
import { undoReplaced, type Replacement } from '../../runs/plan/archiveReplaced.ts';
import type { Runs } from '../../runs/runs.ts';
import type { Workspace } from '../../runs/workspace.ts';
import { commandIds } from '../commandIds.ts';
import { showInformation, showWarning } from '../notifications/messages.ts';
import { show } from '../notifications/tell.ts';

/** A run that has taken the place of candidates. */
export interface ReplacingRun {
  readonly run: string;
  /** What a person calls it. */
  readonly label: string;
  readonly workspace: Workspace;
  readonly replaced: Replacement;
}

/** Runs that can be undone: nobody remembers more. */
const mostRemembered = 20;
const contextKey = 'parallelCandidates.canUndoReplace';

/** "Undo Replace": brings back what runs of this window have taken the place of. */
export class UndoReplace implements vscode.Disposable {
  readonly #runs: Runs;
  readonly #registration: vscode.Disposable;
  /** Newest last. */
  readonly #remembered: ReplacingRun[] = [];

  constructor(runs: Runs) {
    this.#runs = runs;
    this.#registration = vscode.commands.registerCommand(commandIds.undoReplace, (run?: unknown) => this.#undo(run));
  }

  dispose(): void {
    this.#registration.dispose();
  }

  /** Nothing comes of a run that has replaced nothing. */
  remember(replacing: ReplacingRun): void {
    if (replacing.replaced.moved.length === 0) return;
    this.#remembered.push(replacing);
    if (this.#remembered.length > mostRemembered) this.#remembered.shift();
    this.#publish();
  }

  /** @param run its id; else the last one */
  async #undo(run: unknown): Promise<void> {
    const at = typeof run === 'string' ? this.#remembered.findIndex((each) => each.run === run) : -1;
    const place = at === -1 && typeof run !== 'string' ? this.#remembered.length - 1 : at;
    const found = this.#remembered[place];
    if (!found) {
      void showInformation(vscode.l10n.t('There is nothing to undo: no run of this window has replaced candidates.'));
      return;
    }
    if (this.#runs.isGoingOn(found.run)) {
      void showWarning(vscode.l10n.t('{0} is being generated: wait for its end or cancel it, then undo.', found.label));
      return;
    }
    // Whoever presses twice means it once.
    this.#remembered.splice(place, 1);
    this.#publish();
    const items = this.#runs.snapshots().items.filter((item) => item.run === found.run);
    const written = items.flatMap(({ file }) => (file === undefined ? [] : [file]));
    const undone = await undoReplaced(found.replaced, written, found.workspace);
    if (!show(undone)) {
      this.#remembered.push(found);
      this.#publish();
      return;
    }
    const { restored, left } = undone.value;
    const back =
      restored === 1
        ? vscode.l10n.t('{0}: 1 candidate is back; the new ones are in the archive.', found.label)
        : vscode.l10n.t('{0}: {1} candidates are back; the new ones are in the archive.', found.label, restored);
    if (left.length === 0) void showInformation(back);
    else void showWarning(`${back} ${vscode.l10n.t('{0} stay there, because their place is taken.', left.length)}`);
  }

  #publish(): void {
    void vscode.commands.executeCommand('setContext', contextKey, this.#remembered.length > 0);
  }
}
