import * as vscode from 'vscode';
import type { RunSummary } from '../../model/run.ts';
import type { Problem } from '../../prompts/promptFile.ts';
import type { ExistingMode } from '../../runs/plan/existingModes.ts';
import { exceeds, mayCostMoney } from '../../runs/plan/confirmation.ts';
import type { PlanEstimate } from '../../runs/plan/estimatePlan.ts';
import type { GivenInputs } from '../../runs/plan/promptInputs.ts';
import type { Plan } from '../../runs/plan/plan.ts';
import { SharedCalls } from '../../runs/plan/sharedCalls.ts';
import { plannedChanges } from '../../runs/negotiations.ts';
import type { Runs } from '../../runs/runs.ts';
import type { TokenCounter } from '../../services/tokenCounter.ts';
import { describeThere } from '../../wording/estimates.ts';
import { describeChanges } from '../../wording/log.ts';
import { commandIds, focusQueueId } from '../commandIds.ts';
import type { EditorServices } from '../editorServices.ts';
import { folderOf, isSameFileSystem, type Folders } from '../files/folders.ts';
import type { PromptFiles } from '../files/promptFiles.ts';
import type { Endings } from '../notifications/endings.ts';
import { confirm, showError, showInformation } from '../notifications/messages.ts';
import type { SettingsProblems } from '../notifications/settingsProblems.ts';
import type { PlanAnswer, PromptPlans } from '../promptPlans.ts';
import { readSettings } from '../settings.ts';
import type { Settings } from '../settingsSchema.ts';
import { mayUseWorkspace } from '../trust.ts';
import type { PromptDiagnostics } from '../views/promptDiagnostics.ts';
import { planSheet, problemSheet } from '../views/planSheetData.ts';
import type { PlanSheets } from '../views/planSheets.ts';
import { askInputs } from './askInputs.ts';
import { goToProblem, PromptProblems } from './problems.ts';
import { choosePrompts } from './promptChoice.ts';
import type { UndoReplace } from './undoReplace.ts';

interface Dependencies {
  readonly runs: Runs;
  readonly plans: PromptPlans;
  readonly sheets: PlanSheets;
  readonly services: EditorServices;
  readonly folders: Folders;
  readonly endings: Endings;
  readonly promptFiles: PromptFiles;
  readonly diagnostics: PromptDiagnostics;
  readonly settingsProblems: SettingsProblems;
  readonly counter: TokenCounter;
  readonly undo: UndoReplace;
}

/** What a person asks for. */
interface Wish {
  /** What becomes of candidates that are there; absent: as the settings say. */
  readonly existing?: ExistingMode;
  /** Whether the plan is shown however small it is. */
  readonly showsPlan?: boolean;
  /** One more than there are, of this row, and of this model where it is known. */
  readonly oneMore?: { readonly row: string; readonly model?: string };
}

/** Prompt files that candidates are generated of, with the settings that hold for them. */
interface Order {
  readonly files: readonly vscode.Uri[];
  readonly folder: vscode.Uri;
  readonly settings: Settings;
  readonly existing: ExistingMode;
  readonly given: GivenInputs;
}

type Planned = Extract<PlanAnswer, { readonly kind: 'planned' }>;

/** "Generate Candidates in Parallel" and its relatives, from wherever they are called. */
export class GenerateCommand implements vscode.Disposable {
  readonly #dependencies: Dependencies;
  readonly #problems: PromptProblems;
  readonly #registrations: vscode.Disposable;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#problems = new PromptProblems(dependencies.diagnostics);
    const register = (id: string, wish: Wish): vscode.Disposable =>
      vscode.commands.registerCommand(id, (clicked?: unknown, selected?: unknown) =>
        this.#generate(clicked, selected, wish),
      );
    this.#registrations = vscode.Disposable.from(
      register(commandIds.generate, {}),
      register(commandIds.generateMissing, { existing: 'missing' }),
      register(commandIds.replaceCandidates, { existing: 'replace' }),
      register(commandIds.showPlan, { showsPlan: true }),
      vscode.commands.registerCommand(commandIds.generateMore, (prompt?: unknown, place?: unknown) =>
        this.#generate(prompt, undefined, { existing: 'add', oneMore: placeOf(place) }),
      ),
    );
  }

  dispose(): void {
    this.#registrations.dispose();
  }

  /**
   * @param clicked the file or folder that a menu was opened on
   * @param selected everything that is selected in the Explorer
   * @returns the run's summary once it has finished; undefined if none was started
   */
  async #generate(clicked: unknown, selected: unknown, wish: Wish): Promise<RunSummary | undefined> {
    if (!mayUseWorkspace()) return undefined;
    // Before a sheet or a question is in front of it.
    const selection = selectedText();
    const title = vscode.l10n.t('Generate Candidates in Parallel');
    const files = await choosePrompts(clicked, selected, this.#dependencies.promptFiles, title);
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
    this.#dependencies.settingsProblems.tell(settings.problems);
    const given = { ask: onlyOnce(askInputs), ...selection };
    const existing = wish.existing ?? settings.existing;
    const order: Order = { files, folder: folderOf(first), settings, existing, given };
    const looked = await this.#plan(order, wish);
    if (!looked || !(await this.#isAgreed(looked.plan, order, wish))) return undefined;
    // What was only to be looked at needed no key.
    const { showsPlan: _showsPlan, ...asked } = wish;
    const plan = looked.locked ? (await this.#plan(order, asked))?.plan : looked.plan;
    if (!plan) return undefined;
    if (plan.items.length === 0) {
      if (plan.there) void showInformation(`${plan.label}: ${describeThere(plan.there)}`);
      return undefined;
    }
    return this.#run(plan, order);
  }

  async #run(plan: Plan, { files, folder, settings }: Order): Promise<RunSummary | undefined> {
    const { runs, folders, endings, undo } = this.#dependencies;
    const workspace = await folders.open(folder);
    const run = workspace.ok ? await runs.start(plan, settings.run, workspace.value) : workspace;
    if (!run.ok) {
      void showError(run.failure.message);
      return undefined;
    }
    if (settings.revealQueue) {
      void vscode.commands.executeCommand(focusQueueId, { preserveFocus: true });
    }
    const [only, ...others] = files;
    if (settings.openBoard === 'beside' && only && others.length === 0) {
      void vscode.commands.executeCommand(commandIds.showBoard, only, { preserveFocus: true });
    }
    const { id, replaced } = run.value;
    const summary = await run.value.finished;
    if (workspace.ok) undo.remember({ run: id, label: plan.label, workspace: workspace.value, replaced });
    void endings.tell(summary, replaced.moved.length > 0);
    return summary;
  }

  /** A plan that comes to more than is run unasked is shown first, and requests that are paid elsewhere are asked for. */
  async #isAgreed(plan: Plan, order: Order, { showsPlan = false }: Wish): Promise<boolean> {
    const { services, plans } = this.#dependencies;
    const { settings, folder } = order;
    const isLarge = plan.items.length > settings.confirmAbove.items;
    if (showsPlan || isLarge || mayCostMoney(plan, await services.directory())) {
      const estimate = await plans.estimate(plan, settings, folder);
      if (showsPlan || exceeds(estimate, settings.confirmAbove)) return this.#show(plan, estimate, order);
    }
    return this.#mayUsePlan(plan);
  }

  async #show(plan: Plan, estimate: PlanEstimate, { files, folder }: Order): Promise<boolean> {
    const { services, counter, folders } = this.#dependencies;
    const [tokens, workspace, directory] = await Promise.all([
      counter.tokensOf((plan.items[0]?.messages ?? []).map(({ content }) => content)),
      folders.openIfJournalled(folder),
      services.directory(),
    ]);
    const changes = workspace ? await plannedChanges(plan.items, directory, workspace.journal) : [];
    const sheet = planSheet({
      plan,
      estimate,
      services: directory,
      tokens,
      changes: changes.map(describeChanges),
    });
    return this.#decide(sheet, plan.hints ?? [], files, folder);
  }

  async #decide(
    sheet: Parameters<PlanSheets['ask']>[0],
    problems: readonly Problem[],
    files: readonly vscode.Uri[],
    folder: vscode.Uri,
  ): Promise<boolean> {
    const goTo = (place: number): void => {
      const problem = problems[place];
      if (problem) void goToProblem(problem, files, folder);
    };
    switch (await this.#dependencies.sheets.ask(sheet, goTo)) {
      case 'generate':
        return true;
      case 'cancel':
        return false;
      case 'edit': {
        const [first] = files;
        if (first) await vscode.window.showTextDocument(first);
        return false;
      }
    }
  }

  /** Requests of a plan that the person has somewhere else are not spent unasked. */
  async #mayUsePlan({ items }: Plan): Promise<boolean> {
    const shared = new SharedCalls();
    const directory = await this.#dependencies.services.directory();
    const counted = items.filter(({ serviceKey }) => directory.countsRequests(serviceKey));
    const requests = counted.filter((item) => shared.startsCall(item)).length;
    if (requests === 0) return true;
    const question =
      requests === 1
        ? vscode.l10n.t("This makes one request of your plan for the editor's models.")
        : vscode.l10n.t("This makes {0} requests of your plan for the editor's models.", requests);
    return confirm(question, vscode.l10n.t('Generate'));
  }

  async #plan(order: Order, wish: Wish): Promise<Planned | undefined> {
    const { files, folder } = order;
    const { oneMore } = wish;
    const answer = await this.#dependencies.plans.plan(oneMore ? { ...order, count: 1 } : order);
    if (answer.kind === 'refused') {
      const { problems } = answer;
      if (problems.length === 0) return undefined;
      if (!wish.showsPlan) {
        await this.#problems.show(problems, files, folder);
        return undefined;
      }
      this.#problems.mark(problems, files, folder);
      const label = vscode.workspace.asRelativePath(files[0] ?? folder, false);
      await this.#decide(problemSheet(label, problems), problems, files, folder);
      return undefined;
    }
    const { locked } = answer;
    const plan = oneMore ? onlyOf(answer.plan, oneMore) : answer.plan;
    this.#problems.hint(plan.hints ?? [], files, folder);
    if (!locked || wish.showsPlan) return { ...answer, plan };
    return (await this.#dependencies.services.askForKey(locked)) ? this.#plan(order, wish) : undefined;
  }
}

/** What is none of a row is of the first one. */
function placeOf(place: unknown): NonNullable<Wish['oneMore']> {
  const { row, model } = (typeof place === 'object' ? (place ?? {}) : {}) as Readonly<Record<string, unknown>>;
  return {
    row: typeof row === 'string' ? row : '',
    ...(typeof model === 'string' ? { model } : {}),
  };
}

/** The part of a plan that is of a row, and of a model where one of it has it. */
function onlyOf(plan: Plan, { row, model }: NonNullable<Wish['oneMore']>): Plan {
  const ofRow = plan.items.filter((item) => item.row === row);
  const ofModel = ofRow.filter((item) => item.model === model);
  return { ...plan, items: ofModel.length > 0 ? ofModel : ofRow };
}

type Ask = NonNullable<GivenInputs['ask']>;

/** Who plans again asks for nothing that was answered. */
function onlyOnce(ask: Ask): Ask {
  const answers = new Map<string, string>();
  return async (inputs) => {
    const lacking = inputs.filter(({ name }) => !answers.has(name));
    const given = lacking.length === 0 ? {} : await ask(lacking);
    if (!given) return undefined;
    for (const [name, value] of Object.entries(given)) answers.set(name, value);
    return Object.fromEntries(answers);
  };
}

/** What is selected in the editor in front. */
function selectedText(): Pick<GivenInputs, 'selection'> {
  const editor = vscode.window.activeTextEditor;
  return editor && !editor.selection.isEmpty ? { selection: editor.document.getText(editor.selection) } : {};
}
