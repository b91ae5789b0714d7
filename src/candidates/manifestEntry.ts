import { basename } from 'node:path';
import { contentHash } from '../base/hash.ts';
import type { JsonObject } from '../base/jsonObject.ts';
import type { CallFacts } from '../model/adaptation.ts';
import type { TokenUsage } from '../model/attempt.ts';
import { costOf } from '../model/prices.ts';
import { pricesIn, type ServiceSettings } from '../model/serviceSettings.ts';
import { firstChoice, numberIn } from './candidateNumbers.ts';
import type { ManifestEntry } from './manifest.ts';
import type { NewItem } from './plannedItem.ts';

/** An item and what it took to make it. Times are epoch ms. */
export interface WrittenItem
  extends Omit<NewItem, 'position' | 'index' | 'priority' | 'reservation' | 'messages'>, CallFacts {
  readonly attempts: number;
  readonly usage: TokenUsage;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** The file that it was written to. */
export interface ItemFile {
  /** Absolute. */
  readonly path: string;
  /** SHA-256 of the file's bytes, hex. */
  readonly contentHash: string;
  readonly run: string;
}

/** What the manifest tells of a written item. */
export function manifestEntry(
  item: WrittenItem,
  { path, contentHash, run }: ItemFile,
  services: Readonly<Record<string, ServiceSettings>>,
): ManifestEntry {
  const { finishedAt = 0, startedAt = finishedAt } = item;
  const service = services[item.service];
  const cost = costOf(service && pricesIn(service, item.model), item.usage, item.adapted?.sent ?? item.parameters);
  return {
    file: basename(path),
    contentHash,
    item: item.id,
    run,
    prompt: { path: item.prompt.path, hash: item.prompt.hash },
    row: item.row,
    index: numberOf(item, path),
    service: item.service,
    model: item.model,
    variables: item.variables,
    parameters: item.parameters,
    ...(item.adapted && { sent: item.adapted.sent, leftOut: [...item.adapted.leftOut] }),
    ...(item.cut && { finish: 'length' as const }),
    ...(item.reasoning !== undefined && { reasoning: item.reasoning }),
    ...(item.vary && { vary: item.vary }),
    ...(item.schema && { schema: schemaHash(item.schema) }),
    ...(item.isRepaired && { repaired: true as const }),
    ...(item.verbalized && { verbalized: item.verbalized }),
    tokens: item.usage,
    ...(cost === undefined ? {} : { cost }),
    attempts: item.attempts,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
  };
}

/** A later number than planned when the name was taken. */
function numberOf({ output, number }: Pick<WrittenItem, 'output' | 'number'>, path: string): number {
  if (!output || firstChoice({ output, number }) === path) return number;
  return numberIn(output, path) ?? number;
}

/** Items of one run share their schema by reference. */
const hashes = new WeakMap<JsonObject, string>();

function schemaHash(schema: JsonObject): string {
  const known = hashes.get(schema) ?? contentHash(JSON.stringify(schema));
  hashes.set(schema, known);
  return known;
}
