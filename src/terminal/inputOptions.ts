import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describeError } from '../base/redact.ts';
import { decodePrompt } from '../prompts/decode.ts';
import { inputValues, type GivenInputs } from '../runs/plan/promptInputs.ts';
import { number, text, under, type GivenOptions, type OptionDefinition } from './options.ts';
import { UsageError } from './usage.ts';

const values: OptionDefinition<Readonly<Record<string, string>> | undefined> = {
  flags: '--var <name=value>',
  description: 'value of an input of the prompt; several flags for several',
  read: (given, name) => {
    if (given.length === 0) return undefined;
    return Object.fromEntries(
      given
        .flatMap((each) => (name.startsWith('--') ? [each] : each.split(/\r?\n/)))
        .filter((each) => each.trim() !== '')
        .map((each) => {
          const [, key = '', value = ''] = /^\s*([^=\s][^=]*?)\s*=(.*)$/s.exec(each) ?? [];
          if (key === '') throw new UsageError(`${name} must be "name=value", such as "product=Coffee".`);
          return [key, value] as const;
        }),
    );
  },
};

/** What goes into the prompts. */
export const inputOptions = under('With what:', {
  data: text('--data <file>', 'rows to generate for, instead of the prompt file’s own: CSV, TSV, JSON, JSONL or YAML'),
  filter: text('--filter <expression>', 'only rows for which it holds, such as \'type == "brand" and price > 10\''),
  limit: number('--limit <n>', 'only so many rows', { from: 1, whole: true }),
  values,
  valuesFile: text('--vars <file>', 'a JSON object with values of inputs'),
});

/** @throws UsageError */
export async function givenInputs(options: GivenOptions<typeof inputOptions>): Promise<GivenInputs> {
  const { data, filter, limit, valuesFile, nameOf } = options;
  const ofFile = valuesFile === undefined ? {} : await readValues(valuesFile, nameOf('valuesFile'));
  return {
    values: { ...ofFile, ...options.values },
    ...(options.values ? { typed: Object.keys(options.values) } : {}),
    ...(data === undefined ? {} : { dataFile: resolve(data) }),
    ...(filter === undefined ? {} : { filter }),
    ...(limit === undefined ? {} : { limit }),
  };
}

async function readValues(file: string, name: string): Promise<Readonly<Record<string, unknown>>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UsageError(`There is no file ${file}: correct ${name}.`, file);
    }
    throw new UsageError(`${name}: ${file} cannot be read: ${describeError(error)}.`, file);
  }
  const text = decodePrompt(bytes);
  if (!text.ok) throw new UsageError(`${name}: ${file} ${text.failure}`, file);
  const read = inputValues(text.value);
  if (read) return read;
  throw new UsageError(`${name}: ${file} is no JSON object such as {"product": "Coffee"}.`, file);
}
