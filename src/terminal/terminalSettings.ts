import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { isInside } from '../base/paths.ts';
import { visible } from '../base/visible.ts';
import type { Budget } from '../model/budget.ts';
import type { ServiceSettings } from '../model/serviceSettings.ts';
import { budgetExpected, budgetSchema } from '../runs/budgetSchema.ts';
import { cacheModes, type CacheMode } from '../runs/runOptions.ts';
import { builtInServices } from '../services/kinds.ts';
import { readServices, type ServiceConfiguration, type SettingsOrigin } from '../services/serviceConfiguration.ts';
import { onOff, under } from './options.ts';
import { ownFolders } from './ownFolders.ts';
import { askWhether, canAsk, type Conversation } from './question.ts';
import { readSettingsFile, type FileSettings } from './settingsFile.ts';
import { trustStore } from './trustStore.ts';
import { UsageError } from './usage.ts';

/** Of what a question shows, in characters. */
const longestLine = 2000;

export const trustOption = under('Where:', {
  trust: onOff('--trust', "use the settings of the folder's .vscode/settings.json"),
});

/** Settings of a folder that nobody said to trust: they hold for nothing. */
export interface SettingsLeftAlone {
  /** Names of the services that they bring. */
  readonly services: readonly string[];
  /** Says that, and how they are used. */
  readonly sentence: string;
}

/** The settings that hold for a call of the program: the folder's, where they are trusted, then the person's own. */
export interface TerminalSettings extends ServiceConfiguration {
  /** Services that the person's own settings bring: no folder has named their addresses. */
  readonly own: readonly ServiceSettings[];
  readonly defaultService: string | undefined;
  readonly cache: CacheMode | undefined;
  /** Only the person's own: a folder does not decide what may be spent. */
  readonly dailyBudget: Budget | undefined;
  readonly leftAlone: SettingsLeftAlone | undefined;
}

/**
 * Reads the person's own settings and, if the person says so, those of a folder. A folder's settings decide which
 * addresses get prompts, so that somebody has to trust them, each content once: with a flag, or with the answer to a
 * question, which is remembered.
 *
 * @param isTrusted what the flag says
 * @throws UsageError for a file that is not valid JSON
 */
export async function readTerminalSettings(
  folder: string,
  isTrusted: boolean,
  conversation: Conversation = { input: process.stdin, output: process.stderr },
): Promise<TerminalSettings> {
  const folders = await ownFolders();
  const own = folders.config === undefined ? {} : await readSettingsFile(join(folders.config, 'settings.json'));
  const theirs = await folderSettings(folder);
  if (theirs === undefined || isTrusted || (await isTrustedByPerson(theirs, folders.state, conversation))) {
    return combined(own, theirs?.settings ?? {}, undefined);
  }
  return combined(
    own,
    {},
    {
      services: servicesIn(theirs.settings, 'folder').services.map(({ name }) => name),
      sentence:
        `The settings in ${theirs.path} were left alone, ` +
        'because a folder does not decide which services are called: give --trust to use them.',
    },
  );
}

interface SettingsOfFolder {
  /** Absolute and real, as is the path. */
  readonly folder: string;
  readonly path: string;
  readonly settings: FileSettings;
}

/** Undefined where a folder brings none: what lies elsewhere is not the folder's. */
async function folderSettings(named: string): Promise<SettingsOfFolder | undefined> {
  let folder: string;
  let path: string;
  try {
    folder = await realpath(named);
    path = await realpath(join(folder, '.vscode', 'settings.json'));
  } catch {
    return undefined;
  }
  if (!isInside(folder, path)) return undefined;
  const settings = await readSettingsFile(path);
  return Object.keys(settings).length === 0 ? undefined : { folder, path, settings };
}

async function isTrustedByPerson(
  { folder, path, settings }: SettingsOfFolder,
  stateFolder: string | undefined,
  conversation: Conversation,
): Promise<boolean> {
  const hash = createHash('sha256').update(JSON.stringify(settings)).digest('hex');
  const store = stateFolder === undefined ? undefined : trustStore(stateFolder);
  if ((await store?.isTrusted(folder, hash)) === true) return true;
  if (!canAsk(conversation)) return false;
  const { output } = conversation;
  output.write(`${visible(path)} says:\n${described(settings)}`);
  if (!(await askWhether('Use these settings of the folder, now and until they change?', conversation))) return false;
  if ((await store?.trust(folder, hash)) !== true) output.write('That cannot be remembered here.\n');
  return true;
}

/** A line for each setting. */
function described(settings: FileSettings): string {
  const lines = Object.entries(settings).map(([name, value]) => {
    const text = `${name}: ${JSON.stringify(value)}`;
    const rest = text.length - longestLine;
    const shown = rest > 0 ? `${text.slice(0, longestLine)}… (${rest} more characters)` : text;
    return visible(shown);
  });
  return lines.map((line) => `  ${line}\n`).join('');
}

function combined(own: FileSettings, theirs: FileSettings, leftAlone: SettingsLeftAlone | undefined): TerminalSettings {
  const [ownServices, theirServices] = [servicesIn(own, 'person'), servicesIn(theirs, 'folder')];
  const services = [...builtInServices, ...ownServices.services, ...theirServices.services];
  const settings = { ...own, ...theirs };
  const { 'parallelCandidates.defaultService': defaultService, 'parallelCandidates.cache': cache } = settings;
  return {
    services: [...new Map(services.map((service) => [service.name, service])).values()],
    problems: [...theirServices.problems, ...ownServices.problems],
    hints: theirServices.hints,
    own: ownServices.services,
    defaultService: typeof defaultService === 'string' ? defaultService : undefined,
    cache: cacheModes.find((mode) => mode === cache),
    dailyBudget: dailyBudgetIn(own),
    leftAlone,
  };
}

/** @throws UsageError for one that is none: nothing is spent because somebody has mistyped it */
function dailyBudgetIn({ 'parallelCandidates.dailyBudget': budget }: FileSettings): Budget | undefined {
  if (budget === undefined) return undefined;
  const parsed = v.safeParse(budgetSchema, budget);
  if (parsed.success) return parsed.output;
  throw new UsageError(`The setting "parallelCandidates.dailyBudget" must be ${budgetExpected}.`);
}

/** Without the built-in ones. */
function servicesIn(settings: FileSettings, origin: SettingsOrigin): ServiceConfiguration {
  const { services, ...told } = readServices(settings['parallelCandidates.services'], origin);
  return { services: services.filter((service) => !builtInServices.includes(service)), ...told };
}
