import * as vscode from 'vscode';
import type { Runs } from '../../runs/runs.ts';
import { commandIds, focusQueueId } from '../commandIds.ts';
import { pickOne, type Choice } from '../notifications/messages.ts';
import type { RunLog } from '../runLog.ts';

/** Commands about what is running, for everything at once; the panel has the same per run and item. */
export function registerQueueCommands(runs: Runs, log: RunLog): vscode.Disposable {
  const pauseAll = (): void => runs.active.forEach((run) => runs.pause(run.id));
  const resumeAll = (): void => runs.active.forEach((run) => runs.unpause(run.id));
  const showQueue = (): Thenable<unknown> => vscode.commands.executeCommand(focusQueueId);

  const showMenu = async (): Promise<void> => {
    const active = runs.active;
    const paused = active.some((run) => run.state === 'paused');
    const items: (Choice & { readonly run: () => unknown })[] = [
      { icon: 'list-unordered', label: vscode.l10n.t('Show Queue'), run: showQueue },
    ];
    if (active.length > 0) {
      items.push(
        paused
          ? { icon: 'debug-continue', label: vscode.l10n.t('Resume'), run: resumeAll }
          : { icon: 'debug-pause', label: vscode.l10n.t('Pause'), run: pauseAll },
        { icon: 'debug-stop', label: vscode.l10n.t('Cancel All'), run: () => runs.cancelAll() },
      );
      if (active.some(({ isWatched }) => isWatched)) {
        const run = (): unknown => vscode.commands.executeCommand(commandIds.stopWatching);
        items.push({ icon: 'eye-closed', label: vscode.l10n.t('Stop Watching'), run });
      }
    } else {
      items.push({
        icon: 'run-all',
        label: vscode.l10n.t('Generate Candidates in Parallel'),
        run: () => vscode.commands.executeCommand(commandIds.generate),
      });
    }
    if (runs.unfinished.length > 0) {
      items.push({
        icon: 'debug-continue',
        label: vscode.l10n.t('Resume Run…'),
        run: () => vscode.commands.executeCommand(commandIds.resumeRun),
      });
    }
    items.push(
      {
        icon: 'hubot',
        label: vscode.l10n.t('Choose Service and Model…'),
        run: () => vscode.commands.executeCommand(commandIds.chooseModel),
      },
      { icon: 'graph', label: vscode.l10n.t('Show Metrics'), run: () => log.showMetrics() },
    );
    const picked = await pickOne(items, { title: vscode.l10n.t('Parallel Candidates') });
    await picked?.run();
  };

  return vscode.Disposable.from(
    new vscode.Disposable(publishState(runs)),
    vscode.commands.registerCommand(commandIds.showQueue, showQueue),
    vscode.commands.registerCommand(commandIds.showMenu, showMenu),
    vscode.commands.registerCommand(commandIds.showMetrics, () => log.showMetrics()),
    vscode.commands.registerCommand(commandIds.pause, pauseAll),
    vscode.commands.registerCommand(commandIds.resume, resumeAll),
    vscode.commands.registerCommand(commandIds.cancelAll, () => runs.cancelAll()),
    vscode.commands.registerCommand(commandIds.clearFinished, () => runs.clearFinished()),
  );
}

/** Menus ask context keys whether anything is running or paused. */
function publishState(runs: Runs): () => void {
  const published = new Map<string, boolean>();
  const publish = (key: string, value: boolean): void => {
    if (published.get(key) === value) return;
    published.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  };
  return runs.events.subscribe((event) => {
    if (event.type === 'itemChanged' || event.type === 'attemptFinished') return;
    const active = runs.active;
    publish(
      'parallelCandidates.running',
      active.some((run) => run.state === 'running' || run.state === 'watching'),
    );
    publish(
      'parallelCandidates.paused',
      active.some((run) => run.state === 'paused'),
    );
    publish(
      'parallelCandidates.watching',
      active.some(({ isWatched }) => isWatched),
    );
  });
}
