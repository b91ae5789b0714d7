import type { ServiceSettings } from '../model/serviceSettings.ts';
import type { CallAdditions } from '../services/callAdditions.ts';
import { Credential } from '../services/credential.ts';
import { builtInServices, defaultServiceName, kindOf, serviceAt } from '../services/kinds.ts';
import type { LimitOverrides, RunOptions } from '../runs/runOptions.ts';
import { presetAt, resourcePlaceholder } from '../services/presets.ts';
import type { LimitOptions } from './limitOptions.ts';
import type { TerminalSettings } from './terminalSettings.ts';
import { personalOf } from '../services/serviceKind.ts';
import { Refusal, UsageError } from './usage.ts';

export interface TerminalServices {
  readonly services: readonly ServiceSettings[];
  readonly defaultService: string;
}

/** The options that say which service answers. */
export interface ServiceOptions extends Partial<Omit<LimitOptions, 'nameOf' | 'baseUrl'>> {
  readonly service: string | undefined;
  readonly baseUrl: string | undefined;
  readonly models: readonly string[];
  readonly nameOf: (option: 'service' | 'baseUrl' | keyof CallAdditions) => string;
}

const unnamed = 'openai-compatible';

/**
 * The services that the flags and the settings name, with the flags' limits on the chosen one.
 *
 * @throws Refusal for a service that only settings bring which nobody trusts
 */
export function terminalServices(options: ServiceOptions, settings: TerminalSettings): TerminalServices {
  const { services, problems, leftAlone } = settings;
  if (options.service !== undefined && problems[0] !== undefined) throw new UsageError(problems[0]);
  const name = options.service ?? settings.defaultService ?? defaultServiceName;
  const variable = options.nameOf('service');
  const named = `service "${name}"${options.service === undefined || variable.startsWith('--') ? '' : ` of ${variable}`}`;
  let chosen: ServiceSettings | undefined;
  if (options.baseUrl !== undefined && options.service === undefined) {
    chosen = serviceAt(options.baseUrl, unnamed);
  } else {
    chosen = services.find((service) => service.name === name);
    if (!chosen) {
      if (leftAlone?.services.includes(name) === true) throw new Refusal(leftAlone.sentence);
      if (problems[0] !== undefined) throw new UsageError(problems[0]);
      const names = services.map((service) => `"${service.name}"`).join(', ');
      throw new UsageError(`There is no ${named}: choose one of ${names}, or give --base-url.`);
    }
    if (options.baseUrl !== undefined) {
      chosen = kindOf(chosen).withAddress?.(chosen, options.baseUrl);
      if (!chosen) throw new UsageError(`${options.nameOf('baseUrl')} does not go with the ${named}.`);
    }
  }
  chosen = withAdditions(chosen, options, { typed: options.baseUrl, own: settings.own });
  const { safetyFactor: _safetyFactor, ...serviceLimits } = limitsOf(options);
  const others = options.baseUrl === undefined ? services.filter((service) => service.name !== chosen.name) : [];
  const prefixes = others.map((service) => `${service.name}/`);
  const own = options.models.filter((model) => !prefixes.some((prefix) => model.startsWith(prefix)));
  const limited: ServiceSettings = {
    ...chosen,
    ...(own.length === 0 ? {} : { models: [...new Set([...own, ...chosen.models])] }),
    ...serviceLimits,
  };
  return {
    // Whoever types an address means that one, whatever a model's name begins with.
    services: [limited, ...others],
    defaultService: limited.name,
  };
}

/** How long to wait for a service, for its governor. */
export function patienceOf({ patience }: LimitOptions): { readonly patienceMs?: number } {
  return patience === undefined ? {} : { patienceMs: patience * 1000 };
}

/** What a run may spend: the day's budget is that of the flag, else of the person's settings. */
export function budgetsOf(
  { budget, dailyBudget: typed }: Pick<LimitOptions, 'budget' | 'dailyBudget'>,
  settings: Pick<TerminalSettings, 'dailyBudget'>,
): Pick<RunOptions, 'budget' | 'dailyBudget'> {
  const dailyBudget = typed ?? settings.dailyBudget;
  return { ...(budget === undefined ? {} : { budget }), ...(dailyBudget === undefined ? {} : { dailyBudget }) };
}

/** Limits that flags set for a run's services. */
export function limitsOf(options: Partial<Omit<LimitOptions, 'nameOf'>>): LimitOverrides {
  const { concurrency, requestsPerMinute, tokensPerMinute, safetyFactor } = options;
  return {
    ...(concurrency === undefined ? {} : { maxConcurrent: concurrency }),
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    ...(safetyFactor === undefined ? {} : { safetyFactor }),
  };
}

/** Whom a person has named, other than by the settings of a folder. */
export interface NamedByPerson {
  /** The address that was typed, for this call of the program or for the run that goes on. */
  readonly typed: string | undefined;
  /** Services of the person's own settings. */
  readonly own: readonly ServiceSettings[];
}

/**
 * The credential for a service, from the environment. A workspace's settings or journal may name any address, so that a
 * key goes only to whom the person has named: to the address that was typed, or to a service of the person's own. The
 * variable that everybody has set is for its own service, such as OpenAI, or for a typed address.
 *
 * @throws UsageError for a key that cannot be sent, or is for nobody that the person has named
 */
export function credentialFor(
  service: ServiceSettings,
  { apiKeyEnv, nameOf }: Pick<LimitOptions, 'apiKeyEnv' | 'nameOf'>,
  { typed, own }: NamedByPerson,
  environment: Readonly<Record<string, string | undefined>>,
): Credential | undefined {
  const { key: keyOf, keyVariable } = kindOf(service);
  const use = keyOf(service);
  if (!use) return undefined;
  const isFor = (addresses: readonly (string | undefined)[]): boolean => isOneOf(use.address, addresses);
  if (apiKeyEnv === undefined) {
    const named = ownVariable(service, own);
    if (named !== undefined) return readCredential(named, environment[named] ?? '', use.address);
    const variable = variableFor(use.address, isFor([typed, ...addressesOf(own)]));
    if (variable !== undefined) return readCredential(variable, environment[variable] ?? '', use.address);
    if (!keyVariable || !isFor([keyVariable.address, typed])) return undefined;
    return readCredential(keyVariable.name, environment[keyVariable.name] ?? '', use.address);
  }
  const key = environment[apiKeyEnv]?.trim() ?? '';
  if (key === '') throw new UsageError(`${nameOf('apiKeyEnv')} names ${apiKeyEnv}, but that variable is not set.`);
  if (isFor([typed, ...addressesOf([...builtInServices, ...own])])) return readCredential(apiKeyEnv, key, use.address);
  throw new UsageError(
    `The key of ${nameOf('apiKeyEnv')} is not sent to ${originOf(use.address)}, which only this folder names ` +
      `(service "${service.name}"): if it is for that address, give the address with --base-url as well.`,
  );
}

/** The variable that a person's own settings name for a service, as long as that is called at the address of theirs. */
export function ownVariable(service: ServiceSettings, own: readonly ServiceSettings[]): string | undefined {
  const theirs = own.find(({ name }) => name === service.name);
  const address = theirs && kindOf(theirs).key(theirs)?.address;
  const used = kindOf(service).key(service)?.address;
  if (address === undefined || used === undefined || !isOneOf(used, [address])) return undefined;
  const { apiKeyEnv } = personalOf(theirs ?? {});
  return typeof apiKeyEnv === 'string' ? apiKeyEnv : undefined;
}

/**
 * The variable in which everybody keeps the key of a service that presets know.
 *
 * @param isNamed whether the person has named the address: where every customer has a host of their own, a folder may have
 *   named somebody else's
 */
function variableFor(address: string, isNamed: boolean): string | undefined {
  const preset = presetAt(address);
  return preset && (isNamed || !preset.baseUrl.includes(resourcePlaceholder)) ? preset.keyVariable : undefined;
}

type AdditionOptions = Partial<Pick<LimitOptions, keyof CallAdditions>> & {
  readonly nameOf: (option: keyof CallAdditions) => string;
};

/**
 * A service with what the flags add to its calls, which may be secret: it goes to whom the person has named, as keys do.
 *
 * @throws UsageError for a service that the person has not named, or whose calls take nothing more
 */
export function withAdditions(
  service: ServiceSettings,
  { headers, query, apiKeyHeader, nameOf }: AdditionOptions,
  { typed, own }: NamedByPerson,
): ServiceSettings {
  const additions: CallAdditions = {
    ...(headers && { headers }),
    ...(query && { query }),
    ...(apiKeyHeader === undefined ? {} : { apiKeyHeader }),
  };
  const [given] = Object.keys(additions) as (keyof CallAdditions)[];
  if (given === undefined) return service;
  const { key, withAdditions: add } = kindOf(service);
  const address = key(service)?.address;
  if (!add || address === undefined) {
    throw new UsageError(`${nameOf(given)} does not go with the service "${service.name}".`);
  }
  if (isOneOf(address, [typed, ...addressesOf([...builtInServices, ...own])])) return add(service, additions);
  throw new UsageError(
    `${nameOf(given)} is not sent to ${originOf(address)}, which only this folder names (service "${service.name}"): ` +
      'if it is for that address, give the address with --base-url as well.',
  );
}

function isOneOf(address: string, addresses: readonly (string | undefined)[]): boolean {
  return addresses.some((each) => each !== undefined && originOf(each) === originOf(address));
}

function addressesOf(services: readonly ServiceSettings[]): readonly string[] {
  return services.flatMap((service) => kindOf(service).key(service)?.address ?? []);
}

function originOf(address: string): string {
  return new URL(address).origin;
}

function readCredential(variable: string, key: string, address: string): Credential | undefined {
  const credential = Credential.of(key, address);
  if (!credential.ok) throw new UsageError(`The key in ${variable} ${credential.failure}`);
  return credential.value;
}
