import * as v from 'valibot';
import type { Prices } from '../../model/prices.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { commonEntries, modelNamesSchema, type ServiceKind } from '../serviceKind.ts';
import { DemoService } from './demo.ts';

export const demoService: ServiceSettings = { name: 'demo', kind: 'demo', models: ['demo'] };

/** Play money: nobody pays for the demo service, and its plans, budgets and tables show what they would of another. */
export const demoPrices: Prices = { input: 1, output: 4 };

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
  knownPrices: () => demoPrices,
  takesAttachments: true,
  usualLatencyMs: { low: 1800, high: 2600 },
  key: () => undefined,
};
