import { failed } from '../base/outcome.ts';
import { deliveryKind } from './delivery.ts';
export const apkg = deliveryKind('apkg', {
  endings: ['.apkg'],
  read: () => undefined,
  make: () => Promise.resolve(failed('x')),
});
