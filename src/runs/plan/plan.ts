import type { RunFlow } from '../session/runFlow.ts';
import { relative, sep } from 'node:path';
import { defaultPriority } from '../../model/item.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import { planItems } from '../../prompts/items.ts';
import { parsePromptFile } from '../../prompts/parse.ts';
import type { Problem, PromptFile, Result } from '../../prompts/promptFile.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { tokenReservation } from '../../services/tokens.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import type { PlannedCandidate, PlannedItem } from './plannedCandidate.ts';
import { CandidateNumbering, type ExistingMode } from './candidateNumbering.ts';
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
  /** Default `add`. */
  readonly existing?: ExistingMode;
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
  /** What a prompt file says and nothing comes of; nothing stops for it. */
  readonly hints?: readonly Problem[];
  /** Candidates that are there and are not made again. */
  readonly there?: number;
  /** Files that are moved to the archive beside them before the run begins, absolute. */
  readonly replaced?: readonly string[];
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

  const { existing = 'add', out } = request;
  const numbering = new CandidateNumbering({
    root,
    files: request.files,
    existing,
    ...(out === undefined ? {} : { out }),
  });
  let there = 0;
  const candidates: PlannedCandidate[] = [];
  const serviceKeys = new Map<ServiceSettings, ServiceKey>();
  for (const item of planned.value) {
    const { prompt } = item;
    const numbered = await numbering.of(item);
    if (numbered.kind === 'there') {
      there++;
      continue;
    }
    const { output, number, problem } = numbered;
    if (problem !== undefined) problems.push({ file: prompt.path, message: problem });
    const choice = chooseModel(item.model, services, service);
    const serviceKey = serviceKeys.get(choice.service) ?? request.serviceKey(choice.service);
    serviceKeys.set(choice.service, serviceKey);
    candidates.push({
      id: item.id,
      position: candidates.length,
      stage: 0,
      key: item.key,
      root: candidates.length,
      place: '',
      prompt,
      row: item.row,
      index: item.index,
      number,
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
      hints: prompts.flatMap(({ hints }) => hints),
      there,
      replaced: numbering.replaced,
    },
  };
}
