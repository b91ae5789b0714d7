import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Requeue, RunOverview } from '../../storage/journal/records.ts';
import { budgetText, readBudget, type Budget } from '../../model/budget.ts';
import { readRunOptions } from '../../runs/runOptions.ts';
import { refusal } from '../../runs/runRefusal.ts';
import { watchMs } from '../../storage/journal/ownership.ts';
import { runStateOf } from '../../runs/board/shownRun.ts';
import type { ResumeRequest } from '../../runs/resume/resumption.ts';
import type { Runs } from '../../runs/runs.ts';
import type { Workspace } from '../../runs/workspace.ts';
import { commandIds, queueViewId } from '../commandIds.ts';
import { folderOf, isOnDisk, rootProblem, type Folders } from '../files/folders.ts';
import { pathInFolder } from '../files/pipelineFiles.ts';
import { endedOfStage, lastRunOf } from '../../runs/pipeline/stageAgain.ts';
import type { EditorServices } from '../editorServices.ts';
import { readSettings } from '../settings.ts';
import { mayUseWorkspace } from '../trust.ts';
import type { Endings } from '../notifications/endings.ts';
import { askInput, pickOne, showError, showInformation, showInView, type Choice } from '../notifications/messages.ts';
import type { PipelineRuns } from '../pipelineRuns.ts';
import { tellEnd } from './pipelines.ts';
import type { SettingsProblems } from '../notifications/settingsProblems.ts';
import { describeCounts, show } from '../notifications/tell.ts';

interface Dependencies {
  readonly runs: Runs;
  readonly folders: Folders;
  readonly services: EditorServices;
  readonly endings: Endings;
  readonly settingsProblems: SettingsProblems;
  readonly pipelines: PipelineRuns;
}

interface PickedRun {
  readonly workspace: Workspace;
  readonly run: string;
}

/** What a person does with runs that are over or were interrupted; each command takes a run's id, or asks for one. */
export class RunCommands implements vscode.Disposable {
  readonly #dependencies: Dependencies;
  readonly #registrations: vscode.Disposable;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    const register = (id: string, action: (run?: string, item?: string, items?: string[]) => unknown) =>
      vscode.commands.registerCommand(id, (run?: unknown, item?: unknown) =>
        mayUseWorkspace() ? action(idOf(run), idOf(item), idsOf(item)) : undefined,
      );
    this.#registrations = vscode.Disposable.from(
      register(commandIds.resumeRun, (run) => this.#resume(run)),
      register(commandIds.resumeWithMore, (run, budget) => this.#resumeWithMore(run, budget)),
      register(commandIds.retryFailed, (run, _, items) => this.#retryFailed(run, items)),
      register(commandIds.runItemAgain, (run, _, items) => this.#runItemsAgain(run, items)),
      vscode.commands.registerCommand(commandIds.runStageAgain, (of?: unknown, stage?: unknown) =>
        mayUseWorkspace() && typeof stage === 'string' ? this.#runStageAgain(of, stage) : undefined,
      ),
      register(commandIds.discardRun, (run) => this.#discard(run)),
      register(commandIds.adoptRuns, () => this.#adoptRuns()),
      register(commandIds.clearCache, () => this.#clearCache()),
    );
  }

  dispose(): void {
    this.#registrations.dispose();
  }

  async #resume(run?: string): Promise<void> {
    const picked = await this.#pick(
      run,
      vscode.l10n.t('Resume Run'),
      ({ counts }) => counts.queued + counts.cancelled > 0,
    );
    // Whoever resumes a run has thought better of cancelling it.
    if (picked) await this.#goOn(picked, { again: { states: ['cancelled'], fresh: false } });
  }

  /** @param suggested a budget as text, for the person to change */
  async #resumeWithMore(run: string | undefined, suggested: string | undefined): Promise<void> {
    const title = vscode.l10n.t('Resume with More');
    const picked = await this.#pick(run, title, ({ counts }) => counts.queued > 0);
    if (!picked) return;
    const typed = await askInput({
      title,
      prompt: vscode.l10n.t('What the run may spend in all, with what it has spent already: requests, tokens, cost'),
      value: suggested ?? (await this.#budgetOf(picked)),
      validateInput: (text) =>
        readBudget(text) ? undefined : vscode.l10n.t('Write amounts above 0 such as requests=200, cost=2.5.'),
    });
    const budget = typed === undefined ? undefined : readBudget(typed);
    if (budget) await this.#goOn(picked, { budget });
  }

  async #budgetOf({ workspace, run }: PickedRun): Promise<string> {
    const details = await workspace.journal.run(run);
    return details.ok ? budgetText(readRunOptions(details.value.options).budget ?? {}) : '';
  }

  /** @param items of the run; absent: all that have failed */
  async #retryFailed(run?: string, items?: readonly string[]): Promise<void> {
    const picked = await this.#pick(run, vscode.l10n.t('Retry Failed Candidates'), (each) => each.counts.failed > 0);
    if (!picked) return;
    const { runs } = this.#dependencies;
    if (!runs.isGoingOn(picked.run)) {
      const again: Requeue = { states: ['failed'], fresh: false, ...(items ? { items } : {}) };
      await this.#goOn(picked, { again, only: 'again' });
      return;
    }
    const failed = runs.snapshots().items.filter((item) => item.run === picked.run && item.state === 'failed');
    const named = items && new Set(items);
    const wanted = named ? failed.filter(({ id }) => named.has(id)) : failed;
    await this.#startAgain(
      picked.run,
      wanted.map(({ id }) => id),
    );
  }

  async #runItemsAgain(run: string | undefined, items: readonly string[] = []): Promise<void> {
    const { runs } = this.#dependencies;
    const workspace = run === undefined ? undefined : runs.workspaceOf(run);
    if (run === undefined || items.length === 0 || !workspace) return;
    if (runs.isGoingOn(run)) await this.#startAgain(run, items);
    else await this.#goOn({ workspace, run }, { again: { items, fresh: true }, only: 'again' });
  }

  /**
   * Makes a stage once more for the records of a run, with what follows it.
   *
   * @param of the run, or the pipeline file whose last run is meant
   */
  async #runStageAgain(of: unknown, stage: string): Promise<void> {
    const picked = of instanceof vscode.Uri ? await this.#lastRunOf(of) : this.#runOf(idOf(of));
    if (!picked) return;
    if (this.#dependencies.runs.isGoingOn(picked.run)) {
      void showInformation(vscode.l10n.t('The run is going on: make "{0}" again when it has ended.', stage));
      return;
    }
    const items = await endedOfStage(picked.workspace.journal, picked.run, stage);
    if (!show(items)) return;
    if (items.value.length > 0) {
      await this.#goOn(picked, { again: { items: items.value, fresh: true } });
      return;
    }
    void showInformation(vscode.l10n.t('Nothing has come through "{0}" yet: run the pipeline first.', stage));
  }

  #runOf(run: string | undefined): PickedRun | undefined {
    const workspace = run === undefined ? undefined : this.#dependencies.runs.workspaceOf(run);
    return run === undefined || !workspace ? undefined : { workspace, run };
  }

  async #lastRunOf(pipeline: vscode.Uri): Promise<PickedRun | undefined> {
    const workspace = await this.#dependencies.folders.open(folderOf(pipeline));
    if (!show(workspace)) return undefined;
    const last = await lastRunOf(workspace.value.journal, pathInFolder(pipeline));
    if (!show(last)) return undefined;
    if (last.value !== undefined) return { workspace: workspace.value, run: last.value };
    void showInformation(vscode.l10n.t('This pipeline has not run yet: run it first.'));
    return undefined;
  }

  /** What is the same for several of them is told once. */
  async #startAgain(run: string, items: readonly string[]): Promise<void> {
    const problems = new Set<string>();
    for (const item of items) {
      const started = await this.#dependencies.runs.startAgain(run, item);
      if (!started.ok) problems.add(started.failure.message);
    }
    for (const problem of problems) void showError(problem);
  }

  async #discard(run?: string): Promise<void> {
    const picked = await this.#pick(run, vscode.l10n.t('Discard Run'), () => true);
    if (picked) show(await this.#dependencies.runs.discard(picked.workspace, picked.run));
  }

  async #goOn(
    { workspace, run }: PickedRun,
    { budget, ...what }: { again?: Requeue; only?: 'again'; budget?: Budget },
  ): Promise<void> {
    const { runs, endings, pipelines } = this.#dependencies;
    const pipeline = await this.#pipelineOf(workspace, run);
    if (pipeline?.ok === false) {
      void showError(pipeline.failure);
      return;
    }
    try {
      const resumed = await showInView(queueViewId, () => {
        const request = this.#request(workspace, run);
        const options = { ...request.options, ...(budget === undefined ? {} : { budget }) };
        const stages = pipeline ? { stages: pipeline.value.stages } : {};
        return runs.resume({ ...request, options, ...what, ...stages });
      });
      if (!show(resumed)) return;
      const [problem] = resumed.value.problems;
      if (problem !== undefined) void showError(problem);
      if (pipeline) {
        const attended = await pipelines.attend(pipeline.value, resumed.value, workspace);
        if (!attended.ok) void showError(attended.failure);
        else void tellEnd(attended.value.summary.label, attended.value.end, pipeline.value.folder);
      }
      void endings.tell(await resumed.value.finished);
    } finally {
      if (pipeline) await pipeline.value.dispose();
    }
  }

  /** Undefined for a run that follows none. */
  async #pipelineOf(
    workspace: Workspace,
    run: string,
  ): Promise<Awaited<ReturnType<PipelineRuns['resumed']>> | undefined> {
    const details = await workspace.journal.run(run);
    const flow = details.ok ? details.value.flow : undefined;
    return flow && this.#dependencies.pipelines.resumed(flow, workspace);
  }

  #request(workspace: Workspace, run: string): ResumeRequest {
    const settings = readSettings(this.#dependencies.folders.uriOf(workspace));
    this.#dependencies.settingsProblems.tell(settings.problems);
    const { retry, sequential, order, dailyBudget } = settings.run;
    return {
      workspace,
      run,
      waitMs: watchMs,
      options: { retry, sequential, order, ...(dailyBudget === undefined ? {} : { dailyBudget }) },
      rootProblem: (root) => rootProblem(workspace, root),
      serviceOf: async (name, known, { limits: { safetyFactor = settings.safetyFactor, ...limits } = {} }) => {
        const service = settings.services.find((each) => each.name === name) ?? known;
        if (service) {
          return this.#dependencies.services.prepare(
            { ...service, ...limits },
            { safetyFactor, fallback: settings.fallback, patienceMs: settings.patienceMs },
          );
        }
        return refusal(
          'no-service',
          vscode.l10n.t(
            'The service "{0}" of this run is not configured any more: add it to the settings, then resume.',
            name,
          ),
        );
      },
    };
  }

  /** The run of an id, or the one that a person picks. */
  async #pick(
    run: string | undefined,
    title: string,
    isWanted: (run: RunOverview) => boolean,
  ): Promise<PickedRun | undefined> {
    const { runs, folders } = this.#dependencies;
    const known = run === undefined ? undefined : runs.workspaceOf(run);
    if (run !== undefined && known) return { workspace: known, run };
    const items: (Choice & PickedRun)[] = [];
    for (const workspace of await folders.openJournalled()) {
      const listed = await workspace.journal.listRuns();
      if (!show(listed)) return undefined;
      for (const overview of listed.value.rows.filter(isWanted)) {
        if (overview.id === run) return { workspace, run };
        const description = runStateOf(overview) === 'elsewhere' ? vscode.l10n.t('running elsewhere') : '';
        items.push({
          label: overview.label,
          description: [describeCounts(overview.counts), description].filter((part) => part !== '').join(' · '),
          detail: new Date(overview.startedAt).toLocaleString(),
          workspace,
          run: overview.id,
        });
      }
    }
    if (items.length === 0) {
      void showInformation(vscode.l10n.t('There is no such run in this workspace.'));
      return undefined;
    }
    return pickOne(items, { title, placeHolder: vscode.l10n.t('Select a run') });
  }

  /** A folder that was renamed or moved has left its runs behind. */
  async #adoptRuns(): Promise<void> {
    const { runs, folders } = this.#dependencies;
    const moved = await folders.moved();
    if (!show(moved)) return;
    if (moved.value.length === 0) {
      void showInformation(vscode.l10n.t('Every folder with runs is where it was.'));
      return;
    }
    const title = vscode.l10n.t('Adopt Runs of a Moved Folder');
    const from = await pickOne(
      moved.value.map((place) => ({ label: basename(place.folder), description: place.folder, place })),
      { title, placeHolder: vscode.l10n.t('Select the folder as it was') },
    );
    const into = from && (await pickFolderOnDisk(title));
    if (!into) return;
    const adopted = await folders.adopt(from.place, into.uri);
    if (!show(adopted)) return;
    const { runs: count, workspace } = adopted.value;
    show(await runs.load(workspace, (root) => rootProblem(workspace, root)));
    void showInformation(
      count === 1
        ? vscode.l10n.t('1 run of {0} belongs to {1} now.', from.place.folder, into.name)
        : vscode.l10n.t('{0} runs of {1} belong to {2} now.', count, from.place.folder, into.name),
    );
  }

  async #clearCache(): Promise<void> {
    let cleared = 0;
    for (const { journal } of await this.#dependencies.folders.openJournalled()) {
      const outcome = await journal.cacheClear();
      if (!show(outcome)) return;
      cleared += outcome.value;
    }
    void showInformation(
      cleared === 1
        ? vscode.l10n.t('1 cached text is gone; candidates stay.')
        : vscode.l10n.t('{0} cached texts are gone; candidates stay.', cleared),
    );
  }
}

/** A moved folder lay on a disk, and so does what it is now. */
async function pickFolderOnDisk(title: string): Promise<vscode.WorkspaceFolder | undefined> {
  const onDisk = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => isOnDisk(uri));
  if (onDisk.length === 0) {
    void showInformation(vscode.l10n.t('Open the folder as it is now, then adopt its runs.'));
  }
  if (onDisk.length < 2) return onDisk[0];
  const picked = await pickOne(
    onDisk.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, folder })),
    { title, placeHolder: vscode.l10n.t('Select the folder as it is now') },
  );
  return picked?.folder;
}

/** Menus of the panel hand over what was clicked; other callers a plain id. */
function idOf(argument: unknown): string | undefined {
  return typeof argument === 'string' ? argument : undefined;
}

/** The panel hands over a list of items, its menus the one that was clicked. */
function idsOf(argument: unknown): string[] | undefined {
  if (typeof argument === 'string') return [argument];
  return Array.isArray(argument) ? argument.filter((id) => typeof id === 'string') : undefined;
}
