import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { budgetText, isBounded } from '../../model/budget.ts';
import { exceeds, mayCostMoney } from '../../runs/plan/confirmation.ts';
import type { Runs } from '../../runs/runs.ts';
import { Watch } from '../../runs/watch.ts';
import { kindOf } from '../../services/kinds.ts';
import { numbers } from '../../wording/numbers.ts';
import { commandIds } from '../commandIds.ts';
import { folderOf, type Folders } from '../files/folders.ts';
import type { PromptFiles } from '../files/promptFiles.ts';
import type { Endings } from '../notifications/endings.ts';
import { confirm, pickOne, showError, showInformation, showWarning } from '../notifications/messages.ts';
import type { Log } from '../outputLog.ts';
import type { PromptPlans } from '../promptPlans.ts';
import type { SavedPrompts } from '../savedPrompts.ts';
import { readSettings } from '../settings.ts';
import type { Settings } from '../settingsSchema.ts';
import { mayUseWorkspace } from '../trust.ts';
import type { PromptDiagnostics } from '../views/promptDiagnostics.ts';
import { askInputs } from './askInputs.ts';
import { PromptProblems } from './problems.ts';
import { activeDocument, clickedUris } from './promptChoice.ts';

/** How long nothing must be saved before anything is generated, ms: "Save All" saves one file after the other. */
const quietMs = 500;

interface Dependencies {
  readonly runs: Runs;
  readonly plans: PromptPlans;
  readonly folders: Folders;
  readonly promptFiles: PromptFiles;
  readonly diagnostics: PromptDiagnostics;
  readonly endings: Endings;
  readonly saved: SavedPrompts;
  readonly log: Pick<Log, 'unexpected'>;
}

/** "Generate on Save": prompts of chosen files and folders are generated anew when they, or their data, have changed. */
export class GenerateOnSave implements vscode.Disposable {
  readonly #dependencies: Dependencies;
  readonly #problems: PromptProblems;
  readonly #watch: Watch;
  readonly #subscriptions: vscode.Disposable;
  /** Files that were saved, the last one last. */
  readonly #waiting = new Map<string, vscode.Uri>();
  /** What the person has answered, by prompt file: asked for once. */
  readonly #answers = new Map<string, Readonly<Record<string, string>>>();
  /** What was told of prompt files that come to too much, so that each is told once for a version. */
  readonly #told = new Map<string, string>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#problems = new PromptProblems(dependencies.diagnostics);
    this.#watch = new Watch({ clock: systemClock, quietMs, run: () => this.#run() });
    this.#subscriptions = vscode.Disposable.from(
      vscode.commands.registerCommand(commandIds.toggleGenerateOnSave, (clicked?: unknown, selected?: unknown) =>
        this.#toggle(clicked, selected),
      ),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.#wasSaved(uri)),
      dependencies.saved,
    );
  }

  dispose(): void {
    this.#watch.dispose();
    this.#subscriptions.dispose();
  }

  async #toggle(clicked: unknown, selected: unknown): Promise<void> {
    if (!mayUseWorkspace()) return;
    const { saved, promptFiles } = this.#dependencies;
    const uris = clickedUris(clicked, selected);
    if (uris.length === 0) {
      const active = await activeDocument();
      if (clicked !== 'list' && active && promptFiles.isPromptFile(active)) uris.push(active.uri);
      else return this.#turnOff();
    }
    const off = uris.filter((uri) => !saved.has(uri));
    if (off.length === 0) {
      for (const uri of uris) saved.delete(uri);
      return;
    }
    const [first] = off;
    if (!first || !(await consents(off, readSettings(first)))) return;
    for (const uri of off) {
      const { type } = await vscode.workspace.fs.stat(uri);
      saved.add(uri, (type & vscode.FileType.Directory) !== 0);
    }
  }

  async #turnOff(): Promise<void> {
    const { saved } = this.#dependencies;
    const title = vscode.l10n.t('Generate on Save');
    if (saved.places.length === 0) {
      const message = vscode.l10n.t('Nothing is generated on save: open a prompt file, then turn it on.');
      void showInformation(message);
      return;
    }
    const all = { label: vscode.l10n.t('Turn off for all'), icon: 'circle-slash', uri: undefined };
    const each = saved.places.map((uri) => ({
      label: vscode.l10n.t('Turn off for {0}', vscode.workspace.asRelativePath(uri)),
      icon: 'close',
      uri,
    }));
    const picked = await pickOne<(typeof each)[number] | typeof all>(each.length > 1 ? [...each, all] : each, {
      title,
      placeHolder: vscode.l10n.t('These are generated when they are saved'),
    });
    if (picked === all) saved.clear();
    else if (picked?.uri) saved.delete(picked.uri);
  }

  #wasSaved(uri: vscode.Uri): void {
    if (this.#dependencies.saved.touchedBy(uri).length === 0 || this.#isOwn(uri)) return;
    this.#waiting.delete(uri.toString());
    this.#waiting.set(uri.toString(), uri);
    this.#watch.changed();
  }

  /** A candidate may lie anywhere. */
  #isOwn(uri: vscode.Uri): boolean {
    const { runs, folders } = this.#dependencies;
    return runs.snapshots().items.some(({ run, file }) => {
      const workspace = file === undefined ? undefined : runs.workspaceOf(run);
      return workspace !== undefined && folders.uriOf(workspace, file).toString() === uri.toString();
    });
  }

  /** The newest first: it is what the person is at. */
  async #run(): Promise<void> {
    const saved = [...this.#waiting.values()].reverse();
    this.#waiting.clear();
    const prompts = new Map<string, vscode.Uri>();
    for (const uri of saved) for (const each of await this.#promptsOf(uri)) prompts.set(each.toString(), each);
    for (const prompt of prompts.values()) {
      // It may have been turned off meanwhile.
      if (!this.#dependencies.saved.covers(prompt)) continue;
      try {
        await this.#generate(prompt);
      } catch (error) {
        this.#dependencies.log.unexpected(error);
      }
    }
  }

  async #promptsOf(saved: vscode.Uri): Promise<readonly vscode.Uri[]> {
    const { saved: places, promptFiles } = this.#dependencies;
    if (places.covers(saved) && promptFiles.isPromptFile(await vscode.workspace.openTextDocument(saved)))
      return [saved];
    // Data, a schema, a file that is taken in: whoever does not use it has nothing to make.
    const found: vscode.Uri[] = [];
    for (const { uri, isFolder } of places.touchedBy(saved))
      found.push(...(isFolder ? await promptFiles.find(uri) : [uri]));
    return found;
  }

  async #generate(prompt: vscode.Uri): Promise<void> {
    const { plans, folders, runs, endings, saved } = this.#dependencies;
    const folder = folderOf(prompt);
    const settings = readSettings(prompt);
    const key = prompt.toString();
    const given = {
      ask: async (inputs: Parameters<typeof askInputs>[0]) => {
        const known = this.#answers.get(key) ?? {};
        const lacking = inputs.filter(({ name }) => !Object.hasOwn(known, name));
        const answered = lacking.length === 0 ? {} : await askInputs(lacking);
        if (answered) this.#answers.set(key, { ...known, ...answered });
        return answered && { ...known, ...answered };
      },
    };
    const answer = await plans.plan({ files: [prompt], settings, existing: 'changed', given });
    if (answer.kind === 'refused') {
      // Who writes sees it in the text, and is not interrupted.
      this.#problems.mark(answer.problems, [prompt], folder);
      return;
    }
    const { plan, locked } = answer;
    this.#problems.hint(plan.hints ?? [], [prompt], folder);
    if (plan.items.length === 0) return;
    if (locked) {
      void showError(vscode.l10n.t('The service "{0}" has no API key yet: set one, then generate.', locked.name));
      return;
    }
    if (await this.#isTooMuch(plan, settings, folder)) {
      await this.#tellTooMuch(prompt, plan.items.length);
      return;
    }
    const workspace = await folders.open(folder);
    const run = workspace.ok ? await runs.start(plan, settings.run, workspace.value) : workspace;
    if (!run.ok) {
      void showError(run.failure.message);
      return;
    }
    const summary = await run.value.finished;
    if (summary.stopped === 'budget') saved.clear();
    const { failed } = summary.counts;
    if (failed > 0 || summary.problem !== undefined) void endings.tell(summary);
  }

  async #isTooMuch(
    plan: Parameters<PromptPlans['estimate']>[0],
    settings: Settings,
    folder: vscode.Uri,
  ): Promise<boolean> {
    const { confirmAbove } = settings;
    if (plan.items.length > confirmAbove.items) return true;
    const { plans } = this.#dependencies;
    if (!mayCostMoney(plan, await plans.services())) return false;
    return exceeds(await plans.estimate(plan, settings, folder), confirmAbove);
  }

  async #tellTooMuch(prompt: vscode.Uri, items: number): Promise<void> {
    const { version } = await vscode.workspace.openTextDocument(prompt);
    const key = prompt.toString();
    if (this.#told.get(key) === `${version} ${items}`) return;
    this.#told.set(key, `${version} ${items}`);
    const showPlan = vscode.l10n.t('Show Plan');
    const name = vscode.workspace.asRelativePath(prompt);
    const message = vscode.l10n.t('{0} comes to more than is generated on save: look at its plan.', name);
    if ((await showWarning(message, showPlan)) !== showPlan) return;
    await vscode.commands.executeCommand(commandIds.showPlan, prompt);
  }
}

/** Says what it may spend at most, once for each file or folder. */
async function consents(uris: readonly vscode.Uri[], settings: Settings): Promise<boolean> {
  const [first] = uris;
  if (!first) return false;
  const { confirmAbove, run } = settings;
  const question =
    uris.length === 1
      ? vscode.l10n.t('Generate {0} whenever it is saved?', vscode.workspace.asRelativePath(first))
      : vscode.l10n.t('Generate these {0} whenever they are saved?', uris.length);
  const { dailyBudget } = run;
  return confirm(question, vscode.l10n.t('Generate on Save'), [
    vscode.l10n.t('Only what has changed is generated, without asking, until you close this window.'),
    vscode.l10n.t(
      'Each time at most {0} candidates and a cost of {1}: what comes to more is not generated.',
      numbers.whole(confirmAbove.items),
      numbers.money(confirmAbove.cost),
    ),
    isBounded(dailyBudget)
      ? vscode.l10n.t('In a day at most your daily budget: {0}.', budgetText(dailyBudget))
      : vscode.l10n.t('There is no daily budget: the setting "parallelCandidates.dailyBudget" bounds a whole day.'),
    ...(settings.services.some((service) => kindOf(service).countsRequests === true)
      ? [vscode.l10n.t("Calls of the editor's models are requests of your plan for them.")]
      : []),
  ]);
}
