import { access, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { success } from '../../base/outcome.ts';
import { isInside } from '../../base/paths.ts';
import { defaultSafetyFactor } from '../../engine/governor/governor.ts';
import { defaultRetryPolicy } from '../../engine/retry.ts';
import { limits, tooLong } from '../../prompts/limits.ts';
import type { Problem } from '../../prompts/promptFile.ts';
import { firstChoice } from '../../candidates/candidateNumbers.ts';
import { isCandidate } from '../../candidates/plannedItem.ts';
import { plannedChanges, type PlannedChanges } from '../../runs/negotiations.ts';
import { existingModes } from '../../runs/plan/candidateNumbering.ts';
import { planCost, type PlanCost } from '../../runs/plan/planCost.ts';
import { planRun, type Plan, type PromptSource } from '../../runs/plan/plan.ts';
import { cacheModes, defaultRunOptions } from '../../runs/runOptions.ts';
import { ServiceDirectory } from '../../runs/serviceDirectory.ts';
import { mayHoldSecret } from '../../services/address.ts';
import { DiskFiles } from '../../storage/diskFiles.ts';
import { hasJournal } from '../../storage/journalFolders.ts';
import { readFileWithin } from '../../storage/ownFiles.ts';
import { realPlace } from '../../storage/pathGate.ts';
import { describeChanges, describePlanCost } from '../../wording/log.ts';
import { defineCommand } from '../command.ts';
import { limitOptions } from '../limitOptions.ts';
import { choice, list, number, onOff, text, under, type GivenOptions } from '../options.ts';
import { useProxyOf } from '../proxy.ts';
import { exitBadInput, exitWritten, jsonReport, printJson, printLine } from '../report.ts';
import { credentialFor, limitsOf, patienceOf, terminalServices } from '../serviceFlags.ts';
import { say, TerminalSession, valueOf } from '../session.ts';
import { Refusal, UsageError } from '../usage.ts';
import { readTerminalSettings, trustOption, type TerminalSettings } from '../terminalSettings.ts';

export const generateOptions = {
  ...under('What to generate:', {
    candidates: number('--candidates <n>', 'candidates of each prompt, instead of what its file says', {
      from: 1,
      to: 1000,
      whole: true,
    }),
    models: list('--model <name,...>', 'models, instead of what the prompt file says'),
    out: text('--out <folder>', 'folder for the candidates, instead of one beside each prompt'),
    cache: choice('--cache <mode>', 'off, on (texts that were made before are not made again) or refresh', cacheModes),
    existing: choice(
      '--existing <mode>',
      'add (default), missing (only what is not there) or replace (what is there goes to the archive beside it)',
      existingModes,
    ),
    dryRun: onOff('--dry-run', 'show the plan and spend nothing'),
  }),
  ...under('Where:', {
    service: text('--service <name>', 'a service of the settings, or "demo" (default), "openai" or "anthropic"'),
  }),
  ...trustOption,
  ...limitOptions,
};

type GenerateOptions = GivenOptions<typeof generateOptions>;

export const generate = defineCommand({
  name: 'generate',
  takes: '<file...>',
  summary: 'generate candidates of prompt files',
  options: generateOptions,
  wrongArguments: () => 'Name at least one prompt file.',
  run: generateFrom,
});

async function generateFrom(files: readonly string[], options: GenerateOptions): Promise<number> {
  const unused = useProxyOf(process.env);
  if (unused !== undefined) say(unused);
  const root = commonRoot(files.map((file) => resolve(file)));
  const out = options.out === undefined ? undefined : await outFolder(options.out, root);
  const settings = await readTerminalSettings(root, options.trust);
  const { services, defaultService } = terminalServices(options, settings);
  if (settings.leftAlone) say(settings.leftAlone.sentence);
  for (const hint of settings.hints) say(hint);
  const directory = new ServiceDirectory(systemClock, Math.random);
  const governor = { safetyFactor: options.safetyFactor ?? defaultSafetyFactor, ...patienceOf(options) };
  try {
    const planned = await planRun({
      sources: await Promise.all(files.map(readSource)),
      root,
      services,
      defaultService,
      serviceKey: (service) => {
        const named = { typed: options.baseUrl, own: settings.own };
        return directory.register(service, credentialFor(service, options, named, process.env), governor);
      },
      files: new DiskFiles(),
      ...(out === undefined ? {} : { out }),
      ...(options.existing === undefined ? {} : { existing: options.existing }),
      ...(options.candidates === undefined ? {} : { count: options.candidates }),
      ...(options.models.length === 0 ? {} : { models: options.models }),
    });
    if (!planned.ok) {
      for (const problem of planned.problems) say(describeProblem(problem));
      return exitBadInput;
    }
    needNothingLeftAlone(planned.value, settings);
    for (const hint of planned.value.hints ?? []) say(describeProblem(hint));
    if (options.dryRun) {
      const cost = planCost(planned.value.items, ({ serviceKey, model }) => directory.prices(serviceKey, model));
      printPlan(planned.value, options, { changes: await knownChanges(planned.value, root, directory), cost });
      return exitWritten;
    }
    const { items, there = 0 } = planned.value;
    if (there > 0) say(describeThere(there));
    if (items.length === 0) return reportNothing(options);
    return await run(planned.value, root, options, settings, directory);
  } finally {
    await directory.dispose();
  }
}

async function run(
  plan: Plan,
  base: string,
  options: GenerateOptions,
  settings: TerminalSettings,
  directory: ServiceDirectory,
): Promise<number> {
  const session = new TerminalSession(directory);
  try {
    const workspace = await session.open(base);
    const started = valueOf(
      await session.runs.start(
        plan,
        {
          retry: {
            attempts: options.attempts ?? defaultRetryPolicy.attempts,
            baseMs: options.retryBaseMs ?? defaultRetryPolicy.baseMs,
          },
          sequential: options.sequential,
          order: 'oldest',
          cache: options.cache ?? settings.cache ?? defaultRunOptions.cache,
          limits: limitsOf(options),
          ...(options.baseUrl === undefined || mayHoldSecret(options.baseUrl) ? {} : { baseUrl: options.baseUrl }),
        },
        workspace,
      ),
    );
    return await session.finish(started, options);
  } finally {
    await session.dispose();
  }
}

/**
 * What names a service by a prefix is no model of another one because nobody trusts the settings that bring the service.
 *
 * @throws Refusal with the sentence that says how the settings are used
 */
function needNothingLeftAlone(plan: Plan, { services, leftAlone }: TerminalSettings): void {
  if (!leftAlone) return;
  const missing = leftAlone.services.filter((name) => services.every((service) => service.name !== name));
  const isNeeded = plan.items.some(({ model }) => missing.some((name) => model.startsWith(`${name}/`)));
  if (isNeeded) throw new Refusal(leftAlone.sentence);
}

/** What earlier runs in this folder have found out of the parameters that the plan asks for. Begins no journal. */
async function knownChanges(plan: Plan, base: string, directory: ServiceDirectory): Promise<PlannedChanges[]> {
  const session = new TerminalSession(directory);
  try {
    const place = await session.folders.placeOnDisk(base);
    if (!place.ok || !(await hasJournal(place.value))) return [];
    const changes = await session.workspaces.visit(place.value, async (journal) =>
      success(await plannedChanges(plan.items, directory, journal)),
    );
    return changes.ok ? changes.value : [];
  } finally {
    await session.dispose();
  }
}

function describeThere(candidates: number): string {
  return candidates === 1
    ? 'One candidate is there and is not made again.'
    : `${candidates} candidates are there and are not made again.`;
}

/** Nothing lacks. */
function reportNothing({ json }: GenerateOptions): number {
  if (json) printJson(jsonReport(undefined, []));
  return exitWritten;
}

interface PlanFacts {
  readonly changes: readonly PlannedChanges[];
  readonly cost: PlanCost;
}

function printPlan(plan: Plan, options: GenerateOptions, { changes, cost }: PlanFacts): void {
  const files = plan.items.filter(isCandidate).map(firstChoice);
  if (options.json) {
    const tokens = plan.items.reduce((sum, candidate) => sum + candidate.reservation, 0);
    printJson({ items: plan.items.length, tokens, mostCost: cost.most ?? null, files, changes });
    return;
  }
  for (const [position, candidate] of plan.items.entries()) {
    const file = relative(process.cwd(), files[position] ?? '');
    printLine(`${file}  ${candidate.service}/${candidate.model}, at most about ${candidate.reservation} tokens`);
  }
  for (const each of changes) printLine(describeChanges(each));
  const costs = describePlanCost(cost);
  if (costs !== undefined) printLine(costs);
}

function describeProblem({ file, line, message }: Problem): string {
  if (file === '') return message;
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`;
}

async function readSource(file: string): Promise<PromptSource> {
  const path = resolve(file);
  // A link that came with the files one works on would send to a service what lies elsewhere.
  const folder = isInside(process.cwd(), path) ? process.cwd() : dirname(path);
  const within = (await repositoryOf(dirname(path), folder)) ?? folder;
  try {
    return { path, text: (await readFileWithin(path, limits.fileBytes, within)).toString('utf8') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new UsageError(`There is no file ${file}.`);
    if (code === 'TOO_LARGE') throw new Refusal(`${file}: ${tooLong()}`);
    if (code === 'NOT_A_FILE' || code === 'OUTSIDE_ROOT') {
      const found = await stat(path).catch(() => undefined);
      if (found?.isDirectory() === true) throw new UsageError(`${file} is a folder: name the prompt files in it.`);
      if (found?.isFile() === true) {
        const real = await realpath(path);
        throw new Refusal(`${file} is or lies behind a link out of ${within} to ${real}: name that if you mean it.`);
      }
      throw new Refusal(`${file} is no file but a pipe, a device or a socket: name a prompt file.`);
    }
    if (code === 'EACCES') throw new UsageError(`You have no permission to read ${file}.`);
    throw new Refusal(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/**
 * What `--out` really is: from here on, nobody can change where it leads.
 *
 * @throws Refusal when a link that came with the files one works on leads out of them
 */
async function outFolder(typed: string, root: string): Promise<string> {
  const out = resolve(typed);
  // What cannot be resolved, the plan tells.
  const place = await realPlace(out).catch(() => undefined);
  if (!place) return out;
  for (const base of [root, (await repositoryOf(process.cwd())) ?? process.cwd()]) {
    if (isInside(base, out) && !isInside(await realpath(base), place.path)) {
      throw new Refusal(
        `--out ${typed} leads through a link of this folder to ${place.path}: name that itself if you mean it.`,
      );
    }
  }
  return place.path;
}

/** The nearest repository that a folder belongs to, at most as far up as `top`. */
async function repositoryOf(start: string, top?: string): Promise<string | undefined> {
  for (let folder = start; ; folder = dirname(folder)) {
    try {
      await access(join(folder, '.git'));
      return folder;
    } catch {
      if (folder === top || dirname(folder) === folder) return undefined;
    }
  }
}

/** The folder one works in if it holds every file, else the nearest folder that does. */
function commonRoot(files: readonly string[]): string {
  const holdsAll = (folder: string): boolean => files.every((file) => isInside(folder, file));
  let folder = process.cwd();
  if (holdsAll(folder)) return folder;
  for (folder = dirname(files[0] ?? folder); !holdsAll(folder) && dirname(folder) !== folder;) folder = dirname(folder);
  return folder;
}
