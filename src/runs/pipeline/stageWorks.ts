import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { commandStage } from '../../stages/command/commandStage.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import type { StageWorks } from './pipelineStages.ts';
import type { StageFiles } from './stageFiles.ts';

export interface StageWorksOptions {
  /** Of the pipeline, absolute. */
  readonly folder: string;
  /** The folder that everything stays inside, absolute. */
  readonly root: string;
  readonly store: FileStore;
  readonly files: StageFiles;
  readonly services: readonly ServiceSettings[];
}

/** How stages work that ask no model. */
export function stageWorks({ folder }: StageWorksOptions): StageWorks {
  return {
    workOf: (stage) => {
      switch (stage.kind) {
        case 'command':
          return commandStage(stage, { folder });
        case 'http':
        case 'module':
          throw new Error('not yet');
      }
    },
    contentOf: () => '',
  };
}
