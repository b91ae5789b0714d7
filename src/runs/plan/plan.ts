import type { RunFlow } from '../session/runFlow.ts';
import { dirname, join, relative, sep } from 'node:path';
import type { Budget } from '../../model/budget.ts';
import { defaultPriority } from '../../model/item.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import type { PromptItem } from '../../prompts/items.ts';
import { planItems } from '../../prompts/items.ts';
import type { CandidatePlace } from '../../candidates/candidateName.ts';
import {
  candidateFolder,
  candidateNumberReader,
  candidatePath,
  candidateSeries,
} from '../../candidates/candidateName.ts';
import { parsePromptFile } from '../../prompts/parse.ts';
import type { Problem, PromptFile, Result } from '../../prompts/promptFile.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { tokenReservation } from '../../services/tokens.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { guardedPlace } from '../../candidates/guardedPlaces.ts';
import type { OutputNames } from '../../candidates/plannedItem.ts';
import type { PlannedCandidate, PlannedItem } from './plannedCandidate.ts';
import { seriesKey } from '../../candidates/candidateNumbers.ts';
import { chooseModel } from './modelChoice.ts';

export interface PromptSource {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

export interface PlanRequest {
  readonly sources: readonly PromptSource[];
  /** The folder that candidates must stay inside; prompt paths in ids and manifests are relative to it. */
  readonly root: string;
  readonly services: readonly ServiceSettings[];
  readonly defaultService: string;
  /** The key under which a service takes part in runs. */
  readonly serviceKey: (service: ServiceSettings) => ServiceKey;
  readonly files: FileStore;
  /** Absolute folder for the candidates, links resolved, in place of one beside each prompt file; it is its own root. */
  readonly out?: string;
  /** Instead of what the prompt files say. */
  readonly count?: number;
  readonly models?: readonly string[];
}

export interface Plan {
  /** What a person would call it: the prompt's name, or "3 prompts". */
  readonly label: string;
  /** The folder that candidates stay inside, absolute. */
  readonly root: string;
  readonly items: readonly PlannedItem[];
  readonly serviceKeys: readonly ServiceKey[];
  /** Names, in order. */
  readonly stages: readonly string[];
  /** What follows what; absent: nothing does. */
  readonly flow?: RunFlow;
  /** What the items of single prompt files may spend, by path as in the items. */
  readonly budgets?: Readonly<Record<string, Budget>>;
  /** What a prompt file says and nothing comes of; nothing stops for it. */
  readonly hints?: readonly Problem[];
}

const builtInFolder = /^candidates\//;

/** With `--out`, the folder given stands for the `candidates` folder of the built-in pattern. */
function relativePath(prompt: PromptFile, path: string, out: string | undefined): string {
  return out !== undefined && prompt.output === undefined ? path.replace(builtInFolder, '') : path;
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}

/**
 * What a run would do, before it spends anything. Numbers continue after the candidates that are there.
 *
 * @returns the plan, or every problem of every prompt file
 */
export async function planRun(request: PlanRequest): Promise<Result<Plan>> {
  const { root, services } = request;
  const problems: Problem[] = [];
  const prompts: PromptFile[] = [];
  for (const source of new Map(request.sources.map((each) => [each.path, each])).values()) {
    const parsed = parsePromptFile(slashed(relative(root, source.path)), source.text);
    if (parsed.ok) prompts.push(parsed.value);
    else problems.push(...parsed.problems);
  }
  const service = services.find((each) => each.name === request.defaultService);
  if (!service) {
    const names = services.map((each) => `"${each.name}"`).join(', ');
    problems.push({ file: '', message: `There is no service "${request.defaultService}": choose one of ${names}.` });
    return { ok: false, problems };
  }
  const planned = planItems(prompts, {
    defaultModel: service.models[0] ?? 'default',
    defaultPriority,
    ...(request.count === undefined ? {} : { count: request.count }),
    ...(request.models === undefined ? {} : { models: request.models }),
  });
  if (!planned.ok) return { ok: false, problems: [...problems, ...planned.problems] };
  if (problems.length > 0) return { ok: false, problems };

  const series = new Series(request);
  const candidates: PlannedCandidate[] = [];
  const serviceKeys = new Map<ServiceSettings, ServiceKey>();
  for (const item of planned.value) {
    const { prompt } = item;
    const { output, numbers, problem } = await series.of(item);
    if (problem !== undefined) problems.push({ file: prompt.path, message: problem });
    const choice = chooseModel(item.model, services, service);
    const serviceKey = serviceKeys.get(choice.service) ?? request.serviceKey(choice.service);
    serviceKeys.set(choice.service, serviceKey);
    candidates.push({
      id: item.id,
      position: item.position,
      stage: 0,
      key: item.key,
      root: item.position,
      place: '',
      prompt,
      row: item.row,
      index: item.index,
      number: ++numbers.last,
      service: choice.service.name,
      serviceKey,
      model: choice.model,
      priority: item.priority,
      reservation: tokenReservation(item),
      messages: item.messages,
      parameters: item.parameters,
      variables: item.variables,
      output,
      siblings: request.count ?? prompt.count,
    });
  }
  if (problems.length > 0) return { ok: false, problems };
  const [only] = prompts;
  return {
    ok: true,
    value: {
      label: prompts.length === 1 && only ? only.name : `${prompts.length} prompts`,
      root: request.out ?? root,
      items: candidates,
      serviceKeys: [...new Set(serviceKeys.values())],
      // A plain prompt file is a pipeline of one prompt stage.
      stages: ['generate'],
      budgets: Object.fromEntries(prompts.flatMap(({ path, budget }) => (budget ? [[path, budget]] : []))),
      hints: prompts.flatMap(({ hints }) => hints),
    },
  };
}

interface SeriesNumbers {
  last: number;
}

/** The series of a plan and the numbers that each has given out; they continue after the candidates that are there. */
class Series {
  readonly #request: PlanRequest;
  readonly #outputs = new Map<CandidatePlace, OutputNames>();
  readonly #numbers = new Map<string, SeriesNumbers>();
  readonly #checkedFolders = new Set<string>();

  constructor(request: PlanRequest) {
    this.#request = request;
  }

  /** `problem` is a sentence, once per folder that cannot hold candidates. */
  async of(item: PromptItem): Promise<{ output: OutputNames; numbers: SeriesNumbers; problem?: string }> {
    const output = this.#output(item);
    const key = seriesKey(output);
    const known = this.#numbers.get(key);
    if (known) return { output, numbers: known };
    const numbers: SeriesNumbers = { last: 0 };
    this.#numbers.set(key, numbers);
    const problem = await this.#problem(join(output.folder, candidatePath(output, 1)));
    if (problem !== undefined) return { output, numbers, problem };
    numbers.last = await this.#lastNumber(output);
    return { output, numbers };
  }

  #output({ prompt, place }: PromptItem): OutputNames {
    let output = this.#outputs.get(place);
    if (!output) {
      const { root, out } = this.#request;
      const { series, firstNumbered } = candidateSeries(prompt, place);
      const folder = out ?? dirname(join(root, prompt.path));
      output = { folder, series: relativePath(prompt, series, out), firstNumbered };
      this.#outputs.set(place, output);
    }
    return output;
  }

  async #problem(file: string): Promise<string | undefined> {
    const { files, out, root } = this.#request;
    const names = slashed(relative(out ?? root, file)).split('/');
    const guarded = guardedPlace(names.slice(0, -1), names.at(-1));
    if (guarded !== undefined) {
      return `Its candidates cannot go to ${file}, because programs run or read as configuration what is in "${guarded}": choose another "candidates.output" or move the prompt file.`;
    }
    const target = dirname(file);
    if (this.#checkedFolders.has(target)) return undefined;
    this.#checkedFolders.add(target);
    const problem = await files.folderProblem(target, out ?? root);
    return problem === undefined ? undefined : `The folder for its candidates, ${target}, ${problem}.`;
  }

  /** The highest number in use, 0 if none is. */
  async #lastNumber(output: OutputNames): Promise<number> {
    const within = candidateFolder(output);
    const numberOf = candidateNumberReader(output);
    let last = 0;
    for (const name of await this.#request.files.names(join(output.folder, within))) {
      last = Math.max(last, numberOf(`${within}/${name}`) ?? 0);
    }
    return last;
  }
}
