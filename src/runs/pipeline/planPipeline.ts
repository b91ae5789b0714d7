import type { ServiceKey } from '../../engine/engine.ts';
import type { QueueOrder } from '../../engine/priorityQueue.ts';
import type { Variant } from '../../flow/flow.ts';
import { flowOf, type StageVariants } from '../../flow/flowOf.ts';
import { withGatheredRows } from '../../flow/gatherRows.ts';
import type { PipelineFile } from '../../flow/pipelineFile/parsePipeline.ts';
import type { Pipeline, PromptStage, StageDefinition } from '../../flow/pipeline.ts';
import type { DataInput } from '../../model/dataInput.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { firstProblems } from '../../prompts/limits.ts';
import type { Result } from '../../prompts/promptFile.ts';
import { defaultRetry, defaultWorkers } from '../../stages/defaults.ts';
import { tokenReservation } from '../../services/tokens.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { chooseModel } from '../plan/modelChoice.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunFlow } from '../session/runFlow.ts';
import { firstRows } from './firstRows.ts';
import { firstItems } from './firstItems.ts';
import { pipelineFindings } from './pipelineChecks.ts';
import { pipelineName } from './pipelineName.ts';
import { readPipelineRows, type PipelineRowsRequest } from './pipelineRows.ts';
import { readStagePrompts, unusedInStage } from './stagePrompts.ts';
import type { StagePrompt } from './promptStage.ts';
import { serviceOfStage } from './stageServices.ts';

/** In place of what the pipeline file says. */
export interface PipelineOverrides {
  /** By stage. */
  readonly workers?: ReadonlyMap<string, number>;
  /** Names of services, by stage. */
  readonly stageServices?: ReadonlyMap<string, string>;
  /** Of every stage. */
  readonly queue?: number;
  readonly limit?: number;
  readonly models?: readonly string[];
}

export interface PipelineRequest extends PipelineOverrides {
  /** Only the stages that are to run. */
  readonly pipeline: Pipeline;
  /** As it was read. */
  readonly file: PipelineFile;
  /** Path of the pipeline file, relative to the root and with `/`. */
  readonly path: string;
  /** The folder that everything stays inside, absolute. */
  readonly root: string;
  /** Of the pipeline's folder. */
  readonly input: DataInput;
  readonly files: FileStore;
  readonly services: readonly ServiceSettings[];
  readonly defaultService: string;
  readonly serviceKey: (service: ServiceSettings) => ServiceKey;
  readonly cores: number;
  /** The source is watched; see `PipelineRowsRequest`. */
  readonly watch?: NonNullable<PipelineRowsRequest['watch']>;
  /** What the stages do, once their prompts are known. */
  readonly stages: (
    prompts: ReadonlyMap<string, StagePrompt>,
  ) => Pick<RunFlow, 'work' | 'expressions' | 'identity' | 'restore' | 'files'>;
}

/** What a run of a pipeline would do, before it spends anything. */
export async function planPipeline(request: PipelineRequest): Promise<Result<Plan>> {
  const { pipeline, path, root, files } = request;
  const prompts = await readStagePrompts({ pipeline, path, root, files });
  const rows = await readPipelineRows(request);
  const problems = [...(prompts.ok ? [] : prompts.problems), ...(rows.ok ? [] : rows.problems)];
  const serving = new Serving(request);
  const variants = new Map<string, StageVariants>();
  for (const stage of pipeline.stages) {
    const prompt = prompts.ok ? prompts.value.get(stage.name) : undefined;
    const served = serving.variants(stage, prompt);
    if (served.ok)
      variants.set(stage.name, { variants: served.value, reservation: prompt ? reservationOf(prompt) : 0 });
    else problems.push(...served.problems);
  }
  const known = { file: request.file, root, store: files, services: request.services.map(({ name }) => name) };
  const findings = await pipelineFindings({
    ...known,
    ...(rows.ok && rows.value.columns ? { columns: rows.value.columns } : {}),
  });
  // What several of these readers say of one line is said once.
  problems.push(
    ...findings.problems.filter(
      ({ file, line }) => !problems.some((other) => other.file === file && other.line === line),
    ),
  );
  if (problems.length > 0 || !prompts.ok || !rows.ok) return { ok: false, problems: firstProblems(problems) };
  const written = flowOf(
    path,
    { stages: pipeline.stages.map((stage) => withDefaults(stage, request)) },
    ({ name: stage }) => {
      const found = variants.get(stage);
      if (!found) throw new Error(`The stage ${stage} has no variants.`);
      return found;
    },
  );
  const flow = withGatheredRows(written);
  const made = request.stages(prompts.value);
  const begun = firstRows(pipeline, rows.value.rows, made.expressions);
  const items = firstItems(flow, begun, made.expressions, {
    order: orderOf(request),
    isWatched: request.watch !== undefined,
    keyOf: (name) => serving.keyOf(name),
  });
  if (!items.ok) return { ok: false, problems: [{ file: path, message: items.failure }] };
  const name = pipelineName(path);
  const hints = [
    ...[...prompts.value.values()].flatMap(({ prompt }) => [...prompt.hints, ...unusedInStage(prompt)]),
    ...rows.value.hints,
    ...findings.hints,
  ];
  return {
    ok: true,
    value: {
      label: name,
      root,
      items: items.value.items,
      ...(request.watch ? { rows: items.value.rows } : {}),
      serviceKeys: serving.keys,
      stages: flow.stages.map((stage) => stage.name),
      flow: { ...made, flow, serviceKey: (service) => serving.keyOf(service) },
      hints,
    },
  };
}

/** Whose records come first: with a source that is watched, what changed last. */
export function orderOf({ pipeline, watch }: Pick<PipelineRequest, 'pipeline' | 'watch'>): QueueOrder {
  return watch === undefined ? pipeline.source.order : 'newest';
}

/** The services that take part in a pipeline. */
class Serving {
  readonly #request: PipelineRequest;
  readonly #keys = new Map<string, ServiceKey>();

  constructor(request: PipelineRequest) {
    this.#request = request;
  }

  get keys(): readonly ServiceKey[] {
    return [...new Set(this.#keys.values())];
  }

  keyOf(service: string): ServiceKey {
    return this.#keys.get(service) ?? '';
  }

  /** @returns the problem where the stage names a service that nobody knows */
  variants(stage: StageDefinition, prompt: StagePrompt | undefined): Result<readonly Variant[]> {
    const { services, cores } = this.#request;
    const named = this.#request.stageServices?.get(stage.name) ?? stage.service;
    if (stage.kind === 'prompt') return this.#promptVariants(stage, prompt, named);
    const service = serviceOfStage(stage, named, services, cores);
    if (!service) return this.#unknown(stage, named ?? '');
    return { ok: true, value: [{ service: this.#take(service), model: service.models[0] ?? '', index: 1 }] };
  }

  #promptVariants(
    stage: PromptStage,
    found: StagePrompt | undefined,
    named: string | undefined,
  ): Result<readonly Variant[]> {
    const { services, defaultService, models: given } = this.#request;
    const wanted = named ?? defaultService;
    const service = services.find(({ name }) => name === wanted);
    if (!service) return this.#unknown(stage, wanted);
    const own = stage.models ?? found?.prompt.models ?? [];
    const asked = given ?? (own.length > 0 ? own : [service.models[0] ?? 'default']);
    const ownCount = found?.prompt.isCountGiven ? found.prompt.count : 1;
    const count = stage.count ?? ownCount;
    const variants = asked.flatMap((model) => {
      const choice = chooseModel(model, services, service);
      const taken = this.#take(choice.service);
      return Array.from({ length: count }, (_, at) => ({ service: taken, model: choice.model, index: at + 1 }));
    });
    return { ok: true, value: variants };
  }

  /** What the file itself names, its findings tell. */
  #unknown(stage: StageDefinition, wanted: string): Result<never> {
    const { services, stageServices, path } = this.#request;
    const isOfFile = stage.service !== undefined && !stageServices?.has(stage.name);
    return isOfFile ? { ok: false, problems: [] } : unknownService(stage, wanted, services, path);
  }

  #take(service: ServiceSettings): string {
    if (!this.#keys.has(service.name)) this.#keys.set(service.name, this.#request.serviceKey(service));
    return service.name;
  }
}

function unknownService(
  { name: stage, line }: StageDefinition,
  wanted: string,
  services: readonly ServiceSettings[],
  file: string,
): Result<never> {
  const names = services.map(({ name }) => `"${name}"`).join(', ');
  const message = `The stage "${stage}" asks for the service "${wanted}", which is not there: use ${names}, or add it to your settings.`;
  return { ok: false, problems: [{ file, line, message }] };
}

/** With what holds where the file says nothing, or the person says something else. */
function withDefaults(stage: StageDefinition, { workers, queue = stage.queue }: PipelineRequest): StageDefinition {
  const atOnce = workers?.get(stage.name) ?? stage.workers ?? defaultWorkers(stage);
  const retry = stage.retry ?? defaultRetry(stage);
  return {
    ...stage,
    ...(atOnce === undefined ? {} : { workers: atOnce }),
    ...(queue === undefined ? {} : { queue }),
    ...(retry === undefined ? {} : { retry }),
  };
}

/** What the record brings is not known before it comes. */
function reservationOf({ prompt }: StagePrompt): number {
  const messages = prompt.messages.map(({ role, template }) => ({ role, content: template }));
  return tokenReservation({ messages, parameters: prompt.parameters });
}
