import { basename } from 'node:path';
import * as vscode from 'vscode';
import { failed, success, type Outcome } from '../base/outcome.ts';
import { placedMessage } from '../base/problem.ts';
import type { AgentFolder, GenerationWish } from '../runs/agents/agentHost.ts';
import { sourceIn } from '../runs/agents/namedPrompt.ts';
import type { PlanEstimate } from '../runs/plan/estimatePlan.ts';
import type { Plan } from '../runs/plan/plan.ts';
import type { ResumeRequest } from '../runs/resume/resumption.ts';
import type { RunOptions } from '../runs/runOptions.ts';
import type { RunOutcome } from '../runs/runRefusal.ts';
import type { Choosing } from '../runs/shelf/choosing.ts';
import type { Workspace } from '../runs/workspace.ts';
import type { CandidateShelves } from './candidateShelves.ts';
import { ChoosingPlaces } from './files/choosingPlaces.ts';
import type { Folders } from './files/folders.ts';
import type { PromptFiles } from './files/promptFiles.ts';
import { pathOf, uriAt } from './files/workspaceFiles.ts';
import type { PromptPlans } from './promptPlans.ts';
import { readSettings } from './settings.ts';

export interface AgentFolderTools {
  readonly folders: Folders;
  readonly plans: PromptPlans;
  readonly promptFiles: PromptFiles;
  readonly shelves: CandidateShelves;
}

/** A workspace folder, with the settings and the keys of the editor. */
export class EditorAgentFolder implements AgentFolder {
  readonly root: string;
  readonly usualFormat = 'prompt';
  readonly #uri: vscode.Uri;
  readonly #tools: AgentFolderTools;

  constructor(uri: vscode.Uri, tools: AgentFolderTools) {
    this.root = pathOf(uri);
    this.#uri = uri;
    this.#tools = tools;
  }

  async choosing(): Promise<Outcome<Choosing, string>> {
    const place = await new ChoosingPlaces(this.#tools.folders).of(this.#uri);
    return place.ok ? success(place.value.choosing) : place;
  }

  async plan(path: string, wish: GenerationWish): Promise<Outcome<Plan, string>> {
    const { count, models, values, existing } = wish;
    const file = uriAt(this.#uri, path);
    const there = await sourceIn(path, { files: this.#tools.folders.filesOf(this.#uri), root: this.root }, 'prompt');
    if (!there.ok) return there;
    const { promptFiles, plans } = this.#tools;
    // A model does not decide that any file of the workspace goes to a service.
    if (!promptFiles.isPromptFile(await vscode.workspace.openTextDocument(file))) {
      return failed(vscode.l10n.t('{0} is no prompt file: name one.', basename(path)));
    }
    const settings = readSettings(file);
    const answer = await plans.plan({
      files: [file],
      settings,
      existing,
      given: values === undefined ? {} : { values },
      ...(count === undefined ? {} : { count }),
      ...(models === undefined ? {} : { models }),
    });
    if (answer.kind === 'refused') {
      const [problem] = answer.problems;
      return failed(
        problem ? placedMessage(problem) : vscode.l10n.t('{0} is no prompt file: name one.', basename(path)),
      );
    }
    const { plan, locked } = answer;
    if (!locked) return success(plan);
    return failed(vscode.l10n.t('The service "{0}" has no API key yet: set one, then generate.', locked.name));
  }

  estimate(plan: Plan): Promise<PlanEstimate> {
    return this.#tools.plans.estimate(plan, readSettings(this.#uri), this.#uri);
  }

  runOptions(): Promise<Outcome<RunOptions, string>> {
    return Promise.resolve(success(readSettings(this.#uri).run));
  }

  open(): Promise<RunOutcome<Workspace>> {
    return this.#tools.folders.open(this.#uri);
  }

  async openIfJournalled(): Promise<RunOutcome<Workspace | undefined>> {
    return success(await this.#tools.folders.openIfJournalled(this.#uri));
  }

  /** A person does that, with a click. */
  resumption(): Promise<Outcome<ResumeRequest, string>> {
    return Promise.resolve(failed(vscode.l10n.t('Runs are resumed by a person here: use the command Resume Run.')));
  }

  async promptFiles(): Promise<Outcome<readonly string[], string>> {
    return success((await this.#tools.promptFiles.find(this.#uri)).map(pathOf));
  }

  async pick(candidate: string, target: string | undefined): Promise<Outcome<unknown, string>> {
    const { shelves } = this.#tools;
    const found = await shelves.find(uriAt(this.#uri, candidate));
    if (!found.ok) return found;
    return shelves.pick(found.value, target === undefined ? undefined : uriAt(this.#uri, target));
  }
}
