import { isJsonObject } from '../base/jsonObject.ts';
import { guardedPlace, isHidden } from '../candidates/guardedPlaces.ts';
import { grouped, limits } from './limits.ts';
import { readPath } from './pathSettings.ts';
import type { PromptFile } from './promptFile.ts';
import type { SettingsReader } from './settingsReader.ts';
import { type Kind, nonEmptyTexts } from '../base/valueKinds.ts';

const place = ['candidates', 'table'] as const;

const table: Kind<unknown> = {
  wanted: 'a path that ends in .csv or .jsonl, or a block with "file" and "columns"',
  accepts: (value): value is unknown => typeof value === 'string' || isJsonObject(value),
};

function faultOf(path: string): string | undefined {
  if (!/[^/\\]\.(?:csv|jsonl)$/i.test(path)) return 'must be a path that ends in .csv or .jsonl: name the file so';
  const names = path.split(/[/\\]/);
  const folders = names.slice(0, -1);
  const guarded = folders.find((name) => isHidden(name)) ?? guardedPlace(folders, names.at(-1));
  if (guarded === undefined) return undefined;
  return `leads to "${guarded}", which programs run or read as configuration: choose another name`;
}

/** The table of the results: a path, or a block with its columns. */
export function readTable(reader: SettingsReader): PromptFile['table'] {
  const given = reader.read(table, ...place);
  if (given === undefined) return undefined;
  const pathPlace = isJsonObject(given) ? [...place, 'file'] : place;
  const failures = reader.problems.length;
  const path = readPath(reader, pathPlace);
  const columns = isJsonObject(given) ? reader.read(nonEmptyTexts, ...place, 'columns') : undefined;
  if (path === undefined) {
    if (reader.problems.length === failures) {
      reader.report(place, '"candidates.table" must have a "file" that ends in .csv or .jsonl: name it.');
    }
    return undefined;
  }
  const fault = faultOf(path);
  if (fault !== undefined) reader.report(pathPlace, `"${pathPlace.join('.')}" ${fault}.`);
  const named = columns === undefined ? [] : typeof columns === 'string' ? [columns] : columns;
  if (named.length > limits.tableColumns) {
    const message = `"candidates.table.columns" may have at most ${grouped(limits.tableColumns)} columns: name fewer.`;
    reader.report([...place, 'columns'], message);
  }
  return { path, ...(named.length > 0 && { columns: [...new Set(named)] }), line: reader.lineOf(pathPlace) };
}
