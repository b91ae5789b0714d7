import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { isInside } from '../../base/paths.ts';
import { defaultSafetyFactor } from '../../engine/governor/defaults.ts';
import { defaultRetryPolicy } from '../../engine/retry.ts';
import { placedMessage } from '../../base/problem.ts';
import { existingModes, type NumberingMode } from '../../runs/plan/existingModes.ts';
import { planRun, type Plan, type PromptSource } from '../../runs/plan/plan.ts';
import { unpricedProblem } from '../../runs/plan/unpriced.ts';
import { cacheModes, defaultRunOptions, optionsOf, type RunOptions } from '../../runs/runOptions.ts';
import { ServiceDirectory } from '../../runs/serviceDirectory.ts';
import { mayHoldSecret } from '../../services/address.ts';
import { DiskFiles } from '../../storage/diskFiles.ts';
import { realPlace } from '../../storage/pathGate.ts';
import { describeThere } from '../../wording/estimates.ts';
import { defineCommand } from '../command.ts';
import { commonRoot } from '../commonRoot.ts';
import { limitOptions, type LimitOptions } from '../limitOptions.ts';
import { choice, list, number, onOff, text, under, type GivenOptions } from '../options.ts';
import { formatNames } from '../../prompts/formats/formatNames.ts';
import { givenInputs, inputOptions } from '../inputOptions.ts';
import { printProblems, showPlan } from '../planReport.ts';
import { promptSources, repositoryOf } from '../promptSources.ts';
import { useProxyOf } from '../proxy.ts';
import { exitBadInput, exitWritten, jsonReport, printJson } from '../report.ts';
import { budgetsOf, credentialFor, limitsOf, patienceOf, terminalServices } from '../serviceFlags.ts';
import { say, TerminalSession, valueOf } from '../session.ts';
import { Refusal } from '../usage.ts';
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
    format: choice(
      '--format <name>',
      `how to read the files: ${formatNames.join(', ')} (default: by their names)`,
      formatNames,
    ),
    dryRun: onOff('--dry-run', 'show the plan and spend nothing'),
  }),
  ...inputOptions,
  ...under('Where:', {
    service: text('--service <name>', 'a service of the settings, or "demo" (default), "openai" or "anthropic"'),
  }),
  ...trustOption,
  ...limitOptions,
};

export type GenerateOptions = GivenOptions<typeof generateOptions>;

export const generate = defineCommand({
  name: 'generate',
  takes: '<file...>',
  summary: 'generate candidates of prompt files',
  options: generateOptions,
  wrongArguments: () => 'Name at least one prompt file, a folder, a pattern, or - for standard input.',
  run: async (files, options) => {
    const unused = useProxyOf(process.env);
    if (unused !== undefined) say(unused);
    try {
      return await generateFrom(await promptSources(files, options.format), options);
    } catch (error) {
      // Whoever asks for a plan as JSON gets one, whatever is wrong.
      if (error instanceof Refusal && options.dryRun && options.json) printProblems([error]);
      throw error;
    }
  },
});

/** @param existing in place of what the options say */
export async function generateFrom(
  sources: readonly PromptSource[],
  options: GenerateOptions,
  existing: NumberingMode | undefined = options.existing,
): Promise<number> {
  const root = commonRoot(sources.map(({ path }) => path));
  const given = await givenInputs(options);
  const out = options.out === undefined ? undefined : await outFolder(options.out, root);
  const settings = await readTerminalSettings(root, options.trust);
  const { services, defaultService } = terminalServices(options, settings);
  if (settings.leftAlone) say(settings.leftAlone.sentence);
  for (const hint of settings.hints) say(hint);
  const directory = new ServiceDirectory(systemClock, Math.random);
  const governor = { safetyFactor: options.safetyFactor ?? defaultSafetyFactor, ...patienceOf(options) };
  try {
    const planned = await planRun({
      sources,
      root,
      services,
      defaultService,
      serviceKey: (service) => {
        const named = { typed: options.baseUrl, own: settings.own };
        return directory.register(service, credentialFor(service, options, named, process.env), governor);
      },
      files: new DiskFiles(),
      given,
      ...(out === undefined ? {} : { out }),
      ...(existing === undefined ? {} : { existing }),
      ...(options.candidates === undefined ? {} : { count: options.candidates }),
      ...(options.models.length === 0 ? {} : { models: options.models }),
    });
    if (!planned.ok) {
      if (options.dryRun && options.json) printProblems(planned.problems);
      for (const problem of planned.problems) say(placedMessage(problem));
      return exitBadInput;
    }
    needNothingLeftAlone(planned.value, settings);
    for (const hint of planned.value.hints ?? []) say(placedMessage(hint));
    if (options.dryRun) {
      const bounded = optionsOf(planned.value, runOptionsOf(options, settings));
      const unpriced = unpricedProblem(planned.value, bounded, directory);
      if (unpriced !== undefined) throw new Refusal(unpriced, planned.value.items[0]?.prompt.path);
      const cache = options.cache ?? settings.cache ?? defaultRunOptions.cache;
      await showPlan(planned.value, {
        base: root,
        directory,
        cache,
        sequential: options.sequential,
        json: options.json,
      });
      return exitWritten;
    }
    const { items, there = 0 } = planned.value;
    // Whoever watches hears of what is made.
    if (there > 0 && existing !== 'changed') say(describeThere(there));
    if (items.length === 0) return existing === 'changed' ? exitWritten : reportNothing(options);
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
    // What the first calls need is loaded on this thread while the journal's own one starts.
    const workspace = await session.open(base, () => void directory.prepare(plan.serviceKeys));
    if (options.json) session.progress.usePlainLines();
    const started = valueOf(await session.runs.start(plan, runOptionsOf(options, settings), workspace));
    return await session.finish(started, options);
  } finally {
    await session.dispose();
  }
}

/** How a run goes about its items. */
export function runOptionsOf(
  options: LimitOptions & Pick<GenerateOptions, 'cache'>,
  settings: Pick<TerminalSettings, 'cache' | 'dailyBudget'>,
): RunOptions {
  return {
    retry: {
      attempts: options.attempts ?? defaultRetryPolicy.attempts,
      baseMs: options.retryBaseMs ?? defaultRetryPolicy.baseMs,
    },
    sequential: options.sequential,
    order: 'oldest',
    cache: options.cache ?? settings.cache ?? defaultRunOptions.cache,
    limits: limitsOf(options),
    ...budgetsOf(options, settings),
    ...(options.baseUrl === undefined || mayHoldSecret(options.baseUrl) ? {} : { baseUrl: options.baseUrl }),
  };
}

/**
 * What names a service by a prefix is no model of another one because nobody trusts the settings that bring the service.
 *
 * @throws Refusal with the sentence that says how the settings are used
 */
export function needNothingLeftAlone(plan: Plan, { services, leftAlone }: TerminalSettings): void {
  if (!leftAlone) return;
  const missing = leftAlone.services.filter((name) => services.every((service) => service.name !== name));
  const isNeeded = plan.items.some(({ model }) => missing.some((name) => model.startsWith(`${name}/`)));
  if (isNeeded) throw new Refusal(leftAlone.sentence);
}

/** Nothing lacks. */
function reportNothing({ json }: GenerateOptions): number {
  if (json) printJson(jsonReport(undefined, []));
  return exitWritten;
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
