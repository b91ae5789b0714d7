import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { failed, success, type Outcome } from '../base/outcome.ts';
import { placedMessage } from '../base/problem.ts';
import { defaultSafetyFactor } from '../engine/governor/defaults.ts';
import type { Budget } from '../model/budget.ts';
import type { AgentFolder, GenerationWish } from '../runs/agents/agentHost.ts';
import { sourceIn } from '../runs/agents/namedPrompt.ts';
import { estimatePlan, type PlanEstimate } from '../runs/plan/estimatePlan.ts';
import { planRun, type Plan } from '../runs/plan/plan.ts';
import type { ResumeRequest } from '../runs/resume/resumption.ts';
import type { RunOutcome } from '../runs/runRefusal.ts';
import type { Workspace } from '../runs/workspace.ts';
import type { TokenCounter } from '../services/tokenCounter.ts';
import { DiskFiles } from '../storage/diskFiles.ts';
import type { RunDetails } from '../storage/journal/records.ts';
import { hasJournal } from '../storage/journalFolders.ts';
import { choosingIn } from './choosing.ts';
import { needNothingLeftAlone, runOptionsOf, type GenerateOptions } from './commands/generate.ts';
import { resumeRequest } from './commands/resume.ts';
import type { LimitOptions } from './limitOptions.ts';
import { promptFilesBelow } from './promptSources.ts';
import type { Conversation } from './question.ts';
import { credentialFor, patienceOf, terminalServices } from './serviceFlags.ts';
import type { TerminalSession } from './session.ts';
import { readTerminalSettings, type TerminalSettings } from './terminalSettings.ts';
import { Refusal } from './usage.ts';

/** What the person who has started the program says of all runs of agents. */
export type AgentOptions = Omit<LimitOptions, 'nameOf'> &
  Pick<GenerateOptions, 'service' | 'trust' | 'cache'> & {
    readonly nameOf: (option: 'service' | keyof Omit<LimitOptions, 'nameOf'>) => string;
  };

interface Tools {
  readonly session: TerminalSession;
  readonly options: AgentOptions;
  readonly counter: TokenCounter;
}

/** A folder of a disk, with the services, limits and keys of whoever has started the program. */
export class TerminalAgentFolder implements AgentFolder {
  readonly root: string;
  readonly #tools: Tools;
  readonly #files = new DiskFiles();

  /** @param root absolute and real */
  constructor(root: string, tools: Tools) {
    this.root = root;
    this.#tools = tools;
  }

  choosing() {
    return outcomeOf(() => choosingIn(this.root));
  }

  async plan(path: string, { count, models, values, existing }: GenerationWish): Promise<Outcome<Plan, string>> {
    const source = await sourceIn(path, { files: this.#files, root: this.root });
    if (!source.ok) return source;
    const { session, options } = this.#tools;
    const planned = await outcomeOf(async () => {
      const settings = await this.#settings();
      const { services, defaultService } = terminalServices({ ...options, models: models ?? [] }, settings);
      const governor = { safetyFactor: options.safetyFactor ?? defaultSafetyFactor, ...patienceOf(options) };
      const result = await planRun({
        sources: [source.value],
        root: this.root,
        services,
        defaultService,
        serviceKey: (service) => {
          const named = { typed: options.baseUrl, own: settings.own };
          return session.services.register(service, credentialFor(service, options, named, process.env), governor);
        },
        files: this.#files,
        existing,
        given: values === undefined ? {} : { values },
        ...(count === undefined ? {} : { count }),
        ...(models === undefined ? {} : { models }),
      });
      if (result.ok) needNothingLeftAlone(result.value, settings);
      return result;
    });
    if (!planned.ok) return planned;
    if (planned.value.ok) return success(planned.value.value);
    const [problem] = planned.value.problems;
    return failed(problem ? placedMessage(problem) : 'Nothing can be generated of this prompt file.');
  }

  async estimate(plan: Plan): Promise<PlanEstimate> {
    const { session, options, counter } = this.#tools;
    const opened = await this.openIfJournalled();
    const workspace = opened.ok ? opened.value : undefined;
    const { cache, sequential } = runOptionsOf(options, await this.#settings());
    return estimatePlan(plan, { cache, sequential }, { services: session.services, counter, workspace });
  }

  runOptions() {
    return outcomeOf(async () => runOptionsOf(this.#tools.options, await this.#settings()));
  }

  open(): Promise<RunOutcome<Workspace>> {
    return this.#tools.session.workspaces.open(this.root);
  }

  async openIfJournalled(): Promise<RunOutcome<Workspace | undefined>> {
    const place = await this.#tools.session.folders.placeOnDisk(this.root);
    if (!place.ok) return place;
    return (await hasJournal(place.value)) ? this.open() : success(undefined);
  }

  resumption(workspace: Workspace, run: RunDetails, budget: Budget): Promise<Outcome<ResumeRequest, string>> {
    const { session, options } = this.#tools;
    return outcomeOf(async () =>
      resumeRequest(workspace, run, undefined, { ...options, budget }, await this.#settings(), session.services),
    );
  }

  promptFiles() {
    return outcomeOf(() => promptFilesBelow(this.root));
  }

  #settings(): Promise<TerminalSettings> {
    return readTerminalSettings(this.root, this.#tools.options.trust, nobody);
  }
}

/** Standard input is the client's: no person is asked anything there. */
const nobody: Conversation = { input: new PassThrough(), output: new PassThrough() };

async function outcomeOf<Value>(action: () => Promise<Value>): Promise<Outcome<Value, string>> {
  try {
    return success(await action());
  } catch (error) {
    if (error instanceof Refusal) return failed(error.message);
    throw error;
  }
}

/** The script that counts tokens, beside the program. */
export const tokenWorker = join(__dirname, 'tokenWorker.js');
