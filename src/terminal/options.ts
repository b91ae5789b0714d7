import { parseArgs, type ParseArgsConfig } from 'node:util';
import { cacheModes, type CacheMode } from '../runs/runOptions.ts';
import { UsageError } from './usage.ts';

/** What holds for every run, started or resumed; undefined: as it is configured, or as the run was started. */
export interface LimitOptions {
  readonly baseUrl: string | undefined;
  readonly apiKeyEnv: string | undefined;
  readonly concurrency: number | 'auto' | undefined;
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
  readonly safetyFactor: number | undefined;
  readonly attempts: number | undefined;
  readonly retryBaseMs: number | undefined;
  readonly sequential: boolean;
  readonly json: boolean;
}

export interface GenerateOptions extends LimitOptions {
  readonly files: readonly string[];
  readonly candidates: number | undefined;
  readonly models: readonly string[];
  readonly out: string | undefined;
  readonly dryRun: boolean;
  readonly service: string | undefined;
  readonly cache: CacheMode | undefined;
}

export interface ResumeOptions extends LimitOptions {
  /** Absent: the newest that can be resumed. */
  readonly run: string | undefined;
  /** Only what has failed. */
  readonly failed: boolean;
  /** Only these items, by id, whatever became of them. */
  readonly items: readonly string[];
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

const limitFlags = {
  'base-url': text,
  'api-key-env': text,
  concurrency: text,
  rpm: text,
  tpm: text,
  safety: text,
  attempts: text,
  'retry-base': text,
  sequential: flag,
  json: flag,
} as const;

function parse<Flags extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: Flags) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(
      error instanceof Error ? (error.message.split(/\.\s/)[0] ?? error.message).replace(/\.?$/, '.') : String(error),
    );
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
  const fits =
    number >= from && number <= (to ?? Number.MAX_SAFE_INTEGER) && (whole !== true || Number.isInteger(number));
  if (fits) return number;
  const kind = whole === true ? 'a whole number' : 'a number';
  const range = to === undefined ? `of at least ${from}` : `from ${from} to ${to}`;
  throw new UsageError(`--${name} must be ${kind} ${range}, not "${value}".`);
}

const smallest = 0.001;

type LimitValues = Readonly<Partial<Record<Exclude<keyof typeof limitFlags, 'sequential' | 'json'>, string>>> & {
  readonly sequential: boolean;
  readonly json: boolean;
};

function limitOptions(values: LimitValues): LimitOptions {
  const baseUrl = values['base-url'];
  if (baseUrl !== undefined && !/^https?:\/\/[^/]/.test(baseUrl)) {
    throw new UsageError(`--base-url must be an address such as https://api.openai.com/v1, not "${baseUrl}".`);
  }
  return {
    baseUrl,
    apiKeyEnv: values['api-key-env'],
    concurrency:
      values.concurrency === 'auto'
        ? 'auto'
        : numberOf('concurrency', values.concurrency, { from: 1, to: 1000, whole: true }),
    requestsPerMinute: numberOf('rpm', values.rpm, { from: smallest }),
    tokensPerMinute: numberOf('tpm', values.tpm, { from: smallest }),
    safetyFactor: numberOf('safety', values.safety, { from: smallest, to: 1 }),
    attempts: numberOf('attempts', values.attempts, { from: 1, to: 100, whole: true }),
    retryBaseMs: numberOf('retry-base', values['retry-base'], { from: 0 }),
    sequential: values.sequential,
    json: values.json,
  };
}

export function parseGenerateOptions(args: readonly string[]): GenerateOptions {
  const { values, positionals } = parse(args, {
    ...limitFlags,
    candidates: text,
    service: text,
    model: { type: 'string', multiple: true },
    out: text,
    cache: text,
    'dry-run': flag,
  });
  if (positionals.length === 0) throw new UsageError('Name at least one prompt file.');
  const cache = cacheModes.find((mode) => mode === values.cache);
  if (values.cache !== undefined && cache === undefined) {
    throw new UsageError(`--cache must be ${cacheModes.join(', ')}, not "${values.cache}".`);
  }
  return {
    ...limitOptions(values),
    files: positionals,
    candidates: numberOf('candidates', values.candidates, { from: 1, to: 1000, whole: true }),
    models:
      values.model
        ?.flatMap((list) => list.split(','))
        .map((model) => model.trim())
        .filter((model) => model !== '') ?? [],
    out: values.out,
    dryRun: values['dry-run'],
    service: values.service,
    cache,
  };
}

export function parseResumeOptions(args: readonly string[]): ResumeOptions {
  const { values, positionals } = parse(args, {
    ...limitFlags,
    failed: flag,
    item: { type: 'string', multiple: true },
  });
  if (positionals.length > 1) throw new UsageError('Name one run at most.');
  const items = values.item?.flatMap((list) => list.split(',')) ?? [];
  if (values.failed && items.length > 0) throw new UsageError('--failed and --item do not go together.');
  return { ...limitOptions(values), run: positionals[0], failed: values.failed, items };
}

export function parseRunsOptions(args: readonly string[]): { readonly json: boolean } {
  const { values, positionals } = parse(args, { json: flag });
  if (positionals[0] !== undefined) throw new UsageError(`"runs" takes no "${positionals[0]}".`);
  return { json: values.json };
}

export function parseDiscardOptions(args: readonly string[]): { readonly run: string } {
  const { positionals } = parse(args, {});
  const [run, second] = positionals;
  if (run === undefined || second !== undefined) throw new UsageError('Name the one run to discard.');
  return { run };
}
