import type { KnownRow } from '../pipeline/firstItems.ts';
import type { RunFlow } from '../session/runFlow.ts';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { Slices } from '../../base/slices.ts';
import type { Budget } from '../../model/budget.ts';
import { defaultPriority } from '../../model/item.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import { modelsOf, planRows, type PlanOptions } from '../../prompts/items.ts';
import type { FormatName } from '../../prompts/formats/formatNames.ts';
import { readPrompt } from '../../prompts/formats/formats.ts';
import type { DataInput } from '../../model/dataInput.ts';
import type { Problem, PromptFile, Result } from '../../prompts/promptFile.ts';
import type { PlannedTable } from '../../model/resultTables.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { firstProblems } from '../../prompts/limits.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import type { PlannedItem } from './plannedCandidate.ts';
import type { NumberingMode } from './existingModes.ts';
import { PlacedItems } from './placedItems.ts';
import { planTables } from './plannedTables.ts';
import { readInputs, type GivenInputs, type PromptSurroundings } from './promptInputs.ts';
import { readSchemas } from './schemas.ts';
import { unusedValues } from './unusedValues.ts';

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
  /** Of a pipeline, in the order of its source. */
  readonly rows?: readonly KnownRow[];
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
  const sources = request.sources.map(({ text }) => text);
  const unused = unusedValues(request.given?.typed ?? [], sources, prompts, includes);
  const hints = [...prompts.flatMap(({ hints: own }) => own), ...ready.value.hints, ...unused];
  const schemas = await readSchemas(prompts, request.files, root);
  if (!schemas.ok) problems.push(...schemas.problems);
  const options: PlanOptions = {
    ...(schemas.ok ? { schemas: schemas.value } : {}),
    includes,
    variables: (prompt) => editorVariables(root, prompt.path, request.given?.selection),
    tellHint: (hint) => hints.push(hint),
    defaultModel: service.models[0] ?? 'default',
    defaultPriority,
    ...(request.count === undefined ? {} : { count: request.count }),
    ...(request.models === undefined ? {} : { models: request.models }),
  };
  const placed = new PlacedItems(request, service);
  const unplanned: Problem[] = [];
  const slices = new Slices();
  for (const row of planRows(prompts, options)) {
    if (!row.ok) for (const problem of row.problems) unplanned.push(problem);
    else if (problems.length + unplanned.length === 0) {
      for (const item of row.value) {
        const waiting = placed.add(item);
        if (waiting) await waiting;
      }
    }
    if (slices.isOver) await slices.next();
  }
  if (unplanned.length > 0) return { ok: false, problems: [...problems, ...firstProblems(unplanned)] };
  if (problems.length > 0) return { ok: false, problems };
  const { tables, ...said } = await planTables(prompts, {
    files: request.files,
    root,
    rows: ready.value.rows,
    modelsOf: (prompt) => modelsOf(prompt, options),
    schemas: schemas.ok ? schemas.value : new Map(),
    dataFile: request.given?.dataFile,
  });
  problems.push(...said.problems, ...placed.problems);
  hints.push(...said.hints);
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
      items: placed.candidates,
      serviceKeys: placed.serviceKeys,
      // A plain prompt file is a pipeline of one prompt stage.
      stages: ['generate'],
      ...budgetsOf(prompts, parsedPrompts),
      hints,
      there: placed.there,
      replaced: placed.replaced,
      ...(tables.length > 0 ? { tables } : {}),
      ...(verbalized.length > 0 ? { verbalized: Object.fromEntries(verbalized) } : {}),
      ...(placed.attachedBytes > 0 ? { attachedBytes: placed.attachedBytes } : {}),
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
