import { availableParallelism } from 'node:os';
import * as vscode from 'vscode';
import { systemClock } from '../base/clock.ts';
import { failed, success, type Outcome } from '../base/outcome.ts';
import type { Flow } from '../flow/flow.ts';
import type { ServiceSettings } from '../model/serviceSettings.ts';
import type { Problem } from '../prompts/promptFile.ts';
import type { AttendedPipeline } from '../runs/pipeline/attendPipeline.ts';
import type { ResumedPipeline, WorkingPipeline } from '../runs/pipeline/resumedPipeline.ts';
import type { FetchedStore } from '../runs/pipeline/webRequests.ts';
import type { Plan } from '../runs/plan/plan.ts';
import type { Runs } from '../runs/runs.ts';
import type { StartedRun } from '../runs/startedRun.ts';
import type { Workspace } from '../runs/workspace.ts';
import { lacksKey, type EditorServices } from './editorServices.ts';
import { folderOf, type Folders } from './files/folders.ts';
import { pathInFolder } from './files/pipelineFiles.ts';
import { pathOf } from './files/workspaceFiles.ts';
import { showWarning } from './notifications/messages.ts';
import type { Settings } from './settingsSchema.ts';

/** A pipeline that is ready to run, with all that its stages work with. */
export interface PlannedPipeline {
  readonly plan: Plan;
  readonly working: WorkingPipeline;
  /** From here on, what is fetched is kept in a journal for later runs too. */
  readonly keepIn: (fetched: FetchedStore) => void;
  /** Once the run has ended, or was not wanted. */
  readonly dispose: () => Promise<void>;
  /** A service of the pipeline that needs a key and has none. */
  readonly locked?: ServiceSettings;
}

/** Runs of pipelines in the editor: what they need beside the runs themselves. */
export class PipelineRuns {
  readonly #runs: Runs;
  readonly #services: EditorServices;
  readonly #folders: Folders;
  /** Where the bundles of the extension lie. */
  readonly #programs: string;

  constructor(tools: {
    readonly runs: Runs;
    readonly services: EditorServices;
    readonly folders: Folders;
    readonly extensionUri: vscode.Uri;
  }) {
    this.#runs = tools.runs;
    this.#services = tools.services;
    this.#folders = tools.folders;
    this.#programs = vscode.Uri.joinPath(tools.extensionUri, 'dist').fsPath;
  }

  /**
   * Reads and plans a pipeline; nothing is spent. Unsaved changes are saved first: what the person sees is what runs.
   *
   * @param last the last stage that is wanted; absent: all are
   */
  async plan(
    file: vscode.Uri,
    last: string | undefined,
    settings: Settings,
  ): Promise<Outcome<PlannedPipeline, readonly Problem[]>> {
    const {
      DataFiles,
      parsePipeline,
      PipelineEnding,
      pipelineStages,
      planPipeline,
      stageWorks,
      StageFiles,
      upTo,
      wholeFiles,
    } = await import('./pipelineWork.ts');
    const document = await vscode.workspace.openTextDocument(file);
    if (document.isDirty) await document.save();
    const root = pathOf(folderOf(file));
    const path = pathInFolder(file);
    const parsed = parsePipeline(path, document.getText());
    if (!parsed.ok) return failed(parsed.problems);
    const selected = upTo(parsed.value.pipeline, last === undefined ? [] : [last]);
    if (!selected.ok) return failed([{ file: path, message: selected.failure }]);
    const pipeline = selected.value;
    const folder = pathOf(vscode.Uri.joinPath(file, '..'));
    const store = this.#folders.filesOf(folderOf(file));
    const files = new StageFiles(store, folder);
    const services = await this.#services.directory();
    const works = await stageWorks({
      ...{ pipeline, folder, store, files, services, programs: this.#programs },
      // The editor's own ways to the network know its proxies.
      isProxied: false,
    });
    const apiKeys = await this.#services.keysOf(settings.services);
    const used = new Set<ServiceSettings>();
    const planned = await planPipeline({
      ...{ pipeline, file: parsed.value, path, root, files: store },
      input: new DataFiles(folder, root),
      services: settings.services,
      defaultService: settings.defaultService,
      serviceKey: (service) => {
        used.add(service);
        return services.register(service, apiKeys.get(service), settings);
      },
      cores: availableParallelism(),
      ...(pipeline.source.watch ? { watch: wholeFiles } : {}),
      stages: pipelineStages({ pipeline, root, store, files, services, works }),
    });
    const { dispose, keepIn } = works;
    const run = planned.ok ? planned.value.flow : undefined;
    if (!planned.ok || !run) {
      await dispose();
      return failed(planned.ok ? [] : planned.problems);
    }
    const locked = [...used].find((service) => lacksKey(service, apiKeys.get(service)));
    const ending = new PipelineEnding();
    const working = { pipeline, folder, flow: run.flow, store, files, ending };
    const plan = { ...planned.value, flow: { ...run, deliver: ending.deliver } };
    return success({ plan, working, keepIn, dispose, ...(locked ? { locked } : {}) });
  }

  /** What a run needs to go on that follows a pipeline. A failure is a sentence. */
  async resumed(flow: Flow, workspace: Workspace): Promise<Outcome<ResumedPipeline, string>> {
    const { base: root, files: store, journal: fetched } = workspace;
    const services = await this.#services.directory();
    const { resumedPipeline } = await import('./pipelineWork.ts');
    return resumedPipeline({ flow, root, store, services, isProxied: false, programs: this.#programs, fetched });
  }

  /**
   * Brings files that come or change into a run whose source is watched, until it ends.
   *
   * @returns what ends that
   */
  async watch(
    { plan, working }: PlannedPipeline,
    file: vscode.Uri,
    { id: run }: StartedRun,
  ): Promise<vscode.Disposable> {
    const { pipeline, folder } = working;
    const { data } = pipeline.source;
    if (!plan.flow || !data || data.source.kind === 'rows') return new vscode.Disposable(() => undefined);
    const { DataFiles, SourceWatch } = await import('./pipelineWork.ts');
    const source = new SourceWatch({
      ...{ pipeline, path: pathInFolder(file), rows: plan.rows ?? [], run, runs: this.#runs, clock: systemClock },
      ...{ flow: plan.flow.flow, expressions: plan.flow.expressions },
      input: new DataFiles(folder, pathOf(folderOf(file))),
      tell: (problem) => void showWarning(`${plan.label}: ${problem}`),
    });
    const pattern = data.source.kind === 'file' ? data.source.path : data.source.pattern;
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, pattern));
    const changed = (): void => source.changed();
    return vscode.Disposable.from(
      watcher,
      watcher.onDidCreate(changed),
      watcher.onDidChange(changed),
      watcher.onDidDelete(changed),
      new vscode.Disposable(() => source.dispose()),
    );
  }

  /** Waits for the end of a run, and writes what comes of it. A failure is a sentence. */
  async attend(
    working: WorkingPipeline,
    started: StartedRun,
    workspace: Workspace,
  ): Promise<Outcome<AttendedPipeline, string>> {
    const { attendPipeline } = await import('./pipelineWork.ts');
    return attendPipeline(working, started, started.finished, { runs: this.#runs, workspace, clock: systemClock });
  }
}
