import { failed } from '../base/outcome.ts';
import { deliveryKind } from './delivery.ts';
export const epub = deliveryKind('epub', {
  endings: ['.epub'],
  read: () => undefined,
  make: () => Promise.resolve(failed('x')),
});
