import type { HttpStage } from '../../flow/pipeline.ts';
import { cancelledFailure } from '../../model/attempt.ts';
import { HttpService } from '../../services/http/httpService.ts';
import { commandStage } from '../../stages/command/commandStage.ts';
import { renderAddress } from '../../stages/http/addressTemplate.ts';
import { httpStage } from '../../stages/http/httpStage.ts';
import type { ServiceDirectory } from '../serviceDirectory.ts';
import type { StageWorks, Work } from './pipelineStages.ts';
import type { StageFiles } from './stageFiles.ts';
import { WebRequests } from './webRequests.ts';

export interface StageWorksOptions {
  /** Of the pipeline, absolute. */
  readonly folder: string;
  readonly files: StageFiles;
  readonly services: Pick<ServiceDirectory, 'service' | 'prices' | 'settings'>;
  /** Whether requests go through a proxy. */
  readonly isProxied: boolean;
}

/** How stages work that ask no model. */
export function stageWorks({ folder, files, services, isProxied }: StageWorksOptions): StageWorks {
  const web = new WebRequests(files, isProxied);
  return {
    workOf: (stage) => {
      switch (stage.kind) {
        case 'command':
          return commandStage(stage, { folder });
        case 'http':
          return requests(stage, web, services);
        case 'module':
          throw new Error('not yet');
      }
    },
    contentOf: () => '',
  };
}

/** A request costs what its service says of a million of them. */
const oneRequest = { input: 1, output: 0 };

function requests(stage: HttpStage, web: WebRequests, services: StageWorksOptions['services']): Work {
  return async (task) => {
    const { record, expressions, signal, serviceKey, admit } = task;
    const service = services.service(serviceKey);
    const known = service instanceof HttpService ? { additions: (origin: string) => service.additions(origin) } : {};
    const ask = httpStage(stage, { ...web.tools, ...known, ...(admit ? { admit } : {}) });
    const address = renderAddress(stage.http.url, {}, { record, expressions });
    const hostname = address.ok ? address.value.hostname : '';
    const outcome =
      service instanceof HttpService || hostname === ''
        ? await ask(task)
        : await web.politely(hostname, signal, () => ask(task), {
            kind: 'failed',
            failure: cancelledFailure,
            calls: 0,
          });
    const [model = ''] = services.settings(serviceKey).models;
    return services.prices(serviceKey, model)?.input === undefined || !(service instanceof HttpService)
      ? outcome
      : { ...outcome, usage: outcome.calls === 0 ? { input: 0, output: 0 } : oneRequest };
  };
}
