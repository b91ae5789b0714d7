import { failed } from '../base/outcome.ts';
import { deliveryKind } from './delivery.ts';
export const markdown = deliveryKind('markdown', {
  endings: ['.markdown'],
  read: () => undefined,
  make: () => Promise.resolve(failed('x')),
});
