import { eachInSlices } from '../base/slices.ts';
import {
  answerFormat,
  hasChanges,
  isCurrent,
  namesOf,
  sentName,
  type LearnedAdaptation,
  type ParameterChanges,
} from '../model/adaptation.ts';
import type { ServiceSettings } from '../model/serviceSettings.ts';
import type { NegotiationStore } from '../services/negotiation.ts';
import type { JournalClient } from '../storage/journal/journalClient.ts';
import type { JournalOutcome } from '../storage/journal/journalFailure.ts';
import { success } from '../base/outcome.ts';
import type { PlannedItem } from './plan/plannedCandidate.ts';
import { endpointOf, type ServiceDirectory } from './serviceDirectory.ts';

type Adaptations = Pick<JournalClient, 'adaptations' | 'keepAdaptations'>;

/** Keeps what was learned of an endpoint in a journal. What the journal cannot keep costs one call more, and no run. */
export class JournalNegotiations implements NegotiationStore {
  readonly #journal: Adaptations;
  readonly #endpoint: string;
  #known: Promise<ReadonlyMap<string, readonly LearnedAdaptation[]>> | undefined;

  /** @param endpoint see `ServiceDirectory.endpoint` */
  constructor(journal: Adaptations, endpoint: string) {
    this.#journal = journal;
    this.#endpoint = endpoint;
  }

  async recall(model: string): Promise<readonly LearnedAdaptation[]> {
    this.#known ??= this.#read();
    return (await this.#known).get(model) ?? [];
  }

  remember(model: string, adaptations: readonly LearnedAdaptation[]): void {
    void this.#journal.keepAdaptations(this.#endpoint, model, adaptations);
  }

  async #read(): Promise<ReadonlyMap<string, readonly LearnedAdaptation[]>> {
    const read = await byModel(this.#journal, this.#endpoint);
    return read.ok ? read.value : new Map();
  }
}

/** What a journal has of the models of a service that still counts, by model. */
export function keptAdaptations(
  journal: Adaptations,
  settings: ServiceSettings,
): Promise<JournalOutcome<ReadonlyMap<string, readonly LearnedAdaptation[]>>> {
  return byModel(journal, endpointOf(settings));
}

async function byModel(
  journal: Adaptations,
  endpoint: string,
): Promise<JournalOutcome<ReadonlyMap<string, readonly LearnedAdaptation[]>>> {
  const kept = await journal.adaptations(endpoint);
  if (!kept.ok) return kept;
  const now = Date.now();
  const current = kept.value.filter((each) => isCurrent(each, now));
  const models = Map.groupBy(current, ({ model }) => model);
  return success(new Map([...models].map(([model, all]) => [model, all.map(({ model: _model, ...each }) => each)])));
}

/** What a plan asks of a model and the model is known not to take so. */
export interface PlannedChanges extends ParameterChanges {
  readonly service: string;
  readonly model: string;
}

/** The names that a limit of the output may be sent under, as services call it. */
const limitNames = ['max_tokens', 'max_completion_tokens'];

/** What the items of a plan ask for and will be sent in another way, as far as earlier runs have found out. */
export async function plannedChanges(
  items: readonly Pick<PlannedItem, 'serviceKey' | 'service' | 'model' | 'parameters' | 'schema'>[],
  services: ServiceDirectory,
  journal: Adaptations,
): Promise<PlannedChanges[]> {
  const asked = new Map<string, { readonly item: (typeof items)[number]; readonly values: Map<string, number> }>();
  await eachInSlices(items, (item) => {
    const key = JSON.stringify([item.serviceKey, item.model]);
    const known = asked.get(key) ?? {
      item,
      // What stands in settings is nobody else's to read.
      values: new Map(Object.keys(services.settings(item.serviceKey).extra ?? {}).map((name) => [name, 0])),
    };
    for (const [name, value] of Object.entries(item.parameters)) {
      const number = typeof value === 'number' ? value : 0;
      known.values.set(name, Math.max(number, known.values.get(name) ?? 0));
    }
    if (item.schema) for (const name of Object.values(answerFormat)) known.values.set(name, 0);
    asked.set(key, known);
  });
  const changes: PlannedChanges[] = [];
  for (const { item, values } of asked.values()) {
    const kept = await keptAdaptations(journal, services.settings(item.serviceKey));
    const adaptations = (kept.ok ? kept.value.get(item.model) : undefined) ?? [];
    const found = changesOf(values, adaptations);
    if (found) changes.push({ service: item.service, model: item.model, ...found });
  }
  return changes;
}

/** All that runs have found out of the models of a service. */
export async function learnedChanges(journal: Adaptations, settings: ServiceSettings): Promise<PlannedChanges[]> {
  const kept = await keptAdaptations(journal, settings);
  return [...(kept.ok ? kept.value : [])].flatMap(([model, adaptations]) => {
    const asked = new Map(adaptations.map(({ parameter }) => [parameter, Number.POSITIVE_INFINITY]));
    const found = changesOf(asked, adaptations);
    return found ? [{ service: settings.name, model, ...found }] : [];
  });
}

/** @param asked the largest number that is asked for of each parameter; 0 where it is none, or not known */
function changesOf(
  asked: ReadonlyMap<string, number>,
  adaptations: readonly LearnedAdaptation[],
): ParameterChanges | undefined {
  const names = namesOf(adaptations);
  const limits = new Map(adaptations.map(({ parameter, atMost }) => [parameter, atMost]));
  const renamed: Record<string, string> = {};
  const lowered: Record<string, number> = {};
  const leftOut: string[] = [];
  for (const [name, value] of asked) {
    const parameter = name === 'maxTokens' ? limitNames.find((each) => limits.has(each)) : name;
    if (parameter === undefined || !limits.has(parameter)) continue;
    // Where nothing is asked of the format, its first step is not told as well.
    if (parameter === answerFormat.schema && leftOut.includes(answerFormat.parameter)) continue;
    const sent = sentName(parameter, names);
    if (sent === undefined) {
      leftOut.push(parameter);
      continue;
    }
    if (sent !== parameter) renamed[parameter] = sent;
    const most = limits.get(sent);
    if (most !== undefined && value > most) lowered[sent] = most;
  }
  const changes = { renamed, ...(Object.keys(lowered).length === 0 ? {} : { lowered }), leftOut };
  return hasChanges(changes) ? changes : undefined;
}
