import { basename, relative, sep } from 'node:path';
import { costOf, type ServiceSettings } from '../model/serviceSettings.ts';
import type { ManifestEntry } from './manifest.ts';
import type { JournalItem, KnownFile, OutputNames } from '../storage/journal/records.ts';

/** The number that a candidate got: a later one than planned when its name was taken. */
function numberOf(path: string, { folder, series, firstNumbered }: OutputNames, planned: number): number {
  const place = series.indexOf('*');
  const name = relative(folder, path).split(sep).join('/');
  if (place === -1 || !name.startsWith(series.slice(0, place))) return planned;
  const digits = /^-?(\d+)/.exec(name.slice(place))?.[1];
  return digits === undefined ? (firstNumbered ? planned : 1) : Number(digits);
}

/** What the manifest tells of a written item. */
export function manifestEntry(
  item: JournalItem,
  { path, contentHash, run }: KnownFile,
  services: Readonly<Record<string, ServiceSettings>>,
): ManifestEntry {
  const { finishedAt = 0, startedAt = finishedAt } = item;
  const cost = costOf(services[item.service]?.prices, item.usage);
  return {
    file: basename(path),
    contentHash,
    item: item.id,
    run,
    prompt: { path: item.prompt.path, hash: item.prompt.hash },
    row: item.row,
    index: numberOf(path, item.output, item.number),
    service: item.service,
    model: item.model,
    variables: item.variables,
    parameters: item.parameters,
    tokens: item.usage,
    ...(cost === undefined ? {} : { cost }),
    attempts: item.attempts,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
  };
}
