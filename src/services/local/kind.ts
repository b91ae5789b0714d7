import * as v from 'valibot';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { commonEntries, modelNamesSchema, type ServiceKind } from '../serviceKind.ts';
import { StageService } from '../stageService.ts';

/** Work of this computer, which costs nothing: what bounds it is how much goes on at once. */
export const localKind: ServiceKind<ServiceSettings> = {
  name: 'local',
  schema: v.object({ ...commonEntries, kind: v.literal('local'), models: v.optional(modelNamesSchema, ['local']) }),
  expectations: {},
  create: ({ name }) => new StageService(name),
  endpoint: ({ name }) => name,
  identity: () => 'local',
  mayBeStored: () => true,
  cachesPrompts: () => false,
  knownPrices: () => ({ input: 0, output: 0 }),
  key: () => undefined,
};
