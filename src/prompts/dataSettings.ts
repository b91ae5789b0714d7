import { isJsonObject } from '../base/jsonObject.ts';
import type { DataSettings, DataSource } from '../model/data.ts';
import { readPath } from './pathSettings.ts';
import type { SettingsReader } from './settingsReader.ts';
import { type Kind, list, nonEmptyText, wholeNumber } from '../base/valueKinds.ts';

const place = ['candidates', 'data'] as const;

const data: Kind<unknown> = {
  wanted: 'a path, a list of rows or a block that names its file',
  accepts: (value): value is unknown => typeof value === 'string' || Array.isArray(value) || isJsonObject(value),
};

const count = wholeNumber(1);

/** `latin-1`, as other programs write it. */
function plainEncoding(value: string): string {
  return /^latin[-_ ]?1$/i.test(value.trim()) ? 'latin1' : value;
}

function isEncoding(value: string): boolean {
  try {
    new TextDecoder(plainEncoding(value));
    return true;
  } catch {
    return false;
  }
}

const encoding: Kind<string> = {
  wanted: 'the name of an encoding, such as utf-8 or latin1',
  accepts: (value): value is string => typeof value === 'string' && isEncoding(value),
};

const delimiter: Kind<string> = {
  wanted: 'one character, such as ";" or "\\t", that is neither a quote nor a line break',
  accepts: (value): value is string => typeof value === 'string' && (/^[^"\r\n]$/u.test(value) || value === '\\t'),
};

function sourceOfPath(reader: SettingsReader, path: readonly string[]): DataSource | undefined {
  const named = readPath(reader, path);
  if (named === undefined) return undefined;
  return /[*?[{]/.test(named) ? { kind: 'files', pattern: named } : { kind: 'file', path: named };
}

function sourceOfRows(reader: SettingsReader, path: readonly string[]): DataSource | undefined {
  const rows = reader.read(list, ...path);
  if (rows?.length === 0) reader.report(path, `"${path.join('.')}" has no rows: put at least one into the list.`);
  return rows && { kind: 'rows', rows };
}

function sourceOfBlock(reader: SettingsReader): DataSource | undefined {
  const failures = reader.problems.length;
  const file = readPath(reader, [...place, 'file']);
  const pattern = readPath(reader, [...place, 'files']);
  const rows = sourceOfRows(reader, [...place, 'rows']);
  const sources: DataSource[] = [
    ...(file === undefined ? [] : [{ kind: 'file', path: file } as const]),
    ...(pattern === undefined ? [] : [{ kind: 'files', pattern } as const]),
    ...(rows ? [rows] : []),
  ];
  if (sources.length !== 1 && reader.problems.length === failures) {
    reader.report(
      place,
      '"candidates.data" must have one of "file", "files" and "rows": say where its rows come from.',
    );
  }
  return sources[0];
}

/** Where rows come from and which of them count: a path, a pattern of files, a list of rows, or a block. */
export function readData(reader: SettingsReader): DataSettings | undefined {
  const given = reader.read(data, ...place);
  if (given === undefined) return undefined;
  const line = reader.lineOf(place);
  if (!isJsonObject(given)) {
    const source = Array.isArray(given) ? sourceOfRows(reader, place) : sourceOfPath(reader, place);
    return source && { source, line };
  }
  const source = sourceOfBlock(reader);
  const key = reader.read(nonEmptyText, ...place, 'key');
  const filter = reader.read(nonEmptyText, ...place, 'filter');
  const limit = reader.read(count, ...place, 'limit');
  const sample = reader.read(count, ...place, 'sample');
  const named = reader.read(encoding, ...place, 'encoding');
  const separator = reader.read(delimiter, ...place, 'delimiter');
  if (!source) return undefined;
  return {
    source,
    ...(key !== undefined && { key }),
    ...(filter !== undefined && { filter }),
    ...(limit !== undefined && { limit }),
    ...(sample !== undefined && { sample }),
    ...(named !== undefined && { encoding: plainEncoding(named) }),
    ...(separator !== undefined && { delimiter: separator === '\\t' ? '\t' : separator }),
    line,
  };
}
