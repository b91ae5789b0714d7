import * as v from 'valibot';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { commonEntries, modelNamesSchema, type ServiceKind } from '../serviceKind.ts';
import { LateService } from './lateService.ts';

/** The language models of the editor, which extensions such as GitHub Copilot bring. */
export const vscodeLmKind: ServiceKind<ServiceSettings> = {
  name: 'vscode-lm',
  schema: v.object({ ...commonEntries, kind: v.literal('vscode-lm'), models: v.optional(modelNamesSchema, ['auto']) }),
  expectations: {},
  create: ({ name }, { editorModels }) =>
    new LateService(name, async () => {
      const { VscodeLmService } = await import('./vscodeLm.ts');
      return new VscodeLmService(name, editorModels);
    }),
  endpoint: ({ name }) => name,
  identity: () => 'vscode-lm',
  mayBeStored: () => true,
  cachesPrompts: () => false,
  knownPrices: () => undefined,
  countsRequests: true,
  ownModels: async ({ editorModels }) => (await editorModels?.list())?.map(({ name }) => name) ?? [],
  key: () => undefined,
};
