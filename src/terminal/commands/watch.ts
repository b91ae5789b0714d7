import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { defineCommand } from '../command.ts';
import { onOff, under, type GivenOptions } from '../options.ts';
import { promptFilesBelow, readSource } from '../promptSources.ts';
import { useProxyOf } from '../proxy.ts';
import { exitBadInput, exitInterrupted, exitWritten } from '../report.ts';
import { say } from '../session.ts';
import { Refusal, UsageError } from '../usage.ts';
import { watchPaths } from '../watchPaths.ts';
import { generateFrom, generateOptions } from './generate.ts';

const { existing: _existing, dryRun: _dryRun, ...shared } = generateOptions;

const watchOptions = {
  ...shared,
  ...under('What to generate:', { once: onOff('--once', 'make what has changed, and leave') }),
};

type WatchOptions = GivenOptions<typeof watchOptions>;

/** How long a folder must be left alone, ms: editors write in several steps. */
const quietMs = 300;

export const watch = defineCommand({
  name: 'watch',
  takes: '<folder...>',
  summary: 'generate candidates of prompt files in folders whenever they or their data change',
  options: watchOptions,
  wrongArguments: () => 'Name at least one folder.',
  run: async (folders, options) => {
    const unused = useProxyOf(process.env);
    if (unused !== undefined) say(unused);
    for (const folder of folders) {
      const found = await stat(folder).catch(() => undefined);
      if (found?.isDirectory() !== true) throw new UsageError(`There is no folder ${folder}.`);
    }
    const first = await pass(folders, options);
    return options.once || first === exitInterrupted ? first : watchFolders(folders, options);
  },
});

/** Makes what has no candidates of the present prompt and row, newest prompt file first. @returns the worst exit status */
async function pass(folders: readonly string[], options: WatchOptions): Promise<number> {
  let worst = exitWritten;
  for (const file of await newestFirst(folders)) {
    const status = await generateOf(file, options);
    if (status === exitInterrupted) return status;
    worst = Math.max(worst, status);
  }
  return worst;
}

/** What is wrong with one file is told and does not stop the others. */
async function generateOf(file: string, options: WatchOptions): Promise<number> {
  try {
    const given = {
      ...options,
      existing: undefined,
      dryRun: false,
      nameOf: (option: string) => nameIn(options, option),
    };
    return await generateFrom([await readSource(file, options.format)], given, 'changed');
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof UsageError)) throw error;
    say(error.message);
    return exitBadInput;
  }
}

function nameIn(options: WatchOptions, option: string): string {
  return options.nameOf(option as Parameters<WatchOptions['nameOf']>[0]);
}

async function newestFirst(folders: readonly string[]): Promise<readonly string[]> {
  const files = (await Promise.all(folders.map((folder) => promptFilesBelow(resolve(folder))))).flat();
  const changed = await Promise.all(
    [...new Set(files)].map(async (file) => ({ file, at: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  return changed.sort((a, b) => b.at - a.at).map(({ file }) => file);
}

function watchFolders(folders: readonly string[], options: WatchOptions): Promise<number> {
  const roots = folders.map((folder) => resolve(folder));
  return watchPaths({
    roots,
    names: folders,
    quietMs,
    isLeftOut: (path) => roots.every((root) => isLeftOut(relative(root, path))),
    pass: () => pass(folders, options),
  });
}

/** What is generated is not watched, and no file that is only there while another one is written. */
function isLeftOut(path: string): boolean {
  if (/(?:^|[/\\])\.[^/\\]+\.(?:tmp|lock)$/.test(path)) return true;
  return path.split(sep).some((name) => name === 'candidates' || name === 'node_modules' || name === '.git');
}
