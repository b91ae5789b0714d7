import { parseArgs } from 'node:util';
import { UsageError } from './usage.ts';

export interface GenerateOptions {
  readonly files: readonly string[];
  readonly candidates: number | undefined;
  readonly models: readonly string[];
  readonly out: string | undefined;
  readonly dryRun: boolean;
  readonly service: string | undefined;
  readonly baseUrl: string | undefined;
  readonly apiKeyEnv: string | undefined;
  readonly concurrency: number | 'auto' | undefined;
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
  readonly safetyFactor: number;
  readonly attempts: number;
  readonly retryBaseMs: number;
  readonly sequential: boolean;
  readonly json: boolean;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        candidates: text,
        concurrency: text,
        service: text,
        'base-url': text,
        model: { type: 'string', multiple: true },
        rpm: text,
        tpm: text,
        safety: text,
        attempts: text,
        'retry-base': text,
        'api-key-env': text,
        out: text,
        sequential: flag,
        json: flag,
        'dry-run': flag,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split(/\.\s/)[0] ?? error.message).replace(/\.?$/, '.') : String(error));
  }
}

interface Range {
  readonly from: number;
  readonly to?: number;
  readonly whole?: boolean;
}

function numberOf(name: string, value: string | undefined, { from, to, whole }: Range): number | undefined {
  if (value === undefined) return undefined;
  const number = value.trim() === '' ? Number.NaN : Number(value);
  const fits = number >= from && number <= (to ?? Number.MAX_SAFE_INTEGER) && (whole !== true || Number.isInteger(number));
  if (fits) return number;
  const kind = whole === true ? 'a whole number' : 'a number';
  const range = to === undefined ? `of at least ${from}` : `from ${from} to ${to}`;
  throw new UsageError(`--${name} must be ${kind} ${range}, not "${value}".`);
}

const smallest = 0.001;

export function parseGenerateOptions(args: readonly string[]): GenerateOptions {
  const { values, positionals } = parse(args);
  if (positionals.length === 0) throw new UsageError('Name at least one prompt file.');
  const options: GenerateOptions = {
    files: positionals,
    candidates: numberOf('candidates', values.candidates, { from: 1, to: 1000, whole: true }),
    models: (values.model ?? []).flatMap((list) => list.split(',')).map((model) => model.trim()).filter((model) => model !== ''),
    out: values.out,
    dryRun: values['dry-run'],
    service: values.service,
    baseUrl: values['base-url'],
    apiKeyEnv: values['api-key-env'],
    concurrency: values.concurrency === 'auto' ? 'auto' : numberOf('concurrency', values.concurrency, { from: 1, to: 1000, whole: true }),
    requestsPerMinute: numberOf('rpm', values.rpm, { from: smallest }),
    tokensPerMinute: numberOf('tpm', values.tpm, { from: smallest }),
    safetyFactor: numberOf('safety', values.safety, { from: smallest, to: 1 }) ?? 0.8,
    attempts: numberOf('attempts', values.attempts, { from: 1, to: 100, whole: true }) ?? 3,
    retryBaseMs: numberOf('retry-base', values['retry-base'], { from: 0 }) ?? 1000,
    sequential: values.sequential,
    json: values.json,
  };
  if (options.baseUrl !== undefined && !/^https?:\/\/[^/]/.test(options.baseUrl)) {
    throw new UsageError(`--base-url must be an address such as https://api.openai.com/v1, not "${options.baseUrl}".`);
  }
  return options;
}
