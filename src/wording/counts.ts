import * as l10n from '@vscode/l10n';
import { numbers } from './numbers.ts';

/** How many of something, as a part of a sentence that holds more than one count. */
export const counts = {
  calls: (amount: number) => (amount === 1 ? l10n.t('1 call') : l10n.t('{0} calls', numbers.whole(amount))),
  requests: (amount: number) =>
    numbers.isOne(amount)
      ? l10n.t('{0} request', numbers.whole(amount))
      : l10n.t('{0} requests', numbers.whole(amount)),
  rows: (amount: number) => (amount === 1 ? l10n.t('1 row') : l10n.t('{0} rows', numbers.whole(amount))),
};
