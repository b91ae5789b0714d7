import { join } from 'node:path';
import { bytesHash } from '../../base/hash.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { isInside } from '../../base/paths.ts';
import { governorOf } from '../../flow/flowOf.ts';
import type { HttpStage, Pipeline } from '../../flow/pipeline.ts';
import { cancelledFailure, type Failure } from '../../model/attempt.ts';
import { HttpService } from '../../services/http/httpService.ts';
import { commandStage } from '../../stages/command/commandStage.ts';
import { renderAddress } from '../../stages/http/addressTemplate.ts';
import { httpStage } from '../../stages/http/httpStage.ts';
import type { HttpTools } from '../../stages/http/httpTools.ts';
import { moduleStage } from '../../stages/module/moduleStage.ts';
import { builtPrograms, Threads } from '../../stages/module/threads.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { realPlace } from '../../storage/pathGate.ts';
import type { ServiceDirectory } from '../serviceDirectory.ts';
import type { StageWorks, Work, WorkTask } from './pipelineStages.ts';
import { readFolderFile } from './readFolderFile.ts';
import type { StageFiles } from './stageFiles.ts';
import { WebRequests, type FetchedStore } from './webRequests.ts';

export interface StageWorksOptions {
  readonly pipeline: Pipeline;
  /** Of the pipeline, absolute. */
  readonly folder: string;
  readonly store: FileStore;
  readonly files: StageFiles;
  readonly services: Pick<ServiceDirectory, 'service' | 'prices' | 'settings' | 'identity'>;
  /** Where what is fetched is kept for later runs; absent: `keepIn` will say. */
  readonly fetched?: FetchedStore;
  /** Whether requests go through a proxy. */
  readonly isProxied: boolean;
  /** Where the bundles of the program lie, absolute. */
  readonly programs: string;
}

export interface OpenStageWorks extends StageWorks {
  /** From here on, what http stages fetch is kept for later runs too. */
  readonly keepIn: (fetched: FetchedStore) => void;
  /** Ends the threads of modules. */
  readonly dispose: () => Promise<void>;
}

/** Modules and scripts that are larger are no texts of anybody. */
const mostProgramBytes = 20_000_000;

/** How stages work that ask no model. */
export async function stageWorks(options: StageWorksOptions): Promise<OpenStageWorks> {
  const { folder, store, files, services, isProxied, programs } = options;
  const web = new WebRequests(files, isProxied);
  if (options.fetched) web.keepIn(options.fetched);
  const threads = new Threads(builtPrograms(programs));
  const contents = await programContents(options);
  return {
    workOf: (stage) => {
      switch (stage.kind) {
        case 'command':
          return ofItems(commandStage(stage, { folder }));
        case 'http':
          return requests(stage, web, services);
        case 'module':
          return ofItems(
            moduleStage(stage, {
              threads,
              folder,
              resolveModule: (module) => resolveModule(folder, module),
              readFile: (path, mostBytes) => readFolderFile(store, folder, path, mostBytes),
            }),
          );
      }
    },
    contentOf: ({ name }) => contents.get(name) ?? '',
    keepIn: (fetched) => web.keepIn(fetched),
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

/** This computer has no outages: what fails is a matter of the record and its program. */
function ofItems(work: Work): Work {
  return async (task) => ({ ...(await work(task)), isOfItem: true });
}

function requests(stage: HttpStage, web: WebRequests, services: StageWorksOptions['services']): Work {
  return async (task) => {
    const { serviceKey, admit } = task;
    const service = services.service(serviceKey);
    const isService = service instanceof HttpService;
    const asks = web.toolsFor(isService ? services.identity(serviceKey) : '');
    const tools = { ...asks, ...(admit ? { admit } : {}) };
    if (!isService) return askPolitely(stage, task, tools, web);
    const outcome = await httpStage(stage, { ...tools, additions: (origin) => service.additions(origin) })(task);
    const [model = ''] = services.settings(serviceKey).models;
    if (!services.prices(serviceKey, model)) return outcome;
    // Prices are of a million requests.
    const { calls = 1, paidCalls = calls } = outcome;
    return { ...outcome, usage: { input: paidCalls, output: 0 } };
  };
}

/** Of a host that nobody has set limits for. */
async function askPolitely(stage: HttpStage, task: WorkTask, tools: HttpTools, web: WebRequests): ReturnType<Work> {
  const ask = httpStage(stage, tools);
  const address = renderAddress(stage.http.url, {}, task);
  // What is no address fails before anybody is asked.
  if (!address.ok) return ask(task);
  const calledOff = { kind: 'failed', failure: cancelledFailure, calls: 0 } as const;
  const { hostname, host } = address.value;
  const asking = (): ReturnType<Work> => web.politely(hostname, task.signal, () => ask(task), calledOff);
  if (governorOf(stage).kind !== 'web') return asking();
  // Where the data names the hosts, what one of them says is nothing about the others.
  const notNow = web.health.begin(host, task.owner, web.intervalOf(hostname));
  if (notNow) return { kind: 'failed', failure: notNow, calls: 0, isOfItem: true };
  let failure: Failure | undefined = cancelledFailure;
  try {
    const outcome = await asking();
    failure = outcome.kind === 'failed' ? outcome.failure : undefined;
    return { ...outcome, isOfItem: true };
  } finally {
    web.health.ended(host, failure);
  }
}
