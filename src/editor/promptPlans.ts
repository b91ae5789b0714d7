import { relative, sep } from 'node:path';
import * as vscode from 'vscode';
import type { ServiceSettings } from '../model/serviceSettings.ts';
import { formatOf } from '../prompts/formats/formatNames.ts';
import type { Problem, Result } from '../prompts/promptFile.ts';
import type { NumberingMode } from '../runs/plan/existingModes.ts';
import type { PlanEstimate } from '../runs/plan/estimatePlan.ts';
import type { Plan, PromptSource } from '../runs/plan/plan.ts';
import type { GivenInputs, PromptSurroundings } from '../runs/plan/promptInputs.ts';
import type { RowCount } from '../runs/plan/rowCount.ts';
import type { ServiceDirectory } from '../runs/serviceDirectory.ts';
import type { TokenCounter } from '../services/tokenCounter.ts';
import type { FileStore } from '../storage/fileStore.ts';
import { lacksKey, type EditorServices } from './editorServices.ts';
import { folderOf, type Folders } from './files/folders.ts';
import { readProblem } from './files/promptFiles.ts';
import { WorkspaceData } from './files/workspaceData.ts';
import { pathOf } from './files/workspaceFiles.ts';
import type { Settings } from './settingsSchema.ts';

export interface PlanQuestion {
  /** Never empty; all in one file system. */
  readonly files: readonly vscode.Uri[];
  readonly settings: Settings;
  readonly existing: NumberingMode;
  readonly given: GivenInputs;
  /** Candidates, instead of what the prompt files say. */
  readonly count?: number;
  /** Instead of what the prompt files say. */
  readonly models?: readonly string[];
}

export type PlanAnswer =
  | {
      readonly kind: 'planned';
      readonly plan: Plan;
      /** A service of the plan that needs a key and has none. */
      readonly locked?: ServiceSettings;
    }
  /** None where the person did not answer. */
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/** Plans of prompt files of the workspace, with the keys of the editor. Nothing is spent. */
export class PromptPlans {
  readonly #services: EditorServices;
  readonly #folders: Folders;
  readonly #counter: TokenCounter;

  constructor(services: EditorServices, folders: Folders, counter: TokenCounter) {
    this.#services = services;
    this.#folders = folders;
    this.#counter = counter;
  }

  services(): Promise<ServiceDirectory> {
    return this.#services.directory();
  }

  /** What the person sees is what runs: unsaved changes are saved first. */
  async plan({ files, settings, ...question }: PlanQuestion): Promise<PlanAnswer> {
    const [first] = files;
    if (!first) return { kind: 'refused', problems: [] };
    const folder = folderOf(first);
    const refused = (await Promise.all(files.map((file) => readRefusal(file, folder)))).flat();
    if (refused.length > 0) return { kind: 'refused', problems: refused };
    const sources = await Promise.all(files.map(readSource));
    return this.#planOf(sources, folder, settings, { ...question, files: this.#folders.filesOf(folder) });
  }

  /** A plan of a text that is being written, which nobody runs: no folder is looked into for candidates. */
  async planAhead(
    document: vscode.TextDocument,
    settings: Settings,
    given: GivenInputs,
    readRows: NonNullable<PromptSurroundings['readRows']>,
  ): Promise<PlanAnswer> {
    const folder = folderOf(document.uri);
    if ((await readProblem(document.uri)) !== undefined) return { kind: 'refused', problems: [] };
    const files = withoutCandidates(this.#folders.filesOf(folder));
    return this.#planOf([sourceOf(document)], folder, settings, { existing: 'add', given, files, readRows });
  }

  /** How many rows a text that is being written has, up to a bound. */
  async countRows(
    document: vscode.TextDocument,
    most: number,
    readRows: NonNullable<PromptSurroundings['readRows']>,
  ): Promise<Result<RowCount>> {
    if ((await readProblem(document.uri)) !== undefined) return { ok: false, problems: [] };
    const { countRows } = await import('./promptWork.ts');
    return countRows(sourceOf(document), { ...this.surroundings(folderOf(document.uri)), readRows }, most);
  }

  /** Begins no journal. */
  async estimate(plan: Plan, settings: Settings, folder: vscode.Uri): Promise<PlanEstimate> {
    const { estimatePlan } = await import('./promptWork.ts');
    const workspace = await this.#folders.openIfJournalled(folder);
    const tools = { services: await this.#services.directory(), counter: this.#counter, workspace };
    return estimatePlan(plan, settings.run, tools);
  }

  /** Where the files lie that prompt files of a folder refer to. */
  surroundings(folder: vscode.Uri): PromptSurroundings {
    return { files: this.#folders.filesOf(folder), root: pathOf(folder), ...dataOf(folder) };
  }

  async #planOf(
    sources: readonly PromptSource[],
    folder: vscode.Uri,
    settings: Settings,
    options: {
      readonly existing: NumberingMode;
      readonly given: GivenInputs;
      readonly files: FileStore;
      readonly readRows?: PromptSurroundings['readRows'];
    } & Pick<PlanQuestion, 'count' | 'models'>,
  ): Promise<PlanAnswer> {
    const { existing, given, files, readRows, count, models } = options;
    const [apiKeys, directory] = await Promise.all([
      this.#services.keysOf(settings.services),
      this.#services.directory(),
    ]);
    const used = new Map<string, ServiceSettings>();
    const { planRun } = await import('./promptWork.ts');
    const planned = await planRun({
      sources,
      root: pathOf(folder),
      services: settings.services,
      defaultService: settings.defaultService,
      serviceKey: (service) => {
        const key = directory.register(service, apiKeys.get(service), settings);
        used.set(key, service);
        return key;
      },
      files,
      existing,
      given,
      ...dataOf(folder),
      ...(readRows ? { readRows } : {}),
      ...(count === undefined ? {} : { count }),
      ...(models === undefined ? {} : { models }),
    });
    if (!planned.ok) return { kind: 'refused', problems: planned.problems };
    const locked = [...used.values()].find((service) => lacksKey(service, apiKeys.get(service)));
    return { kind: 'planned', plan: planned.value, ...(locked ? { locked } : {}) };
  }
}

function dataOf(folder: vscode.Uri): Pick<PromptSurroundings, 'dataIn'> {
  return folder.scheme === 'file' ? {} : { dataIn: (path) => new WorkspaceData(folder, path) };
}

function withoutCandidates(files: FileStore): FileStore {
  return {
    names: () => Promise.resolve([]),
    folderProblem: () => Promise.resolve(undefined),
    read: (path, mostBytes) => files.read(path, mostBytes),
    readWithin: (path, mostBytes, within) => files.readWithin(path, mostBytes, within),
    create: (path, text, root) => files.create(path, text, root),
    replace: (path, content, root) => files.replace(path, content, root),
    update: (path, root, mostBytes, change) => files.update(path, root, mostBytes, change),
    move: (from, to, root) => files.move(from, to, root),
  };
}

/** None or one. */
async function readRefusal(file: vscode.Uri, folder: vscode.Uri): Promise<Problem[]> {
  const message = await readProblem(file);
  if (message === undefined) return [];
  return [{ file: relative(pathOf(folder), pathOf(file)).split(sep).join('/'), message }];
}

async function readSource(uri: vscode.Uri): Promise<PromptSource> {
  const document = await vscode.workspace.openTextDocument(uri);
  if (document.isDirty) await document.save();
  return sourceOf(document);
}

/** A text as it is in the editor. What only the person's own pattern finds is read as their prompt files are. */
export function sourceOf(document: vscode.TextDocument): PromptSource {
  const path = pathOf(document.uri);
  return { path, text: document.getText(), format: formatOf(path) ?? 'prompt' };
}
