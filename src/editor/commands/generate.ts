import { relative, sep } from 'node:path';
import * as vscode from 'vscode';
import type { AskedInput } from '../../prompts/inputs.ts';
import { formatOf } from '../../prompts/formats/formats.ts';
import { estimatePlan } from '../../runs/plan/estimatePlan.ts';
import type { GivenInputs } from '../../runs/plan/promptInputs.ts';
import type { Plan, PromptSource } from '../../runs/plan/plan.ts';
import type { Workspace } from '../../runs/workspace.ts';
import type { TokenCounter } from '../../services/tokenCounter.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import { describeEstimate } from '../../wording/estimates.ts';
import { WorkspaceData } from '../files/workspaceData.ts';
import { SharedCalls } from '../../runs/plan/sharedCalls.ts';
import { planRun } from '../../runs/plan/plan.ts';
import type { RunSummary } from '../../model/run.ts';
import type { Problem } from '../../prompts/promptFile.ts';
import type { Runs } from '../../runs/runs.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { folderOf, isSameFileSystem, type Folders } from '../files/folders.ts';
import { readProblem, type PromptFiles } from '../files/promptFiles.ts';
import { lacksKey, type EditorServices } from '../editorServices.ts';
import { readSettings } from '../settings.ts';
import { mayUseWorkspace } from '../trust.ts';
import type { Settings } from '../settingsSchema.ts';
import type { Endings } from '../notifications/endings.ts';
import { askInput, confirm, pickMany, pickOne, showError, showWarning } from '../notifications/messages.ts';
import type { SettingsProblems } from '../notifications/settingsProblems.ts';
import { pathOf } from '../files/workspaceFiles.ts';
import { commandIds, focusQueueId } from '../commandIds.ts';
import type { PromptDiagnostics } from '../views/promptDiagnostics.ts';
import { PromptProblems } from './problems.ts';

interface Dependencies {
  readonly runs: Runs;
  readonly services: EditorServices;
  readonly folders: Folders;
  readonly endings: Endings;
  readonly promptFiles: PromptFiles;
  readonly diagnostics: PromptDiagnostics;
  readonly settingsProblems: SettingsProblems;
  readonly counter: TokenCounter;
}

/** "Generate Candidates in Parallel", from wherever it is called. */
export class GenerateCommand implements vscode.Disposable {
  readonly #dependencies: Dependencies;
  readonly #problems: PromptProblems;
  readonly #registration: vscode.Disposable;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#problems = new PromptProblems(dependencies.diagnostics);
    this.#registration = vscode.commands.registerCommand(commandIds.generate, (clicked?: unknown, selected?: unknown) =>
      this.#generate(clicked, selected),
    );
  }

  dispose(): void {
    this.#registration.dispose();
  }

  /**
   * @param clicked the file or folder that a menu was opened on
   * @param selected everything that is selected in the Explorer
   * @returns the run's summary once it has finished; undefined if none was started
   */
  async #generate(clicked: unknown, selected: unknown): Promise<RunSummary | undefined> {
    if (!mayUseWorkspace()) return undefined;
    const files = await this.#files(clicked, selected);
    const [first] = files;
    if (!first) return undefined;
    if (!files.every((file) => isSameFileSystem(file, first))) {
      void showError(
        vscode.l10n.t(
          'These prompt files are not in one file system: generate those of one workspace folder at a time.',
        ),
      );
      return undefined;
    }
    const settings = readSettings(first);
    const { runs, folders, endings, settingsProblems } = this.#dependencies;
    settingsProblems.tell(settings.problems);
    const plan = await this.#plan(files, first, settings);
    if (!plan || !(await this.#mayUsePlan(plan))) return undefined;
    if (plan.items.length === 0) return undefined;
    const workspace = await folders.open(folderOf(first));
    if (!(await this.#isAgreed(plan, settings, workspace))) return undefined;
    const run = workspace.ok ? await runs.start(plan, settings.run, workspace.value) : workspace;
    if (!run.ok) {
      void showError(run.failure.message);
      return undefined;
    }
    if (settings.revealQueue) {
      void vscode.commands.executeCommand(focusQueueId, { preserveFocus: true });
    }
    const summary = await run.value.finished;
    void endings.tell(summary);
    return summary;
  }

  /** A plan that comes to more than is run unasked is shown first. */
  async #isAgreed(plan: Plan, settings: Settings, workspace: JournalOutcome<Workspace>): Promise<boolean> {
    const { items: mostItems, cost: mostCost } = settings.confirmAbove;
    const isLarge = plan.items.length > mostItems;
    const services = this.#dependencies.services.directory;
    const hasPrices = plan.items.some(({ serviceKey, model }) => services.prices(serviceKey, model) !== undefined);
    if (!isLarge && !hasPrices) return true;
    const known = workspace.ok ? { workspace: workspace.value } : {};
    const tools = { services, counter: this.#dependencies.counter, ...known };
    const estimate = await estimatePlan(plan, settings.run, tools);
    if (!isLarge && (estimate.cost === null || estimate.cost.high <= mostCost)) return true;
    const details = describeEstimate(estimate, plan.attachedBytes);
    const question = vscode.l10n.t('Generate candidates of {0}?', plan.label);
    return confirm(question, vscode.l10n.t('Generate'), details);
  }

  /** Requests of a plan that the person has somewhere else are not spent unasked. */
  async #mayUsePlan({ items }: Plan): Promise<boolean> {
    const shared = new SharedCalls();
    const counted = items.filter(({ serviceKey }) => this.#dependencies.services.countsRequests(serviceKey));
    const requests = counted.filter((item) => shared.startsCall(item)).length;
    if (requests === 0) return true;
    const question =
      requests === 1
        ? vscode.l10n.t("This makes one request of your plan for the editor's models.")
        : vscode.l10n.t("This makes {0} requests of your plan for the editor's models.", requests);
    return confirm(question, vscode.l10n.t('Generate'));
  }

  async #files(clicked: unknown, selected: unknown): Promise<vscode.Uri[]> {
    const given = Array.isArray(selected) && selected.length > 0 ? (selected as unknown[]) : [clicked];
    const uris = given.filter((each): each is vscode.Uri => each instanceof vscode.Uri);
    if (uris.length > 0) return this.#filesBelow(uris);
    const active = await activeDocument();
    if (active && this.#dependencies.promptFiles.isPromptFile(active)) return [active.uri];
    return this.#pick();
  }

  async #filesBelow(uris: readonly vscode.Uri[]): Promise<vscode.Uri[]> {
    // A file may be selected together with its folder.
    const files = new Map<string, vscode.Uri>();
    for (const uri of uris) {
      const { type } = await vscode.workspace.fs.stat(uri);
      const found = type & vscode.FileType.Directory ? await this.#dependencies.promptFiles.find(uri) : [uri];
      for (const file of found) files.set(file.toString(), file);
    }
    if (files.size === 0) {
      void showWarning(vscode.l10n.t('There are no prompt files (*.prompt.md) in this folder.'));
    }
    return [...files.values()];
  }

  async #pick(): Promise<vscode.Uri[]> {
    const files = await this.#dependencies.promptFiles.find();
    if (files.length === 0) {
      void showWarning(vscode.l10n.t('There are no prompt files here: create one whose name ends in ".prompt.md".'));
      return [];
    }
    const picked = await pickMany(
      files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })),
      {
        title: vscode.l10n.t('Generate Candidates in Parallel'),
        placeHolder: vscode.l10n.t('Select the prompt files'),
      },
    );
    return (picked ?? []).map(({ uri }) => uri);
  }

  async #plan(files: readonly vscode.Uri[], first: vscode.Uri, settings: Settings): Promise<Plan | undefined> {
    const { services } = this.#dependencies;
    const folder = folderOf(first);
    const refused = (await Promise.all(files.map((file) => readRefusal(file, folder)))).flat();
    if (refused.length > 0) {
      await this.#problems.show(refused, files, folder);
      return undefined;
    }
    const apiKeys = await services.keysOf(settings.services);
    const used = new Map<string, ServiceSettings>();
    const planned = await planRun({
      sources: await Promise.all(files.map(readSource)),
      root: pathOf(folder),
      services: settings.services,
      defaultService: settings.defaultService,
      serviceKey: (service) => {
        const key = services.register(service, apiKeys.get(service), settings);
        used.set(key, service);
        return key;
      },
      files: this.#dependencies.folders.filesOf(folder),
      given: { ask: askInputs, ...selected() },
      ...(folder.scheme === 'file' ? {} : { dataIn: (path) => new WorkspaceData(folder, path) }),
    });
    if (!planned.ok) {
      if (planned.problems.length === 0) return undefined;
      await this.#problems.show(planned.problems, files, folder);
      return undefined;
    }
    this.#problems.hint(planned.value.hints ?? [], files, folder);
    const locked = [...used.values()].find((service) => lacksKey(service, apiKeys.get(service)));
    if (!locked) return planned.value;
    return (await services.askForKey(locked)) ? this.#plan(files, first, settings) : undefined;
  }
}

/** The document in front; its tab is known before its editor is, just after it was opened. */
async function activeDocument(): Promise<vscode.TextDocument | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (editor) return editor.document;
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputText ? vscode.workspace.openTextDocument(input.uri) : undefined;
}

/** What is selected in the editor in front. */
function selected(): Pick<GivenInputs, 'selection'> {
  const editor = vscode.window.activeTextEditor;
  return editor && !editor.selection.isEmpty ? { selection: editor.document.getText(editor.selection) } : {};
}

/** Asks for each value in turn. @returns undefined when the person leaves */
async function askInputs(inputs: readonly AskedInput[]): Promise<Readonly<Record<string, string>> | undefined> {
  const values: Record<string, string> = {};
  for (const [place, { name, description, placeholder, choices }] of inputs.entries()) {
    const title = vscode.l10n.t('{0} ({1} of {2})', name, place + 1, inputs.length);
    const answer = choices
      ? (
          await pickOne(
            choices.map((label) => ({ label })),
            { title, ...(description === undefined ? {} : { placeHolder: description }) },
          )
        )?.label
      : await askInput({
          title,
          ignoreFocusOut: true,
          ...(description === undefined ? {} : { prompt: description }),
          ...(placeholder === undefined ? {} : { placeHolder: placeholder }),
        });
    if (answer === undefined) return undefined;
    values[name] = answer;
  }
  return values;
}

/** None or one. */
async function readRefusal(file: vscode.Uri, folder: vscode.Uri): Promise<Problem[]> {
  const message = await readProblem(file);
  if (message === undefined) return [];
  return [{ file: relative(pathOf(folder), pathOf(file)).split(sep).join('/'), message }];
}

/** What the person sees is what runs: unsaved changes are saved first. */
async function readSource(uri: vscode.Uri): Promise<PromptSource> {
  const document = await vscode.workspace.openTextDocument(uri);
  if (document.isDirty) await document.save();
  const path = pathOf(uri);
  // What only the person's own pattern finds is read as their prompt files are.
  return { path, text: document.getText(), format: formatOf(path) ?? 'prompt' };
}
