import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import { defaultPatienceMs, defaultSafetyFactor } from '../engine/governor/defaults.ts';
import type { Budget } from '../model/budget.ts';
import { budgetExpected, budgetSchema } from '../runs/budgetSchema.ts';
import { promptFilePattern } from '../prompts/formats/formatNames.ts';
import { existingModes, type ExistingMode } from '../runs/plan/existingModes.ts';
import { cacheModes, defaultRunOptions, type RunOptions } from '../runs/runOptions.ts';
import { defaultServiceName } from '../services/kinds.ts';
import { readServices, type ServiceConfiguration, type SettingsOrigin } from '../services/serviceConfiguration.ts';
import type { CacheLimits } from '../storage/journal/records.ts';
import { defaultCacheLimits } from '../storage/journal/settings.ts';

export const settingsSection = 'parallelCandidates';

const minuteMs = 60_000;
const dayMs = 24 * 60 * 60 * 1000;
const megabyte = 1_000_000;
/** Of a value that a sentence quotes: a person knows it again, and it fits into a notification. */
const longestQuote = 40;

/** What a setting must be. package.json tells the person the same and checks nothing for us. */
interface Setting<Value> {
  readonly schema: v.GenericSchema<unknown, Value>;
  /** Ends the sentence `The setting "…" must be …`. */
  readonly expected: string;
  readonly default: Value;
}

const text = v.pipe(v.string(), v.nonEmpty());
const number = v.pipe(v.number(), v.finite());
const notNegative: Pick<Setting<number>, 'schema' | 'expected'> = {
  schema: v.pipe(number, v.minValue(0)),
  expected: 'a number of at least 0',
};

/** What runs without a question, up to these. */
export interface ConfirmAbove {
  readonly items: number;
  /** In the currency of the prices. */
  readonly cost: number;
}

/** Every setting of package.json by its name after the section, but for the services: `readServices` has those. */
const settings = {
  promptFiles: setting({ schema: text, expected: 'a glob pattern such as "**/*.prompt.md"' }, promptFilePattern),
  defaultService: setting({ schema: text, expected: 'the name of a service' }, defaultServiceName),
  mode: choice(['parallel', 'sequential'], 'parallel'),
  safetyFactor: setting(
    { schema: v.pipe(number, v.gtValue(0), v.maxValue(1)), expected: 'a number above 0 up to 1' },
    defaultSafetyFactor,
  ),
  'retry.attempts': setting(
    { schema: v.pipe(number, v.integer(), v.minValue(1), v.maxValue(100)), expected: 'a whole number from 1 to 100' },
    defaultRunOptions.retry.attempts,
  ),
  'retry.baseSeconds': setting(notNegative, defaultRunOptions.retry.baseMs / 1000),
  patience: setting(notNegative, defaultPatienceMs / minuteMs),
  order: choice(['oldest', 'newest'], defaultRunOptions.order),
  existing: choice(existingModes, 'add'),
  fallback: yesOrNo(true),
  revealQueue: yesOrNo(true),
  openBoard: choice(['never', 'beside'], 'never'),
  followEditor: yesOrNo(true),
  cache: choice(cacheModes, defaultRunOptions.cache),
  'confirmAbove.items': setting(notNegative, 200),
  'confirmAbove.cost': setting(notNegative, 2),
  dailyBudget: setting<Budget>({ schema: budgetSchema, expected: budgetExpected }, {}),
  'cacheLimits.megabytes': setting(notNegative, defaultCacheLimits.mostCharacters / megabyte),
  'cacheLimits.days': setting(notNegative, defaultCacheLimits.maxAgeMs / dayMs),
  stateFolder: setting(
    {
      schema: v.pipe(
        v.string(),
        v.check((path) => path === '' || isAbsolute(path)),
      ),
      expected: 'the absolute path of a folder',
    },
    '',
  ),
} as const;

type SettingName = keyof typeof settings;
type ValueOf<Name extends SettingName> = (typeof settings)[Name] extends Setting<infer Value> ? Value : never;

/** The settings as they hold for a resource, with one sentence for each that is not what it must be. */
export interface Settings extends Omit<ServiceConfiguration, 'hints'> {
  readonly defaultService: string;
  readonly safetyFactor: number;
  readonly patienceMs: number;
  readonly run: RunOptions;
  /** What becomes of candidates that are there. */
  readonly existing: ExistingMode;
  readonly fallback: boolean;
  readonly revealQueue: boolean;
  /** Whether the board opens with a run of one prompt file. */
  readonly openBoard: 'never' | 'beside';
  readonly confirmAbove: ConfirmAbove;
  /** How much the cache of a folder keeps, and how long. */
  readonly cacheLimits: CacheLimits;
}

/** Gives the value that a person wrote, or undefined. */
export type RawSettings = (name: string) => unknown;

/**
 * A setting that is not what it must be counts as its default, and services that are not are left out.
 *
 * @param servicesOf whose setting the services are
 */
export function parseSettings(raw: RawSettings, servicesOf: SettingsOrigin = 'person'): Settings {
  const problems: string[] = [];
  const read = <Name extends SettingName>(name: Name): ValueOf<Name> => {
    const { value, problem } = parseSetting(name, raw(name));
    if (problem !== undefined) problems.push(problem);
    return value;
  };
  const { services, problems: serviceProblems, hints } = readServices(raw('services'), servicesOf);
  // Read for their problems only: the others are asked for where they are needed.
  read('promptFiles');
  read('stateFolder');
  read('followEditor');
  return {
    services,
    defaultService: read('defaultService'),
    safetyFactor: read('safetyFactor'),
    patienceMs: read('patience') * minuteMs,
    run: {
      sequential: read('mode') === 'sequential',
      retry: { attempts: read('retry.attempts'), baseMs: read('retry.baseSeconds') * 1000 },
      order: read('order'),
      cache: read('cache'),
      dailyBudget: read('dailyBudget'),
    },
    existing: read('existing'),
    fallback: read('fallback'),
    revealQueue: read('revealQueue'),
    openBoard: read('openBoard'),
    confirmAbove: { items: read('confirmAbove.items'), cost: read('confirmAbove.cost') },
    cacheLimits: {
      mostCharacters: read('cacheLimits.megabytes') * megabyte,
      maxAgeMs: read('cacheLimits.days') * dayMs,
    },
    problems: [...serviceProblems, ...hints, ...problems],
  };
}

/** @param raw undefined where the person wrote nothing */
export function parseSetting<Name extends SettingName>(
  name: Name,
  raw: unknown,
): { readonly value: ValueOf<Name>; readonly problem?: string } {
  // What a union of settings loses: which value goes with this name.
  const { schema, expected, default: value } = settings[name] as unknown as Setting<ValueOf<Name>>;
  if (raw === undefined) return { value };
  const parsed = v.safeParse(schema, raw);
  if (parsed.success) return { value: parsed.output };
  const wrong = `The setting "${settingsSection}.${name}" must be ${expected}, not ${quote(raw)}`;
  return { value, problem: `${wrong}: ${JSON.stringify(value)} is used meanwhile.` };
}

function setting<Value>(what: Pick<Setting<Value>, 'schema' | 'expected'>, value: Value): Setting<Value> {
  return { ...what, default: value };
}

function choice<const Value extends string>(values: readonly Value[], value: NoInfer<Value>): Setting<Value> {
  return setting(
    { schema: v.picklist(values), expected: values.map((each) => JSON.stringify(each)).join(' or ') },
    value,
  );
}

function yesOrNo(value: boolean): Setting<boolean> {
  return setting({ schema: v.boolean(), expected: 'true or false' }, value);
}

/** Foreign text for a notification, which would make a link of `[…](…)`. */
function quote(value: unknown): string {
  const whole = JSON.stringify(value).replaceAll('](', '] (');
  // Not half of a character that takes two places.
  return whole.length > longestQuote ? `${whole.slice(0, longestQuote).replace(/[\uD800-\uDBFF]$/, '')}…` : whole;
}
