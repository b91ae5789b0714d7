import { posix } from 'node:path';

/** The name of a pipeline file without its ending. @param path with `/` */
export function pipelineName(path: string): string {
  return posix.basename(path).replace(/\.pipeline\.ya?ml$/i, '');
}

/** Whether a file is a pipeline, by its name. */
export function isPipelineFile(path: string): boolean {
  return /\.pipeline\.ya?ml$/i.test(path);
}
