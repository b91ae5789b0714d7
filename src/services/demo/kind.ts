import * as v from 'valibot';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { commonEntries, modelNamesSchema, type ServiceKind } from '../serviceKind.ts';
import { DemoService } from './demo.ts';

export const demoService: ServiceSettings = { name: 'demo', kind: 'demo', models: ['demo'] };

/** The built-in service that needs neither a key nor a network. */
export const demoKind: ServiceKind<ServiceSettings> = {
  name: 'demo',
  schema: v.object({ ...commonEntries, kind: v.literal('demo'), models: v.optional(modelNamesSchema, ['demo']) }),
  expectations: {},
  builtIn: demoService,
  create: ({ name }) => new DemoService(name),
  endpoint: ({ name }) => name,
  identity: () => 'demo',
  mayBeStored: () => true,
  cachesPrompts: () => false,
  knownPrices: () => undefined,
  takesAttachments: true,
  key: () => undefined,
};
