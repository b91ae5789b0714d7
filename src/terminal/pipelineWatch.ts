import { relative, sep } from 'node:path';
import type { DataSource } from '../model/data.ts';
import { DataFiles } from '../storage/dataFiles.ts';
import { readPipelineFile, type NamedPipeline } from './pipelineRun.ts';
import { UsageError } from './usage.ts';
import { watchPaths } from './watchPaths.ts';

const quietMs = 500;
/** A file that is still being written is waited for, ms. */
const settleMs = 1_000;
/** More than a source may have. */
const mostFiles = 100_000;

/** A pipeline whose source is watched. */
export interface WatchedPipeline extends NamedPipeline {
  readonly source: DataSource;
}

/**
 * The pipelines whose source says that it is watched, or all of them where the person says so.
 *
 * @throws UsageError for one that has no files to watch
 */
export async function watchedPipelines(files: readonly string[], areAll: boolean): Promise<readonly WatchedPipeline[]> {
  const watched: WatchedPipeline[] = [];
  for (const file of files) {
    const named = await readPipelineFile(file);
    if (!named.ok) continue;
    const { source } = named.value.file.pipeline;
    if (!areAll && !source.watch) continue;
    if (!source.data || source.data.source.kind === 'rows') {
      throw new UsageError(`${file} has no files to watch: its "source" must name some.`);
    }
    watched.push({ ...named.value, source: source.data.source });
  }
  return watched;
}

/** Runs pipelines again whenever files of their sources come or change. @returns the exit status */
export function watchPipelines(watched: readonly WatchedPipeline[], pass: () => Promise<number>): Promise<number> {
  return watchPaths({
    roots: [...new Set(watched.map(({ folder }) => folder))],
    names: watched.map(({ path }) => path),
    quietMs,
    settleMs,
    isLeftOut: (path) => path.split(sep).some((name) => name === 'node_modules' || name === '.git'),
    isWanted: async (path) => {
      for (const each of watched) if (await isOfSource(path, each)) return true;
      return false;
    },
    pass,
  });
}

/** What the stages write is not read again, unless the source says so. */
async function isOfSource(path: string, { folder, root, source }: WatchedPipeline): Promise<boolean> {
  const name = relative(folder, path).split(sep).join('/');
  switch (source.kind) {
    case 'rows':
      return false;
    case 'file':
      return name === source.path;
    case 'files': {
      const listed = await new DataFiles(folder, root).list(source.pattern, mostFiles);
      return listed.ok && listed.value.includes(name);
    }
  }
}
