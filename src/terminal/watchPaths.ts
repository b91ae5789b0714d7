import { systemClock } from '../base/clock.ts';
import { Watch } from '../runs/watch.ts';
import { exitInterrupted } from './report.ts';
import { say } from './session.ts';

export interface WatchedPaths {
  /** Absolute. */
  readonly roots: readonly string[];
  /** As the person has written them. */
  readonly names: readonly string[];
  /** How long nothing must change before something is done about it, ms: editors write in several steps. */
  readonly quietMs: number;
  readonly isLeftOut: (path: string) => boolean;
  /** What is done about changes. @returns the exit status */
  readonly pass: () => Promise<number>;
}

/** Does something about changes below folders until it is interrupted. @returns the exit status */
export async function watchPaths(watched: WatchedPaths): Promise<number> {
  const { roots, names, quietMs, isLeftOut, pass } = watched;
  const ended = Promise.withResolvers<number>();
  let isRunning = false;
  let isInterrupted = false;
  const changes = new Watch({
    clock: systemClock,
    quietMs,
    run: async () => {
      isRunning = true;
      const status = await pass();
      isRunning = false;
      if (isInterrupted || status === exitInterrupted) ended.resolve(exitInterrupted);
    },
  });
  const { watch } = await import('chokidar');
  const watcher = watch([...roots], {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: isLeftOut,
  });
  watcher.on('all', () => changes.changed());
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  // What has changed before nobody was told of.
  changes.changed();
  // A run that is going on takes the interrupt itself, and tells; what comes behind its end waits for the pass.
  const interrupted = (): void => {
    isInterrupted = true;
    if (!isRunning) ended.resolve(exitInterrupted);
  };
  process.on('SIGINT', interrupted);
  say(`Watching ${names.join(', ')}: Ctrl+C ends it.`);
  try {
    return await ended.promise;
  } finally {
    process.off('SIGINT', interrupted);
    changes.dispose();
    await watcher.close();
  }
}
