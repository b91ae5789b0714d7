import { whyNoHeader, whyNoKeyHeader } from '../services/callAdditions.ts';
import { under, valued, type OptionDefinition } from './options.ts';
import { UsageError } from './usage.ts';

type Texts = Readonly<Record<string, string>>;

/** One a flag, and one a line in the environment. */
function texts(flags: string, description: string, read: (line: string, name: string) => readonly [string, string]) {
  const option: OptionDefinition<Texts | undefined> = {
    flags,
    description,
    read: (given, name) => {
      const lines = given.flatMap((text) => text.split(/\r?\n/)).filter((line) => line.trim() !== '');
      return lines.length === 0 ? undefined : Object.fromEntries(lines.map((line) => read(line, name)));
    },
  };
  return option;
}

/** @throws UsageError, which holds no value: it may be a secret */
function readHeader(line: string, name: string): readonly [string, string] {
  const [, header = '', value = ''] = /^\s*([^\s:]+)\s*:(.*)$/.exec(line) ?? [];
  if (header === '') throw new UsageError(`${name} must be "Name: value", such as "X-Title: My program".`);
  const why = whyNoHeader(header, value.trim());
  if (why !== undefined) throw new UsageError(`${name}: the header "${header}" ${why}`);
  return [header, value.trim()];
}

function readParameter(line: string, name: string): readonly [string, string] {
  const [, parameter = '', value = ''] = /^\s*([^=\s]+)=(.*)$/.exec(line) ?? [];
  if (parameter === '') throw new UsageError(`${name} must be "name=value", such as "api-version=2024-10-21".`);
  return [parameter, value.trim()];
}

function readKeyHeader(given: string, name: string): string {
  const why = whyNoKeyHeader(given.trim());
  if (why === undefined) return given.trim();
  throw new UsageError(`${name}: the header "${given.trim()}" ${why}`);
}

/** What each call is sent with besides; see `CallAdditions`. */
export const additionOptions = under('Where:', {
  headers: texts('--header <text>', 'a header of each call, as "Name: value"; several flags for several', readHeader),
  query: texts('--query <text>', 'a part of the query of each call, as "name=value"; as above', readParameter),
  apiKeyHeader: valued(
    '--api-key-header <name>',
    'header that the API key is sent in, such as "api-key" (default: what the service is known to want)',
    readKeyHeader,
  ),
});
