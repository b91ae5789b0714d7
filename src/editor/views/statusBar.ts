import * as vscode from 'vscode';
import { emptyCounts, itemStates } from '../../model/item.ts';
import { commandIds, queueViewId } from '../commandIds.ts';
import type { Runs } from '../../runs/runs.ts';
import { strings } from '../../wording/strings.ts';

/** Queued, running and failed at a glance; a click opens the menu. Writes only what has changed. */
export class StatusBar implements vscode.Disposable {
  readonly #runs: Runs;
  readonly #item: vscode.StatusBarItem;
  readonly #unsubscribe: () => void;
  #shown = '';

  constructor(runs: Runs) {
    this.#runs = runs;
    this.#item = vscode.window.createStatusBarItem(queueViewId, vscode.StatusBarAlignment.Left, 50);
    this.#item.name = vscode.l10n.t('Parallel Candidates');
    this.#item.command = commandIds.showMenu;
    this.#update();
    this.#item.show();
    this.#unsubscribe = runs.events.subscribe((event) => {
      if (event.type !== 'itemChanged' && event.type !== 'attemptFinished') this.#update();
    });
  }

  dispose(): void {
    this.#unsubscribe();
    this.#item.dispose();
  }

  #update(): void {
    const active = this.#runs.active;
    const counts = emptyCounts();
    for (const run of active) for (const state of itemStates) counts[state] += run.counts[state];
    const paused = active.some((run) => run.state === 'paused');
    const left = this.#runs.unfinished.reduce((sum, run) => sum + run.counts.queued, 0);
    const isResting = active.length > 0 && active.every((run) => run.state === 'watching');
    const busy = isResting ? watchingText(counts) : busyText(counts, paused);
    const text = active.length === 0 ? idleText(left) : busy;
    if (text === this.#shown) return;
    this.#shown = text;
    this.#item.text = text;
    this.#item.tooltip =
      active.length === 0
        ? left > 0
          ? vscode.l10n.t('Parallel Candidates: {0} candidates of interrupted runs are left', left)
          : vscode.l10n.t('Parallel Candidates: nothing is running')
        : isResting
          ? vscode.l10n.t('Parallel Candidates: all is done, waiting for files')
          : vscode.l10n.t(
              'Parallel Candidates: {0} queued, {1} running, {2} failed',
              counts.queued + counts.retrying,
              counts.running,
              counts.failed,
            );
    this.#item.accessibilityInformation = { label: this.#item.tooltip };
  }
}

function idleText(left: number): string {
  return `$(layers) ${vscode.l10n.t('Candidates')}${left > 0 ? `  ${vscode.l10n.t('{0} left', left)}` : ''}`;
}

/** Nothing is at work, and files may come. */
function watchingText({ failed }: ReturnType<typeof emptyCounts>): string {
  const parts = [`$(eye) ${strings.runState('watching')}`];
  if (failed > 0) parts.push(`$(error) ${failed}`);
  return parts.join('  ');
}

function busyText(counts: ReturnType<typeof emptyCounts>, paused: boolean): string {
  const parts = [`$(${paused ? 'debug-pause' : 'layers'}) ${vscode.l10n.t('{0} running', counts.running)}`];
  const queued = counts.queued + counts.retrying;
  if (queued > 0) parts.push(vscode.l10n.t('{0} queued', queued));
  if (counts.failed > 0) parts.push(`$(error) ${counts.failed}`);
  return parts.join('  ');
}
