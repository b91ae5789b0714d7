import { redactAddress } from '../base/redact.ts';
import { readBudget, type Budget } from '../model/budget.ts';
import { baseOf, holdsUser, isAddress } from '../services/address.ts';
import { additionOptions } from './additionOptions.ts';
import { number, onOff, readNumber, text, under, valued, type GivenOptions } from './options.ts';
import { UsageError } from './usage.ts';

const smallest = 0.001;

/** What holds for every run, started or resumed; undefined: as it is configured, or as the run was started. */
export const limitOptions = {
  ...under('Where:', {
    baseUrl: valued('--base-url <url>', 'an OpenAI-compatible endpoint', readAddress),
    apiKeyEnv: text(
      '--api-key-env <name>',
      'environment variable that holds the API key (default OPENAI_API_KEY or ANTHROPIC_API_KEY)',
    ),
  }),
  ...additionOptions,
  ...under('How fast:', {
    concurrency: valued(
      '--concurrency <n>',
      'attempts at once (default auto: starts with 5 and widens by itself)',
      (given, name) => (given === 'auto' ? 'auto' : readNumber(given, name, { from: 1, to: 1000, whole: true })),
    ),
    requestsPerMinute: number('--rpm <n>', 'requests per minute', { from: smallest }),
    tokensPerMinute: number('--tpm <n>', 'tokens per minute', { from: smallest }),
    safetyFactor: number('--safety <share>', 'share of the rates to use, above 0 to 1 (default 0.8)', {
      from: smallest,
      to: 1,
    }),
    attempts: number('--attempts <n>', 'attempts per candidate (default 3)', { from: 1, to: 100, whole: true }),
    retryBaseMs: number('--retry-base <ms>', 'longest wait before the first retry; doubles each time (default 1000)', {
      from: 0,
    }),
    patience: number('--patience <seconds>', 'longest wait for a service that asks for one or is down (default 600)', {
      from: 0,
    }),
    sequential: onOff('--sequential', 'one at a time, with the same files'),
  }),
  ...under('How much:', {
    budget: valued('--budget <amounts>', 'what the run may spend in all: requests=N,tokens=N,cost=N', readAmounts),
    dailyBudget: valued(
      '--daily-budget <amounts>',
      'what all runs of the folder may spend in a day (default: that of your settings)',
      readAmounts,
    ),
  }),
  ...under('Output:', {
    json: onOff('--json', 'one JSON object on standard output and nothing else; none with exit status 2'),
  }),
};

function readAmounts(given: string, name: string): Budget {
  const budget = readBudget(given);
  if (budget) return budget;
  throw new UsageError(`${name} must be amounts above 0 such as requests=200,tokens=500000,cost=2.5, not "${given}".`);
}

function readAddress(given: string, name: string): string {
  const address = given.trim();
  if (!isAddress(address)) {
    throw new UsageError(
      `${name} must be an address such as https://api.openai.com/v1, not "${redactAddress(given)}".`,
    );
  }
  if (!holdsUser(address)) return baseOf(address);
  throw new UsageError(
    `${name} must be an address without a user name and a password: leave out what stands before the "@", and put ` +
      'a key into the variable that --api-key-env names.',
  );
}

export type LimitOptions = GivenOptions<typeof limitOptions>;
