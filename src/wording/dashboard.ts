import * as l10n from '@vscode/l10n';
import { numbers } from './numbers.ts';

/** Heads of the columns of the stages in a terminal, in the language in use when they are asked for. */
export const stageHeads = {
  name: () => l10n.t({ message: 'stage', comment: 'Head of a column with names' }),
  waiting: () => l10n.t({ message: 'waiting', comment: 'Head of a column with counts' }),
  running: () => l10n.t({ message: 'running', comment: 'Head of a column with counts' }),
  done: () => l10n.t({ message: 'done', comment: 'Head of a column with counts' }),
  failed: () => l10n.t({ message: 'failed', comment: 'Head of a column with counts' }),
  perMinute: () => l10n.t({ message: 'per min', comment: 'Head of a column with counts' }),
  queue: () => l10n.t({ message: 'queue', comment: 'Head of a column: how full a queue is' }),
} as const;

/** How full a queue is: `12/100`. */
export function queueFill(waiting: number, bound: number): string {
  return `${numbers.whole(Math.min(waiting, bound))}/${numbers.whole(bound)}`;
}

export const dashboardText = {
  bottleneck: () => l10n.t('the others wait for it'),
  moreStages: (amount: number) => l10n.t('… {0} more', numbers.whole(amount)),
  failures: () => l10n.t('What failed last:'),
} as const;
