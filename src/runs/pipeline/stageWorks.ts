import { join } from 'node:path';
import { bytesHash } from '../../base/hash.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { isInside } from '../../base/paths.ts';
import type { HttpStage, Pipeline } from '../../flow/pipeline.ts';
import { cancelledFailure } from '../../model/attempt.ts';
import { HttpService } from '../../services/http/httpService.ts';
import { commandStage } from '../../stages/command/commandStage.ts';
import { renderAddress } from '../../stages/http/addressTemplate.ts';
import { httpStage } from '../../stages/http/httpStage.ts';
import { moduleStage } from '../../stages/module/moduleStage.ts';
import { builtPrograms, Threads } from '../../stages/module/threads.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { realPlace } from '../../storage/pathGate.ts';
import { whyUnread } from '../plan/readProblem.ts';
import type { ServiceDirectory } from '../serviceDirectory.ts';
import type { StageWorks, Work } from './pipelineStages.ts';
import type { StageFiles } from './stageFiles.ts';
import { WebRequests } from './webRequests.ts';

export interface StageWorksOptions {
  readonly pipeline: Pipeline;
  /** Of the pipeline, absolute. */
  readonly folder: string;
  readonly store: FileStore;
  readonly files: StageFiles;
  readonly services: Pick<ServiceDirectory, 'service' | 'prices' | 'settings'>;
  /** Whether requests go through a proxy. */
  readonly isProxied: boolean;
  /** Where the bundles of the program lie, absolute. */
  readonly programs: string;
}

export interface OpenStageWorks extends StageWorks {
  /** Ends the threads of modules. */
  readonly dispose: () => Promise<void>;
}

/** Modules and scripts that are larger are no texts of anybody. */
const mostProgramBytes = 20_000_000;

/** How stages work that ask no model. */
export async function stageWorks(options: StageWorksOptions): Promise<OpenStageWorks> {
  const { folder, store, files, services, isProxied, programs } = options;
  const web = new WebRequests(files, isProxied);
  const threads = new Threads(builtPrograms(programs));
  const contents = await programContents(options);
  return {
    workOf: (stage) => {
      switch (stage.kind) {
        case 'command':
          return commandStage(stage, { folder });
        case 'http':
          return requests(stage, web, services);
        case 'module':
          return moduleStage(stage, {
            threads,
            folder,
            resolveModule: (module) => resolveModule(folder, module),
            readFile: (path, mostBytes) => readFile(store, folder, path, mostBytes),
          });
      }
    },
    contentOf: ({ name }) => contents.get(name) ?? '',
    dispose: () => threads.close(),
  };
}

/** What the modules and scripts of the folder hold, by stage, so that what another one made is not taken for theirs. */
async function programContents({ pipeline, folder, store }: StageWorksOptions): Promise<ReadonlyMap<string, string>> {
  const contents = new Map<string, string>();
  for (const stage of pipeline.stages) {
    const named =
      stage.kind === 'module'
        ? [stage.module]
        : stage.kind === 'command' && stage.command.kind === 'program'
          ? stage.command.arguments
          : [];
    const hashes: string[] = [];
    for (const path of named.filter((each) => /[./]/.test(each) && !each.includes('{{'))) {
      const bytes = await store.readWithin(join(folder, path), mostProgramBytes, folder).catch(() => undefined);
      if (bytes) hashes.push(bytesHash(bytes));
    }
    contents.set(stage.name, hashes.join(' '));
  }
  return contents;
}

async function resolveModule(folder: string, module: string): Promise<Outcome<string, string>> {
  const [real, place] = await Promise.all([realPlace(folder), realPlace(join(folder, module)).catch(() => undefined)]);
  if (place && isInside(real.path, place.path)) return success(place.path);
  return failed(`The module ${module} is not there or lies outside of the pipeline's folder: correct its path.`);
}

async function readFile(
  store: FileStore,
  folder: string,
  path: string,
  mostBytes: number,
): Promise<Outcome<Uint8Array, string>> {
  try {
    return success(await store.readWithin(join(folder, path), mostBytes, folder));
  } catch (error) {
    return failed(`The file ${path} ${whyUnread(error, `${Math.floor(mostBytes / 1_000_000)} MB`)}`);
  }
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
