import * as vscode from 'vscode';
import { budgetText } from '../../model/budget.ts';
import type { RunSummary } from '../../model/run.ts';
import type { Runs } from '../../runs/runs.ts';
import { commandIds, focusCandidatesId } from '../commandIds.ts';
import type { Folders } from '../files/folders.ts';
import { describeCut } from '../../wording/log.ts';
import { promptOfItem } from '../shelfWatch.ts';
import { showError, showInformation, showWarning } from './messages.ts';

/** What becomes of a run, told when it ends, with what one would do next. */
export class Endings {
  readonly #runs: Runs;
  readonly #folders: Folders;

  constructor(runs: Runs, folders: Folders) {
    this.#runs = runs;
    this.#folders = folders;
  }

  /**
   * A run that was cancelled tells nothing: the person knows.
   *
   * @param hasReplaced whether it has taken the place of candidates, which can be undone
   */
  async tell(summary: RunSummary, hasReplaced = false): Promise<void> {
    const { written, failed, cancelled, skipped } = summary.counts;
    if (summary.tableProblem !== undefined) void showWarning(`${summary.label}: ${summary.tableProblem}`);
    const undo = hasReplaced ? [vscode.l10n.t('Undo Replace')] : [];
    if (summary.problem !== undefined) return this.#tellProblem(summary, summary.problem, undo);
    if (failed > 0) return this.#tellFailures(summary, undo);
    if (cancelled > 0 && hasReplaced) return this.#tellCancelled(summary, undo);
    if (cancelled > 0 || written + skipped === 0 || this.#runs.isUnfinished(summary.run)) return;
    // What a pipeline comes to is told with its files.
    if (summary.records !== undefined) return;
    const show = vscode.l10n.t('Show Candidates');
    const showTable = vscode.l10n.t('Show Table');
    const cut = summary.cut === undefined ? '' : ` ${describeCut(summary.cut)}`;
    const [table] = summary.tables ?? [];
    const told = `${describe(summary.label, written, skipped)}${cut}`;
    const answer = await showInformation(told, show, ...(table === undefined ? [] : [showTable]), ...undo);
    if (answer === show) await this.#showCandidates(summary.run);
    if (answer === showTable && table !== undefined) await this.#show(summary.run, table);
    await this.#undoIf(answer, undo, summary);
  }

  async #show(run: string, path: string): Promise<void> {
    const workspace = this.#runs.workspaceOf(run);
    if (workspace) await vscode.commands.executeCommand('vscode.open', this.#folders.uriOf(workspace, path));
  }

  async #undoIf(answer: string | undefined, undo: readonly string[], { run }: RunSummary): Promise<void> {
    if (answer !== undefined && undo.includes(answer)) {
      await vscode.commands.executeCommand(commandIds.undoReplace, run);
    }
  }

  async #tellCancelled(summary: RunSummary, undo: readonly string[]): Promise<void> {
    const message = vscode.l10n.t('{0}: cancelled. What it replaces is in the archive.', summary.label);
    await this.#undoIf(await showInformation(message, ...undo), undo, summary);
  }

  /** On the board where they are of one prompt file, else in the view of all. */
  async #showCandidates(run: string): Promise<void> {
    const items = this.#runs.snapshots().items.filter((item) => item.run === run && item.file);
    const [first] = items;
    if (!first) return;
    const prompt = promptOfItem(first, this.#runs, this.#folders);
    const isOne = items.every((item) => item.prompt === first.prompt);
    if (!isOne) await vscode.commands.executeCommand(focusCandidatesId);
    else if (prompt) await vscode.commands.executeCommand(commandIds.showBoard, prompt);
  }

  async #tellProblem(summary: RunSummary, problem: string, undo: readonly string[]): Promise<void> {
    const { run, label, moreBudget } = summary;
    const resume = vscode.l10n.t('Resume');
    const resumeWithMore = vscode.l10n.t('Resume with More…');
    const actions = this.#runs.isUnfinished(run) ? [moreBudget ? resumeWithMore : resume] : [];
    const answer = await showError(`${label}: ${problem}`, ...actions, ...undo);
    if (answer === resumeWithMore && moreBudget) {
      await vscode.commands.executeCommand(commandIds.resumeWithMore, run, budgetText(moreBudget));
    }
    if (answer === resume) await vscode.commands.executeCommand(commandIds.resumeRun, run);
    await this.#undoIf(answer, undo, summary);
  }

  async #tellFailures(summary: RunSummary, undo: readonly string[]): Promise<void> {
    const { run } = summary;
    const { items } = this.#runs.snapshots();
    const message = items.find((item) => item.run === run && item.state === 'failed')?.failure?.message ?? '';
    const retry = vscode.l10n.t('Retry Failed');
    const showQueue = vscode.l10n.t('Show Queue');
    const hasNew = summary.counts.written > 0 && summary.records === undefined;
    const show = hasNew ? [vscode.l10n.t('Show Candidates')] : [];
    const answer = await showError(`${describeFailed(summary)} ${message}`, retry, ...show, showQueue, ...undo);
    if (answer !== undefined && show.includes(answer)) await this.#showCandidates(run);
    await this.#undoIf(answer, undo, summary);
    if (answer === retry) await vscode.commands.executeCommand(commandIds.retryFailed, run);
    if (answer === showQueue) await vscode.commands.executeCommand(commandIds.showQueue);
  }
}

function describe(label: string, written: number, skipped: number): string {
  const there = skipped === 1 ? vscode.l10n.t('1 was in the cache.') : vscode.l10n.t('{0} were in the cache.', skipped);
  if (written === 0) return vscode.l10n.t('{0}: nothing new, every candidate was in the cache.', label);
  const done =
    written === 1
      ? vscode.l10n.t('{0}: 1 candidate was written.', label)
      : vscode.l10n.t('{0}: {1} candidates were written.', label, written);
  return skipped === 0 ? done : `${done} ${there}`;
}

function describeFailed({ label, records, counts: { written, failed, cancelled, skipped } }: RunSummary): string {
  if (records === undefined) {
    const all = failed + written + cancelled + skipped;
    return all === 1
      ? vscode.l10n.t('{0}: the candidate failed.', label)
      : vscode.l10n.t('{0}: {1} of {2} candidates failed.', label, failed, all);
  }
  return failed === 1
    ? vscode.l10n.t('{0}: 1 record failed in one of the stages.', label)
    : vscode.l10n.t('{0}: {1} records failed in one of the stages.', label, failed);
}
