import { systemClock } from '../../base/clock.ts';
import { success } from '../../base/outcome.ts';
import { redactAddress } from '../../base/redact.ts';
import { costOf } from '../../model/prices.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { learnedChanges, type PlannedChanges } from '../../runs/negotiations.ts';
import { ServiceDirectory } from '../../runs/serviceDirectory.ts';
import type { Credential } from '../../services/credential.ts';
import { kindOf } from '../../services/kinds.ts';
import { serviceOf } from '../../services/localServers.ts';
import { listModels } from '../../services/modelList.ts';
import { presetAt, presets, resourcePlaceholder } from '../../services/presets.ts';
import { testCall } from '../../services/testCall.ts';
import { hasJournal } from '../../storage/journalFolders.ts';
import { describeChanges } from '../../wording/log.ts';
import { numbers } from '../../wording/numbers.ts';
import { additionOptions } from '../additionOptions.ts';
import { defineCommand } from '../command.ts';
import { limitOptions } from '../limitOptions.ts';
import { list, onOff, text, under, type GivenOptions } from '../options.ts';
import { storeService } from '../ownSettings.ts';
import { exitSomeFailed, exitWritten, printJson, printLine } from '../report.ts';
import { credentialFor, ownVariable, terminalServices, type ServiceOptions } from '../serviceFlags.ts';
import { say, TerminalSession } from '../session.ts';
import { readTerminalSettings, trustOption, type TerminalSettings } from '../terminalSettings.ts';
import { Refusal, UsageError } from '../usage.ts';

const serviceOptions = {
  ...under('Where:', { baseUrl: limitOptions.baseUrl, apiKeyEnv: limitOptions.apiKeyEnv }),
  ...additionOptions,
  ...trustOption,
  ...under('With "add":', {
    as: text('--as <name>', 'name of the service, instead of that of the preset'),
    models: list('--model <name,...>', 'its models; the first is the default'),
    isDefault: onOff('--default', 'use it for prompts that name no service'),
    replaces: onOff('--replace', 'in place of a service of that name'),
  }),
  ...under('Output:', { json: onOff('--json', 'one JSON object on standard output and nothing else') }),
};

type Options = GivenOptions<typeof serviceOptions>;

const actions = '"list", "models", "test" or "add"';

export const services = defineCommand({
  name: 'services',
  takes: '[action] [name]',
  summary: 'the services, their models, a test call, and adding one: list, models, test or add',
  options: serviceOptions,
  wrongArguments: () => `Name what to do, ${actions}, and one service or preset at most.`,
  run: async ([action = 'list', name], options) => {
    switch (action) {
      case 'list':
        return listServices(options);
      case 'models':
        return listModelsOf(name, options);
      case 'test':
        return testService(name, options);
      case 'add':
        return addService(name, options);
      default:
        throw new UsageError(`"services" does not know "${action}": say ${actions}.`);
    }
  },
});

async function listServices(options: Options): Promise<number> {
  const settings = await readTerminalSettings(process.cwd(), options.trust);
  for (const problem of settings.problems) say(problem);
  const told = settings.services.map((service) => {
    const { name, kind, models, requestsPerMinute, tokensPerMinute, maxConcurrent } = service;
    const limits = { requestsPerMinute, tokensPerMinute, maxConcurrent };
    return { name, kind, address: addressOf(service), models, key: keyOf(service, options, settings), limits };
  });
  const learned = await learnedHere(settings.services);
  if (options.json) printJson({ services: told, learned });
  else {
    for (const { name, address, kind, models, key } of told) {
      printLine([name, address ?? kind, models.join(', '), key].join('  '));
      for (const each of learned.filter(({ service }) => service === name)) printLine(`  ${describeChanges(each)}`);
    }
  }
  return exitWritten;
}

/** What runs in this folder have found out of the models. Begins no journal. */
async function learnedHere(all: readonly ServiceSettings[]): Promise<PlannedChanges[]> {
  const session = new TerminalSession(new ServiceDirectory(systemClock, Math.random));
  try {
    const place = await session.folders.placeOnDisk(process.cwd());
    if (!place.ok || !(await hasJournal(place.value))) return [];
    const learned = await session.workspaces.visit(place.value, async (journal) =>
      success((await Promise.all(all.map((service) => learnedChanges(journal, service)))).flat()),
    );
    return learned.ok ? learned.value : [];
  } finally {
    await session.dispose();
  }
}

function addressOf(service: ServiceSettings): string | undefined {
  const use = kindOf(service).key(service);
  return use && redactAddress(use.address);
}

/** Whether there is a key for a service in the environment, and where it would be read from. */
function keyOf(service: ServiceSettings, options: Options, settings: Pick<TerminalSettings, 'own'>): string {
  const kind = kindOf(service);
  const use = kind.key(service);
  if (!use) return 'needs no key';
  if (credentialOf(service, options, settings)) return 'has a key';
  if (!use.isRequired) return 'needs no key here';
  const variable = ownVariable(service, settings.own) ?? presetAt(use.address)?.keyVariable ?? kind.keyVariable?.name;
  return `has no key: set ${variable ?? 'a variable of yours, and name it with --api-key-env'}`;
}

function credentialOf(
  service: ServiceSettings,
  options: Options,
  { own }: Pick<TerminalSettings, 'own'>,
): Credential | undefined {
  const { apiKeyEnv, baseUrl: typed, nameOf } = options;
  return credentialFor(service, { apiKeyEnv, nameOf: () => nameOf('apiKeyEnv') }, { typed, own }, process.env);
}

interface Chosen {
  readonly service: ServiceSettings;
  readonly credential: Credential | undefined;
}

async function chosen(name: string | undefined, options: Options): Promise<Chosen> {
  const settings = await readTerminalSettings(process.cwd(), options.trust);
  const { baseUrl, models, headers, query, apiKeyHeader, nameOf } = options;
  const nameOfOption: ServiceOptions['nameOf'] = (option) => (option === 'service' ? '--service' : nameOf(option));
  const { services: all, defaultService } = terminalServices(
    { service: name, baseUrl, models, headers, query, apiKeyHeader, nameOf: nameOfOption },
    settings,
  );
  const service = all.find((each) => each.name === defaultService);
  if (!service) throw new UsageError(`There is no service "${defaultService}".`);
  return { service, credential: credentialOf(service, options, settings) };
}

async function listModelsOf(name: string | undefined, options: Options): Promise<number> {
  const { service, credential } = await chosen(name, options);
  const models = await modelsOf(service, credential);
  if (options.json) printJson({ service: service.name, models });
  else for (const model of models) printLine(model);
  return exitWritten;
}

async function modelsOf(service: ServiceSettings, credential: Credential | undefined): Promise<readonly string[]> {
  const listing = kindOf(service).modelListing?.(service);
  if (!listing) return service.models;
  const listed = await listModels(service.name, listing, credential);
  if (!listed.ok) throw new Refusal(listed.failure.message);
  return listed.value;
}

async function testService(name: string | undefined, options: Options): Promise<number> {
  const { service, credential } = await chosen(name, options);
  const directory = new ServiceDirectory(systemClock, Math.random);
  try {
    const key = directory.register(service, credential, { safetyFactor: 1 });
    const model = service.models[0] ?? '';
    const startedAt = systemClock.now();
    const outcome = await testCall(directory.service(key), model, new AbortController().signal);
    const ms = Math.round(systemClock.now() - startedAt);
    const isWell = outcome.kind === 'completed';
    const problem = isWell ? undefined : outcome.failure.message;
    const cost = outcome.usage && costOf(directory.prices(key, model), outcome.usage);
    if (options.json) {
      printJson({
        service: service.name,
        model,
        ms,
        tokens: outcome.usage ?? null,
        cost: cost ?? null,
        problem: problem ?? null,
      });
    } else if (isWell) {
      const { input, output } = outcome.usage;
      const costs = cost === undefined ? '' : `, which cost ${numbers.fourDecimals(cost)}`;
      printLine(
        `${service.name}/${outcome.result.model} answered in ${ms} ms: ${input} in + ${output} out tokens${costs}`,
      );
    } else say(problem ?? '');
    return isWell ? exitWritten : exitSomeFailed;
  } finally {
    await directory.dispose();
  }
}

async function addService(name: string | undefined, options: Options): Promise<number> {
  const preset = presets.find((each) => each.name === name);
  if (!preset) {
    const names = presets.map((each) => each.name).join(', ');
    throw new UsageError(
      `${name === undefined ? 'Name a preset' : `There is no preset "${name}"`}: choose one of ${names}.`,
    );
  }
  const { baseUrl = preset.baseUrl, models, as = preset.name, json } = options;
  if (baseUrl.includes(resourcePlaceholder)) {
    throw new UsageError(`${preset.title} has an address for each customer: give yours with --base-url.`);
  }
  const service: ServiceSettings = {
    ...serviceOf(preset, baseUrl),
    name: as,
    ...(models.length > 0 ? { models } : {}),
  };
  const { headers, query, apiKeyHeader } = options;
  const additions = {
    ...(headers && { headers }),
    ...(query && { query }),
    ...(apiKeyHeader === undefined ? {} : { apiKeyHeader }),
  };
  const { withAddress, withAdditions } = kindOf(service);
  const placed = withAddress?.(service, baseUrl) ?? service;
  const added = withAdditions?.(placed, additions) ?? placed;
  // A service without a key has no variable for one.
  const { apiKeyEnv } = options;
  const parsed = apiKeyEnv !== undefined && kindOf(added).key(added) ? { ...added, apiKeyEnv } : added;
  const { own } = await readTerminalSettings(process.cwd(), false);
  if (own.some((each) => each.name === as) && !options.replaces) {
    throw new UsageError(`There is a service "${as}" in your settings: give --replace, or another name with --as.`);
  }
  const path = await storeService(parsed, options.isDefault);
  const key = keyOf(parsed, { ...options, apiKeyEnv: undefined }, { own: [parsed] });
  if (json) printJson({ service: parsed, path, key });
  else {
    printLine(`${path} has the service "${as}", which ${key}.`);
    if (key === 'has a key' || key.startsWith('needs no'))
      say(`"parallel-candidates services models ${as}" lists its models.`);
  }
  return exitWritten;
}
