import { dirname, join, relative, sep } from 'node:path';
import type { Priority } from '../engine/item.ts';
import { defaultPriority } from '../engine/item.ts';
import type { ServiceKey } from '../engine/engine.ts';
import type { PlannedItem } from '../prompts/items.ts';
import { planItems } from '../prompts/items.ts';
import { candidateFolder, candidateNumber, candidatePath, candidateSeries } from '../prompts/outputPattern.ts';
import { parsePromptFile } from '../prompts/parse.ts';
import type { Problem, PromptFile, Result } from '../prompts/promptFile.ts';
import type { ServiceSettings } from '../services/serviceSettings.ts';
import { tokenReservation } from '../services/tokens.ts';
import { fileNames } from '../storage/candidateWriter.ts';
import { chooseModel } from './modelChoice.ts';
import { outputFolderProblem } from './outputFolder.ts';

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
  /** Absolute folder for the candidates, in place of one beside each prompt file; it is its own root. */
  readonly out?: string;
  /** Instead of what the prompt files say. */
  readonly count?: number;
  readonly models?: readonly string[];
}

export interface PlannedCandidate extends PlannedItem {
  /** As its service names it. */
  readonly model: string;
  readonly serviceKey: ServiceKey;
  readonly service: string;
  /** Number in its file name; candidates of earlier runs come first. */
  readonly number: number;
  readonly priority: Priority;
  /** Tokens that one attempt may cost. */
  readonly reservation: number;
  /** Candidates with the same messages and model, this one included. */
  readonly siblings: number;
  /** Absolute paths in order of preference, endless. */
  readonly paths: () => Iterable<string>;
}

export interface Plan {
  /** What a person would call it: the prompt's name, or "3 prompts". */
  readonly label: string;
  readonly candidates: readonly PlannedCandidate[];
  readonly serviceKeys: readonly ServiceKey[];
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
  const { root, out, services } = request;
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

  const folderOf = (prompt: PromptFile): string => out ?? dirname(join(root, prompt.path));
  const series = new Map<string, { last: number }>();
  const candidates: PlannedCandidate[] = [];
  const checkedFolders = new Set<string>();
  for (const item of planned.value) {
    const { prompt, place } = item;
    const folder = folderOf(prompt);
    const seriesName = join(folder, relativePath(prompt, candidateSeries(prompt, place), out));
    let numbers = series.get(seriesName);
    if (!numbers) {
      const target = dirname(join(folder, relativePath(prompt, candidatePath(prompt, place, 1), out)));
      if (!checkedFolders.has(target)) {
        checkedFolders.add(target);
        const problem = await outputFolderProblem(target, out ?? root);
        if (problem !== undefined) {
          problems.push({ file: prompt.path, message: `The folder for its candidates, ${target}, ${problem}.` });
        }
      }
      const taken = problems.length > 0 ? 0 : await lastNumber(item, folder, out);
      numbers = { last: taken };
      series.set(seriesName, numbers);
    }
    const seriesNumbers = numbers;
    const number = ++seriesNumbers.last;
    const choice = chooseModel(item.model, services, service);
    candidates.push({
      ...item,
      model: choice.model,
      service: choice.service.name,
      serviceKey: request.serviceKey(choice.service),
      number,
      reservation: tokenReservation(item),
      siblings: request.count ?? prompt.count,
      paths: function* () {
        const at = (n: number): string => join(folder, relativePath(prompt, candidatePath(prompt, place, n), out));
        yield at(number);
        // Somebody else took the name meanwhile: continue after the numbers that this run has given out.
        for (let next = seriesNumbers.last + 1; ; next++) yield at(next);
      },
    });
  }
  if (problems.length > 0) return { ok: false, problems };
  const [only] = prompts;
  return {
    ok: true,
    value: {
      label: prompts.length === 1 && only ? only.name : `${prompts.length} prompts`,
      candidates,
      serviceKeys: [...new Set(candidates.map((candidate) => candidate.serviceKey))],
    },
  };
}

/** The highest number in use, 0 if none is. */
async function lastNumber({ prompt, place }: PlannedItem, folder: string, out: string | undefined): Promise<number> {
  const within = candidateFolder(prompt, place);
  const names = await fileNames(join(folder, relativePath(prompt, `${within}/`, out)));
  let last = 0;
  for (const name of names) last = Math.max(last, candidateNumber(prompt, place, `${within}/${name}`) ?? 0);
  return last;
}
