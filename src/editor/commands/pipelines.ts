import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Runs } from '../../runs/runs.ts';
import type { PipelineEnd } from '../../runs/pipeline/pipelineEnd.ts';
import type { RunSummary } from '../../model/run.ts';
import { commandIds, focusQueueId } from '../commandIds.ts';
import type { EditorServices } from '../editorServices.ts';
import { folderOf, type Folders } from '../files/folders.ts';
import { findPipelines, isPipeline } from '../files/pipelineFiles.ts';
import type { Endings } from '../notifications/endings.ts';
import { pickOne, showError, showInformation, showWarning } from '../notifications/messages.ts';
import type { SettingsProblems } from '../notifications/settingsProblems.ts';
import type { PipelineRuns, PlannedPipeline } from '../pipelineRuns.ts';
import { readSettings } from '../settings.ts';
import type { Settings } from '../settingsSchema.ts';
import { mayUseWorkspace } from '../trust.ts';
import type { PromptDiagnostics } from '../views/promptDiagnostics.ts';
import { PromptProblems } from './problems.ts';

interface Dependencies {
  readonly runs: Runs;
  readonly services: EditorServices;
  readonly folders: Folders;
  readonly endings: Endings;
  readonly diagnostics: PromptDiagnostics;
  readonly settingsProblems: SettingsProblems;
  readonly pipelines: PipelineRuns;
}

/** "Run Pipeline", "Run up to Here" of a stage, and "Stop Watching" of what watches its files. */
export class PipelineCommands implements vscode.Disposable {
  readonly #dependencies: Dependencies;
  readonly #problems: PromptProblems;
  readonly #registration: vscode.Disposable;
  /** Pipeline files whose sources are watched. */
  readonly #watched = new Set<string>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#problems = new PromptProblems(dependencies.diagnostics);
    this.#registration = vscode.Disposable.from(
      vscode.commands.registerCommand(commandIds.runPipeline, (clicked?: unknown, stage?: unknown) =>
        this.#run(clicked, typeof stage === 'string' ? stage : undefined),
      ),
      vscode.commands.registerCommand(commandIds.stopWatching, () => this.#stopWatching()),
    );
  }

  dispose(): void {
    this.#registration.dispose();
  }

  /**
   * @param clicked the pipeline file that a menu was opened on
   * @param last the last stage that is wanted; absent: all are
   * @returns the run's summary once it has finished; undefined if none was started
   */
  async #run(clicked: unknown, last: string | undefined): Promise<RunSummary | undefined> {
    if (!mayUseWorkspace()) return undefined;
    const file = clicked instanceof vscode.Uri ? clicked : await choosePipeline();
    if (!file) return undefined;
    const settings = readSettings(file);
    this.#dependencies.settingsProblems.tell(settings.problems);
    const planned = await this.#plan(file, last, settings);
    if (!planned) return undefined;
    const isWatching = planned.working.pipeline.source.watch;
    try {
      if (isWatching && this.#watched.has(file.toString())) {
        void this.#showWatched(planned.plan.label);
        return undefined;
      }
      if (isWatching) this.#watched.add(file.toString());
      try {
        return await this.#start(planned, file, settings);
      } finally {
        if (isWatching) this.#watched.delete(file.toString());
      }
    } finally {
      await planned.dispose();
    }
  }

  /** A second run would make everything beside the first one. */
  async #showWatched(label: string): Promise<void> {
    void vscode.commands.executeCommand(focusQueueId, { preserveFocus: true });
    const stop = vscode.l10n.t('Stop Watching');
    const message = vscode.l10n.t('{0} watches its files already: what comes is taken in.', label);
    if ((await showInformation(message, stop)) === stop) this.#stopWatching();
  }

  /** What there is of the runs is brought to its end. */
  #stopWatching(): void {
    const { runs } = this.#dependencies;
    const watched = runs.active.filter(({ isWatched }) => isWatched);
    for (const { id } of watched) runs.endWatch(id);
    if (watched.length === 0) void showInformation(vscode.l10n.t('No pipeline watches its files.'));
  }

  async #plan(file: vscode.Uri, last: string | undefined, settings: Settings): Promise<PlannedPipeline | undefined> {
    const { pipelines, services } = this.#dependencies;
    const planned = await pipelines.plan(file, last, settings);
    if (!planned.ok) {
      await this.#problems.show(planned.failure, [file], folderOf(file));
      return undefined;
    }
    this.#problems.hint(planned.value.plan.hints ?? [], [file], folderOf(file));
    const { locked } = planned.value;
    if (!locked) return planned.value;
    await planned.value.dispose();
    return (await services.askForKey(locked)) ? this.#plan(file, last, settings) : undefined;
  }

  async #start(planned: PlannedPipeline, file: vscode.Uri, settings: Settings): Promise<RunSummary | undefined> {
    const { runs, folders, pipelines, endings } = this.#dependencies;
    const { plan, working, keepIn } = planned;
    const workspace = await folders.open(folderOf(file));
    const { order, watch } = working.pipeline.source;
    const how = watch ? { order: 'newest' as const, watch: true as const } : { order };
    if (workspace.ok) keepIn(workspace.value.journal);
    const run = workspace.ok
      ? await runs.start(plan, { ...settings.run, ...how, cache: cacheOf(settings) }, workspace.value)
      : workspace;
    if (!workspace.ok || !run.ok) {
      if (!run.ok) void showError(run.failure.message);
      return undefined;
    }
    if (settings.revealQueue) void vscode.commands.executeCommand(focusQueueId, { preserveFocus: true });
    const watching = watch ? await pipelines.watch(planned, file, run.value) : undefined;
    const attended = await pipelines.attend(working, run.value, workspace.value);
    watching?.dispose();
    if (!attended.ok) {
      void showError(attended.failure);
      return undefined;
    }
    const { summary, end } = attended.value;
    if (summary.counts.failed > 0 || summary.counts.cancelled > 0 || summary.problem !== undefined) {
      void endings.tell(summary);
    }
    void tellEnd(summary.label, end, working.folder);
    return summary;
  }
}

/** What has not changed is not made again, unless the person wants all anew. */
function cacheOf({ run: { cache } }: Settings): Settings['run']['cache'] {
  return cache === 'off' ? 'on' : cache;
}

async function choosePipeline(): Promise<vscode.Uri | undefined> {
  const active = vscode.window.activeTextEditor?.document;
  if (active && isPipeline(active)) return active.uri;
  const files = await findPipelines();
  if (files.length === 0) {
    void showWarning(
      vscode.l10n.t('There are no pipelines here: create one whose name ends in ".pipeline.yml", or a new one.'),
    );
    return undefined;
  }
  const choices = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  const title = vscode.l10n.t('Run Pipeline');
  return (await pickOne(choices, { title, placeHolder: vscode.l10n.t('Select a pipeline') }))?.uri;
}

/** What came of a pipeline: its last file is what it was for. */
export async function tellEnd(label: string, end: PipelineEnd, folder: string): Promise<void> {
  const [problem] = end.notes;
  if (problem !== undefined) void showWarning(`${label}: ${problem}`);
  const result = end.files.at(-1);
  if (result === undefined) return;
  const open = vscode.l10n.t('Open {0}', result);
  const [records, files] = [end.records.length, end.files.length];
  const ofRecords = records === 1 ? vscode.l10n.t('1 record') : vscode.l10n.t('{0} records', records);
  const ofFiles = files === 1 ? vscode.l10n.t('1 file') : vscode.l10n.t('{0} files', files);
  if ((await showInformation(`${label}: ${ofRecords}, ${ofFiles}`, open)) !== open) return;
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(join(folder, result)));
}
