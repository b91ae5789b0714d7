import * as vscode from 'vscode';
import type { RunSnapshot } from '../../model/run.ts';
import { formatEta, formatRate } from '../../wording/format.ts';
import type { Runs } from '../../runs/runs.ts';
import { showTask, type Progress } from './messages.ts';

interface Shown {
  readonly progress: Progress;
  readonly close: () => void;
  done: number;
}

/** One cancellable notification per run: "7 of 20 · 42/min · about 18 s left". */
export function showProgressNotification(runs: Runs): vscode.Disposable {
  const shown = new Map<string, Shown>();
  const unsubscribe = runs.events.subscribe((event) => {
    switch (event.type) {
      case 'runStarted':
        open(event.run);
        return;
      case 'runChanged':
        // One that waits for files does so in the status bar.
        if (event.run.state === 'watching') close(event.run);
        else report(event.run);
        return;
      case 'runFinished':
        close(event.run);
        return;
      case 'itemChanged':
      case 'attemptFinished':
      case 'callsAdapted':
      case 'runsReplaced':
        return;
    }
  });

  const close = ({ id }: RunSnapshot): void => {
    shown.get(id)?.close();
    shown.delete(id);
  };

  const open = (run: RunSnapshot): void => {
    void showTask(
      run.records === undefined
        ? vscode.l10n.t('Generating candidates: {0}', run.label)
        : vscode.l10n.t('Running pipeline: {0}', run.label),
      (progress, token) =>
        new Promise<void>((close) => {
          token.onCancellationRequested(() => runs.cancel(run.id));
          shown.set(run.id, { progress, close, done: 0 });
          report(run);
        }),
    );
  };

  const report = (run: RunSnapshot): void => {
    const notification = shown.get(run.id);
    if (!notification) return;
    const done = run.counts.written + run.counts.failed + run.counts.cancelled + run.counts.skipped;
    const parts = [vscode.l10n.t('{0} of {1}', done, run.total)];
    if (run.state === 'paused') parts.push(vscode.l10n.t('paused'));
    else if (run.waiting !== undefined) parts.push(run.waiting);
    else {
      parts.push(formatRate(run.perMinute));
      if (run.eta) parts.push(formatEta(run.eta));
    }
    notification.progress.report({
      message: parts.filter((part) => part !== '').join(' · '),
      increment: run.total > 0 ? ((done - notification.done) * 100) / run.total : 0,
    });
    notification.done = done;
  };

  return new vscode.Disposable(() => {
    unsubscribe();
    for (const { close } of shown.values()) close();
  });
}
