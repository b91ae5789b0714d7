import * as l10n from '@vscode/l10n';
import type { AttemptSnapshot } from '../model/run.ts';

/** How an attempt ended. */
export type Outcome = AttemptSnapshot['outcome'];

const words: Record<Outcome, () => string> = {
  completed: () => l10n.t({ message: 'completed', comment: 'How an attempt ended' }),
  'rate-limited': () => l10n.t({ message: 'rate-limited', comment: 'How an attempt ended' }),
  'server-error': () => l10n.t({ message: 'server-error', comment: 'How an attempt ended' }),
  connection: () => l10n.t({ message: 'connection', comment: 'How an attempt ended' }),
  timeout: () => l10n.t({ message: 'timeout', comment: 'How an attempt ended' }),
  malformed: () => l10n.t({ message: 'malformed', comment: 'How an attempt ended' }),
  empty: () => l10n.t({ message: 'empty', comment: 'How an attempt ended' }),
  truncated: () => l10n.t({ message: 'truncated', comment: 'How an attempt ended' }),
  conflict: () => l10n.t({ message: 'conflict', comment: 'How an attempt ended' }),
  unauthorized: () => l10n.t({ message: 'unauthorized', comment: 'How an attempt ended' }),
  'not-found': () => l10n.t({ message: 'not-found', comment: 'How an attempt ended' }),
  'bad-request': () => l10n.t({ message: 'bad-request', comment: 'How an attempt ended' }),
  'quota-exhausted': () => l10n.t({ message: 'quota-exhausted', comment: 'How an attempt ended' }),
  'content-filter': () => l10n.t({ message: 'content-filter', comment: 'How an attempt ended' }),
  'write-failed': () => l10n.t({ message: 'write-failed', comment: 'How an attempt ended' }),
  'missing-members': () => l10n.t({ message: 'missing-members', comment: 'How an attempt ended' }),
  'program-failed': () => l10n.t({ message: 'program-failed', comment: 'How an attempt ended' }),
  forbidden: () => l10n.t({ message: 'forbidden', comment: 'How an attempt ended' }),
  'unknown-model': () => l10n.t({ message: 'unknown-model', comment: 'How an attempt ended' }),
  'wrong-address': () => l10n.t({ message: 'wrong-address', comment: 'How an attempt ended' }),
  certificate: () => l10n.t({ message: 'certificate', comment: 'How an attempt ended' }),
  'max-tokens': () => l10n.t({ message: 'max-tokens', comment: 'How an attempt ended' }),
  'too-long': () => l10n.t({ message: 'too-long', comment: 'How an attempt ended' }),
  'invalid-output': () => l10n.t({ message: 'invalid-output', comment: 'How an attempt ended' }),
  budget: () => l10n.t({ message: 'budget', comment: 'How an attempt ended' }),
  cancelled: () => l10n.t({ message: 'cancelled', comment: 'How an attempt ended' }),
};

/** All that there are. */
export const outcomes = Object.keys(words) as [Outcome, ...Outcome[]];

export function outcomeWord(outcome: Outcome): string {
  return words[outcome]();
}
