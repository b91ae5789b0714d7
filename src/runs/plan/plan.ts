import type { RunFlow } from '../session/runFlow.ts';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import type { Budget } from '../../model/budget.ts';
import { defaultPriority } from '../../model/item.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import { planItems, type PromptItem } from '../../prompts/items.ts';
import { readPrompt, type FormatName } from '../../prompts/formats/formats.ts';
import type { DataInput } from '../../model/dataInput.ts';
import type { Problem, PromptFile, Result } from '../../prompts/promptFile.ts';
import type { PlannedTable } from '../../model/resultTables.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { firstProblems } from '../../prompts/limits.ts';
import { tokenReservation } from '../../services/tokens.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import type { PlannedCandidate, PlannedItem } from './plannedCandidate.ts';
import { CandidateNumbering, type NumberingMode } from './candidateNumbering.ts';
import { AttachmentFiles } from './attachments.ts';
import { planTables } from './plannedTables.ts';
import { readInputs, type GivenInputs, type PromptSurroundings } from './promptInputs.ts';
import { readSchemas } from './schemas.ts';
import { kindOf } from '../../services/kinds.ts';
import { chooseModel } from './modelChoice.ts';

export interface PromptSource {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** Absent: by its name. */
  readonly format?: FormatName;
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
  readonly existing?: NumberingMode;
  readonly given?: GivenInputs;
  /** Data beside a prompt file; default: on a disk. @param folder absolute */
  readonly dataIn?: (folder: string) => DataInput;
  /** How rows are read; default: anew each time. */
  readonly readRows?: PromptSurroundings['readRows'];
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
  /** Prompt files whose calls count against the budget of the one with their rows, by that one's path. */
  readonly budgetMembers?: Readonly<Record<string, readonly string[]>>;
  /** How many candidates of single prompt files are asked for in one call, by path as in the items. */
  readonly verbalized?: Readonly<Record<string, number>>;
  /** The tables of results that it keeps. */
  readonly tables?: readonly PlannedTable[];
  /** What a prompt file says and nothing comes of; nothing stops for it. */
  readonly hints?: readonly Problem[];
  /** Candidates that are there and are not made again. */
  readonly there?: number;
  /** Files that are moved to the archive beside them before the run begins, absolute. */
  readonly replaced?: readonly string[];
  /** Bytes of the files that go with all of its calls, once each; absent for none. */
  readonly attachedBytes?: number;
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}

/**
 * What a run would do, before it spends anything. Numbers continue after the candidates that are there.
 *
 * @returns the plan, or the first problems of all prompt files: none where the person did not answer
 */
export async function planRun(request: PlanRequest): Promise<Result<Plan>> {
  const { root, services } = request;
  const problems: Problem[] = [];
  const parsedPrompts: PromptFile[] = [];
  for (const source of new Map(request.sources.map((each) => [each.path, each])).values()) {
    const parsed = readPrompt(slashed(relative(root, source.path)), source.text, source.format);
    if (parsed.ok) parsedPrompts.push(parsed.value);
    else problems.push(...parsed.problems);
  }
  const service = services.find((each) => each.name === request.defaultService);
  if (!service) {
    const names = services.map((each) => `"${each.name}"`).join(', ');
    problems.push({ file: '', message: `There is no service "${request.defaultService}": choose one of ${names}.` });
    return { ok: false, problems };
  }
  const ready = await readInputs(parsedPrompts, request.given ?? {}, {
    files: request.files,
    root,
    ...(request.dataIn ? { dataIn: request.dataIn } : {}),
    ...(request.readRows ? { readRows: request.readRows } : {}),
  });
  if (!ready.ok) return { ok: false, problems: firstProblems([...problems, ...ready.problems]) };
  const { prompts, includes } = ready.value;
  const hints = [...prompts.flatMap(({ hints: own }) => own), ...ready.value.hints];
  const schemas = await readSchemas(prompts, request.files, root);
  if (!schemas.ok) problems.push(...schemas.problems);
  const planned = planItems(prompts, {
    ...(schemas.ok ? { schemas: schemas.value } : {}),
    includes,
    variables: (prompt) => editorVariables(root, prompt.path, request.given?.selection),
    tellHint: (hint) => hints.push(hint),
    defaultModel: service.models[0] ?? 'default',
    defaultPriority,
    ...(request.count === undefined ? {} : { count: request.count }),
    ...(request.models === undefined ? {} : { models: request.models }),
  });
  if (!planned.ok) return { ok: false, problems: [...problems, ...planned.problems] };
  if (problems.length > 0) return { ok: false, problems };
  const { tables, ...said } = await planTables(prompts, planned.value, {
    files: request.files,
    root,
    rows: ready.value.rows,
    schemas: schemas.ok ? schemas.value : new Map(),
    dataFile: request.given?.dataFile,
  });
  problems.push(...said.problems);
  hints.push(...said.hints);

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
  const attachments = new AttachmentFiles(request.files, root);
  const told = new Set<string>();
  let attachedBytes = 0;
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
    const attached = await attachments.attach(item.messages, item.attach);
    const complaint = attached.ok ? unseen(item, choice.service) : attached.failure;
    if (complaint !== undefined && !told.has(complaint)) {
      told.add(complaint);
      const [first] = prompt.attach ?? [];
      problems.push({ file: prompt.path, ...(first ? { line: first.line } : {}), message: complaint });
    }
    const messages = attached.ok ? attached.value : item.messages;
    const files = messages.flatMap((message) => message.attachments ?? []);
    attachedBytes += files.reduce((sum, { bytes }) => sum + bytes, 0);
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
      reservation: tokenReservation({ messages, parameters: item.parameters }),
      messages,
      parameters: item.parameters,
      variables: item.variables,
      ...(item.schema ? { schema: item.schema } : {}),
      ...(item.vary ? { vary: item.vary } : {}),
      output,
      siblings: item.siblings,
      ...(prompt.diversity ? { verbalized: prompt.diversity.verbalized } : {}),
    });
  }
  if (problems.length > 0) return { ok: false, problems: firstProblems(problems) };
  const [only] = parsedPrompts;
  const verbalized = prompts.flatMap(({ path, diversity }) =>
    diversity ? [[path, diversity.verbalized] as const] : [],
  );
  return {
    ok: true,
    value: {
      label: parsedPrompts.length === 1 && only ? only.name : `${parsedPrompts.length} prompts`,
      root: request.out ?? root,
      items: candidates,
      serviceKeys: [...new Set(serviceKeys.values())],
      // A plain prompt file is a pipeline of one prompt stage.
      stages: ['generate'],
      ...budgetsOf(prompts, parsedPrompts),
      hints,
      there,
      replaced: numbering.replaced,
      ...(tables.length > 0 ? { tables } : {}),
      ...(verbalized.length > 0 ? { verbalized: Object.fromEntries(verbalized) } : {}),
      ...(attachedBytes > 0 ? { attachedBytes } : {}),
    },
  };
}

/**
 * What single prompt files may spend. That of one whose rows name other prompt files holds for these too.
 *
 * @param prompts with their rows
 * @param asked as they were asked for
 */
function budgetsOf(
  prompts: readonly PromptFile[],
  asked: readonly PromptFile[],
): Required<Pick<Plan, 'budgets' | 'budgetMembers'>> {
  const budgets = [...asked, ...prompts].flatMap(({ path, budget }) => (budget ? [[path, budget] as const] : []));
  const members = budgets.map(([path]) => {
    const own = prompts.filter(({ chosenBy = [] }) => chosenBy.includes(path));
    return [path, own.map((prompt) => prompt.path)] as const;
  });
  return {
    budgets: Object.fromEntries(budgets),
    budgetMembers: Object.fromEntries(members.filter(([, own]) => own.length > 0)),
  };
}

/** The editor's own names for where a prompt file lies. */
export function editorVariables(root: string, path: string, selection?: string): Readonly<Record<string, string>> {
  const file = join(root, path);
  return {
    workspaceFolder: root,
    workspaceFolderBasename: basename(root),
    file,
    fileBasename: basename(file),
    fileBasenameNoExtension: basename(file, extname(file)),
    fileDirname: dirname(file),
    ...(selection === undefined ? {} : { selection }),
  };
}

/** Why a service cannot have the attachments of an item, as a sentence; undefined where it can. */
function unseen({ attach }: PromptItem, service: ServiceSettings): string | undefined {
  if (attach.length === 0 || kindOf(service).takesAttachments === true) return undefined;
  return `The service "${service.name}" takes no images or PDFs: choose a model of another one, or leave out "candidates.attach".`;
}
