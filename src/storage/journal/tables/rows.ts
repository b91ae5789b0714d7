import { isJsonObject } from '../../../base/jsonObject.ts';
import { spendingOf, type Spending } from '../../../model/budget.ts';
import type { Priority } from '../../../model/item.ts';
import type { StageText } from '../../../flow/record.ts';
import { checksum } from '../checksum.ts';
import { DamageError, json, number, optionalNumber, optionalText, text, type Row } from './database.ts';
import type { PackedItem } from './planPacking.ts';
import type {
  CacheEntry,
  FetchedAnswer,
  JournalState,
  ModelAdaptation,
  RunMetricsRecord,
  UnwrittenResult,
} from '../records.ts';
import { journalStates } from '../records.ts';

/** What a run's row keeps for good. */
export interface RunColumns {
  readonly id: string;
  readonly label: string;
  /** As stored. */
  readonly root: string;
  readonly total: number;
  /** JSON. */
  readonly options: string;
  /** JSON. */
  readonly services: string;
  /** JSON. */
  readonly flow: string | null;
  readonly startedAt: number;
}

/** What a row is guarded by: over the columns that never change after it was written. */
export function runChecksum(run: RunColumns): number {
  return checksum(run.id, run.label, run.root, run.total, run.options, run.services, run.flow, run.startedAt);
}

/** @throws DamageError */
export function runOf(row: Row): RunColumns {
  const run: RunColumns = {
    id: text(row, 'id'),
    label: text(row, 'label'),
    root: text(row, 'root'),
    total: number(row, 'total'),
    options: text(row, 'options'),
    services: text(row, 'services'),
    flow: optionalText(row, 'flow') ?? null,
    startedAt: number(row, 'started_at'),
  };
  verify(row, runChecksum(run));
  return run;
}

/** Whether rows could come to a run while whoever had started it worked on it. */
export function isWatched(row: Row): boolean {
  const options = json(row, 'options');
  return isJsonObject(options) && options.watch === true;
}

/** The columns that an item's plan decides. */
export const plannedColumns =
  'id, position, stage, record_key, root, place, parent, element, prompt, row, idx, number, service, model, priority, reservation, messages, parameters, variables, output, schema, vary';

/** In the order of `plannedColumns`. */
export function plannedValues(item: PackedItem): (string | number | null)[] {
  return [
    item.id,
    item.position,
    item.stage,
    item.key,
    item.root,
    item.place,
    item.parent ?? null,
    item.element ?? null,
    item.prompt,
    item.row,
    item.index,
    item.number,
    item.service,
    item.model,
    item.priority,
    item.reservation,
    item.messages ?? null,
    item.parameters,
    item.variables ?? null,
    item.output ?? null,
    item.schema ?? null,
    item.vary ?? null,
  ];
}

/** Columns of `plannedColumns` that every version of the tables has had. */
const firstColumns = 20;

/** What an item's plan is guarded by: one without the later columns has the checksum that it always had. */
export function plannedChecksum(values: readonly (string | number | null)[]): number {
  const last = values.findLastIndex((value, place) => place < firstColumns || value !== null);
  return checksum(...values.slice(0, Math.max(firstColumns, last + 1)));
}

export interface ProgressColumns {
  readonly state: JournalState;
  readonly finishedAt: number | null;
  /** JSON. */
  readonly failure: string | null;
  /** As stored. */
  readonly file: string | null;
  /** Of the next gather; null: not known. */
  readonly group: string | null;
}

export function progressChecksum({ state, finishedAt, failure, file, group }: ProgressColumns): number {
  return checksum(state, finishedAt, failure, file, group);
}

export function resultChecksum(result: {
  readonly text: string;
  readonly format: string;
  readonly model: string;
  readonly position: number;
}): number {
  return checksum(result.position, result.format, result.model, result.text);
}

export function cacheChecksum({ key, format, model, text }: Omit<CacheEntry, 'usage'>): number {
  return checksum(key, format, model, text);
}

export function verify(row: Row, expected: number): void {
  if (number(row, 'checksum') !== expected) throw new DamageError('A row is not what was written.');
}

export function verifyFile(row: Row): void {
  verify(row, checksum(text(row, 'path'), text(row, 'content_hash'), text(row, 'run'), text(row, 'item')));
}

export function stateOf(row: Row): JournalState {
  const state = text(row, 'state');
  const known = journalStates.find((each) => each === state);
  if (known === undefined) throw new DamageError(`There is no state "${state}".`);
  return known;
}

/** @throws DamageError */
export function packedItem(row: Row): PackedItem {
  const item: PackedItem = {
    id: text(row, 'id'),
    position: number(row, 'position'),
    stage: number(row, 'stage'),
    key: text(row, 'record_key'),
    root: number(row, 'root'),
    place: text(row, 'place'),
    ...optional('parent', optionalNumber(row, 'parent')),
    ...optional('element', optionalNumber(row, 'element')),
    prompt: number(row, 'prompt'),
    row: text(row, 'row'),
    index: number(row, 'idx'),
    number: number(row, 'number'),
    service: text(row, 'service'),
    model: text(row, 'model'),
    priority: number(row, 'priority') as Priority,
    reservation: number(row, 'reservation'),
    ...optional('messages', optionalNumber(row, 'messages')),
    parameters: text(row, 'parameters'),
    ...optional('variables', optionalNumber(row, 'variables')),
    ...optional('output', optionalNumber(row, 'output')),
    ...optional('schema', optionalNumber(row, 'schema')),
    ...optional('vary', optionalNumber(row, 'vary')),
  };
  verify(row, plannedChecksum(plannedValues(item)));
  return item;
}

/** @throws DamageError */
export function progressOf(row: Row): ProgressColumns {
  const progress = {
    state: stateOf(row),
    finishedAt: optionalNumber(row, 'finished_at') ?? null,
    failure: optionalText(row, 'failure') ?? null,
    file: optionalText(row, 'file') ?? null,
    group: optionalText(row, 'gather_group') ?? null,
  };
  if (number(row, 'progress_checksum') !== progressChecksum(progress))
    throw new DamageError('An item is not what was written.');
  return progress;
}

/** @throws DamageError */
export function cacheEntryOf(row: Row): CacheEntry {
  const entry = { key: text(row, 'key'), text: text(row, 'text'), format: formatOf(row), model: text(row, 'model') };
  verify(row, cacheChecksum(entry));
  return { ...entry, usage: { input: number(row, 'input_tokens'), output: number(row, 'output_tokens') } };
}

/** @throws DamageError */
export function resultOf(row: Row): Omit<UnwrittenResult, 'item'> {
  const result = {
    position: number(row, 'position'),
    text: text(row, 'text'),
    format: formatOf(row),
    model: text(row, 'model'),
  };
  verify(row, resultChecksum(result));
  return { ...result, usage: { input: number(row, 'input_tokens'), output: number(row, 'output_tokens') } };
}

/** @throws DamageError */
export function adaptationOf(row: Row): ModelAdaptation {
  const [endpoint, model, parameter] = [text(row, 'endpoint'), text(row, 'model'), text(row, 'parameter')];
  const [name, learnedAt] = [optionalText(row, 'name'), number(row, 'learned_at')];
  const atMost = optionalNumber(row, 'at_most');
  verify(row, checksum(endpoint, model, parameter, name ?? null, learnedAt, ...limitOf(atMost)));
  return { model, parameter, name, ...optional('atMost', atMost), learnedAt };
}

/** What a limit adds to the checksum of a row: one without it has the checksum that it always had. */
export function limitOf(atMost: number | undefined): readonly number[] {
  return atMost === undefined ? [] : [atMost];
}

/** @throws DamageError */
export function fetchedOf(row: Row): FetchedAnswer {
  const [etag, lastModified] = [optionalText(row, 'etag'), optionalText(row, 'last_modified')];
  const [type, body] = [text(row, 'type'), text(row, 'body')];
  verify(row, checksum(text(row, 'key'), etag ?? null, lastModified ?? null, type, body));
  return {
    type,
    body,
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}

/** JSON. @throws DamageError */
export function sentParametersOf(row: Row): string {
  const json = text(row, 'json');
  verify(row, checksum(number(row, 'position'), json));
  return json;
}

export function formatOf(row: Row): StageText['format'] {
  const format = text(row, 'format');
  if (format !== 'text' && format !== 'json') throw new DamageError(`There is no format "${format}".`);
  return format;
}

function optional<Name extends string>(name: Name, value: number | undefined): Partial<Record<Name, number>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, number>);
}

/** What the checksum of a row of spending is of. @param name the day, or the prompt's path */
export function spendingChecksum(name: string, { requests, tokens, cost }: Spending): number {
  return checksum(name, requests, tokens, cost);
}

export function spendingOfRow(row: Row): Spending {
  const spending = spendingOf((unit) => number(row, unit));
  verify(row, spendingChecksum(text(row, 'day' in row ? 'day' : 'prompt'), spending));
  return spending;
}

export function metricsOf(row: Row): RunMetricsRecord {
  return {
    service: text(row, 'service'),
    configuredConcurrency: optionalNumber(row, 'configured_concurrency') ?? 'auto',
    meanConcurrency: number(row, 'mean_concurrency'),
    peakConcurrency: number(row, 'peak_concurrency'),
    durationMs: number(row, 'duration_ms'),
    averageItemMs: number(row, 'average_item_ms'),
    attempts: number(row, 'attempts'),
    rateLimited: number(row, 'rate_limited'),
    breakerTrips: number(row, 'breaker_trips'),
    cacheHits: number(row, 'cache_hits'),
    cacheMisses: number(row, 'cache_misses'),
    usage: { input: number(row, 'input_tokens'), output: number(row, 'output_tokens') },
  };
}

/** The group that an item is known to be part of while it is open. */
export function groupOf(row: Row): string | null {
  return optionalText(row, 'gather_group') ?? null;
}
