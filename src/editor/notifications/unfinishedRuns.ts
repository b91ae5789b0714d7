import * as vscode from 'vscode';
import type { UnfinishedRun } from '../../runs/resume/loading.ts';
import type { Runs } from '../../runs/runs.ts';
import { commandIds } from '../commandIds.ts';
import { rootProblem, type Folders } from '../files/folders.ts';
import { showError, showInformation } from './messages.ts';
import { describeCounts, show } from './tell.ts';

/** On start-up: writes what was generated and not written, and offers to resume what was interrupted. */
export async function offerUnfinishedRuns(runs: Runs, folders: Folders): Promise<void> {
  const unfinished: UnfinishedRun[] = [];
  for (const workspace of await folders.openJournalled()) {
    const loaded = await runs.load(workspace, (root) => rootProblem(workspace, root));
    if (show(loaded)) unfinished.push(...loaded.value);
  }
  for (const { label, problems } of unfinished) {
    const [problem] = problems;
    if (problem !== undefined) void showError(`${label}: ${problem}`);
  }
  const left = unfinished.filter((run) => run.left > 0 || run.isUndelivered);
  const [only] = left;
  for (const run of unfinished) if (run.left === 0 && !run.isUndelivered && run.recovered > 0) tellRecovered(run);
  if (only && left.length === 1) await offerOne(only);
  else if (left.length > 1) await offerMany(left);
}

async function offerOne(run: UnfinishedRun): Promise<void> {
  const resume = vscode.l10n.t('Resume');
  const discard = vscode.l10n.t('Discard');
  const showQueue = vscode.l10n.t('Show');
  const message = `${run.label}: ${describeCounts(run.counts)}.${run.recovered > 0 ? ` ${recoveredText(run.recovered)}` : ''}`;
  const answer = await showInformation(message, resume, discard, showQueue);
  if (answer === resume) await vscode.commands.executeCommand(commandIds.resumeRun, run.id);
  if (answer === discard) await vscode.commands.executeCommand(commandIds.discardRun, run.id);
  if (answer === showQueue) await vscode.commands.executeCommand(commandIds.showQueue);
}

async function offerMany(unfinished: readonly UnfinishedRun[]): Promise<void> {
  const resumeAll = vscode.l10n.t('Resume All');
  const showQueue = vscode.l10n.t('Show');
  const left = unfinished.reduce((sum, run) => sum + run.left, 0);
  const answer = await showInformation(
    vscode.l10n.t('{0} runs were interrupted: {1} candidates left.', unfinished.length, left),
    resumeAll,
    showQueue,
  );
  if (answer === resumeAll)
    await Promise.all(unfinished.map(({ id }) => vscode.commands.executeCommand(commandIds.resumeRun, id)));
  if (answer === showQueue) await vscode.commands.executeCommand(commandIds.showQueue);
}

function tellRecovered({ label, recovered }: UnfinishedRun): void {
  void showInformation(`${label}: ${recoveredText(recovered)}`);
}

function recoveredText(count: number): string {
  return count === 1
    ? vscode.l10n.t('1 candidate that had been generated is on disk now.')
    : vscode.l10n.t('{0} candidates that had been generated are on disk now.', count);
}
