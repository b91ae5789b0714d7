import { failed } from '../base/outcome.ts';
import { deliveryKind } from './delivery.ts';
export const html = deliveryKind('html', {
  endings: ['.html'],
  read: () => undefined,
  make: () => Promise.resolve(failed('x')),
});
