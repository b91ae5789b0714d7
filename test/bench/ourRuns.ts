/** The only place where the benches touch runs with their journal: one process of ours at work in one folder. */
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import type { ItemSnapshot } from '../../src/model/run.ts';
import { planRun, type Plan, type PromptSource } from '../../src/runs/plan/plan.ts';
import { defaultRunOptions, type RunOptions } from '../../src/runs/runOptions.ts';
import { Runs } from '../../src/runs/runs.ts';
import type { StartedRun } from '../../src/runs/startedRun.ts';
import { ServiceDirectory } from '../../src/runs/serviceDirectory.ts';
import { Workspaces, type Workspace } from '../../src/runs/workspace.ts';
import type { OpenAiServiceSettings } from '../../src/services/openai/kind.ts';
import { DiskFiles } from '../../src/storage/diskFiles.ts';
import { JournalClient } from '../../src/storage/journal/journalClient.ts';
import { success } from '../../src/base/outcome.ts';
import type { JournalPlace } from '../../src/storage/journal/settings.ts';
import { model, type BenchPrompt } from './contenders.ts';
import type { OursOptions } from './ours.ts';
import type { RunOutcome } from '../../src/runs/runRefusal.ts';

export type { NewRun, RunLease } from '../../src/storage/journal/records.ts';
export type { NewItem } from '../../src/candidates/plannedItem.ts';
export type { JournalClient } from '../../src/storage/journal/journalClient.ts';
export type { ItemSnapshot } from '../../src/model/run.ts';

const worker = new URL('../../src/storage/journal/journalWorker.ts', import.meta.url);
const serviceName = 'bench';

export class OurRuns implements AsyncDisposable {
  readonly runs: Runs;
  readonly #directory: ServiceDirectory;
  readonly #workspaces: Workspaces;
  readonly #workspace: Workspace;
  readonly #service: OpenAiServiceSettings;
  readonly #options: OursOptions;

  private constructor(parts: {
    readonly runs: Runs;
    readonly directory: ServiceDirectory;
    readonly workspaces: Workspaces;
    readonly workspace: Workspace;
    readonly service: OpenAiServiceSettings;
    readonly options: OursOptions;
  }) {
    this.runs = parts.runs;
    this.#directory = parts.directory;
    this.#workspaces = parts.workspaces;
    this.#workspace = parts.workspace;
    this.#service = parts.service;
    this.#options = parts.options;
  }

  /** @param folder that prompts and candidates lie in; its journal is made if it has none */
  static async open(folder: string, baseUrl: string, options: OursOptions): Promise<OurRuns> {
    const directory = new ServiceDirectory(systemClock, Math.random);
    const runs = new Runs({ services: directory, clock: systemClock, random: Math.random, reportError: trouble });
    const workspaces = new Workspaces({
      worker,
      kind: 'terminal',
      journalOf: (base) => Promise.resolve(success(placeOf(base))),
      placesOf: () => ({ files: new DiskFiles(), manifests: 'disk' }),
      onRepair: trouble,
      onLost: (run) => runs.lost(run),
      onManifestProblem: trouble,
    });
    const workspace = valueOf(await workspaces.open(folder));
    const { concurrency, isAuto, promptCaching, requestsPerMinute } = options;
    const service: OpenAiServiceSettings = {
      name: serviceName,
      kind: 'openai',
      baseUrl,
      models: [model],
      maxConcurrent: isAuto === true ? 'auto' : concurrency,
      ...(promptCaching === undefined ? {} : { promptCaching }),
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    };
    return new OurRuns({ runs, directory, workspaces, workspace, service, options });
  }

  async plan(sources: readonly PromptSource[]): Promise<Plan> {
    const planned = await planRun({
      sources,
      root: this.#workspace.base,
      services: [this.#service],
      defaultService: serviceName,
      serviceKey: () => this.#register(),
      files: new DiskFiles(),
    });
    if (!planned.ok) throw new Error(planned.problems.map(({ message }) => message).join(' '));
    // The others have loaded their SDK before they start, too.
    await this.#directory.prepare(planned.value.serviceKeys);
    return planned.value;
  }

  async start(plan: Plan): Promise<StartedRun> {
    return valueOf(await this.runs.start(plan, this.#runOptions, this.#workspace));
  }

  /** What the editor does when it opens a folder. @returns the newest run that can be resumed */
  async load(): Promise<string> {
    const [newest] = valueOf(await this.runs.load(this.#workspace, () => undefined));
    if (!newest) throw new Error('There is nothing to resume.');
    return newest.id;
  }

  async resume(run: string): Promise<StartedRun> {
    return valueOf(
      await this.runs.resume({
        workspace: this.#workspace,
        run,
        serviceOf: () => Promise.resolve(success(this.#register())),
      }),
    );
  }

  /** From now on, how long each text takes to be committed, ms. */
  watchCommits(): readonly number[] {
    const { journal } = this.#workspace;
    const record = journal.recordResult.bind(journal);
    const tookMs: number[] = [];
    journal.recordResult = async (...args) => {
      const calledAt = performance.now();
      const outcome = await record(...args);
      tookMs.push(performance.now() - calledAt);
      return outcome;
    };
    return tookMs;
  }

  get items(): readonly ItemSnapshot[] {
    return this.runs.snapshots().items;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.runs.dispose();
    await this.#workspaces.dispose();
    await this.#directory.dispose();
  }

  get #runOptions(): RunOptions {
    const { attempts, retryBaseMs, oneAtATime } = this.#options;
    const { retry } = defaultRunOptions;
    return {
      ...defaultRunOptions,
      retry: { attempts: attempts ?? retry.attempts, baseMs: retryBaseMs ?? retry.baseMs },
      sequential: oneAtATime === true,
    };
  }

  #register(): string {
    return this.#directory.register(this.#service, undefined, { safetyFactor: this.#options.safetyFactor ?? 0.8 });
  }
}

/** A journal without runs around it. */
export async function openJournal(folder: string): Promise<JournalClient> {
  return valueOf(await JournalClient.open({ ...placeOf(folder), worker, base: folder, kind: 'terminal' }));
}

/** In the folder itself, which is given up after the measurement. */
function placeOf(folder: string): JournalPlace {
  return { directory: join(folder, '.state', 'journal'), folder };
}

export interface PromptSettings {
  /** Candidates of every prompt. */
  readonly each: number;
  readonly output?: string;
  readonly parameters?: Readonly<Record<string, number>>;
}

/** Prompt files of a run. */
export function promptSources(
  folder: string,
  prompts: readonly BenchPrompt[],
  { each, output, parameters = {} }: PromptSettings,
): PromptSource[] {
  const settings = Object.entries({ count: each, ...(output === undefined ? {} : { output }), ...parameters });
  const block = settings.map(([name, value]) => `  ${name}: ${value}`).join('\n');
  return prompts.map(({ system, user }, index) => ({
    path: join(folder, `${promptName(index)}.prompt.md`),
    text: `---\ncandidates:\n${block}\n---\n${system === '' ? '' : `system:\n${system}\n`}user:\n${user}\n`,
  }));
}

export function promptName(index: number): string {
  return `p${String(index).padStart(4, '0')}`;
}

export function valueOf<Value>(outcome: RunOutcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw new Error(outcome.failure.message);
}

function trouble(problem: unknown): void {
  process.stderr.write(`${String(problem)}\n`);
}
