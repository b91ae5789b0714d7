import { access, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isInside } from '../base/paths.ts';
import { decodePrompt } from '../prompts/decode.ts';
import { formatOf, promptFileGlobs, type FormatName } from '../prompts/formats/formatNames.ts';
import { limits, tooLong } from '../prompts/limits.ts';
import type { PromptSource } from '../runs/plan/plan.ts';
import { readFileWithin } from '../storage/ownFiles.ts';
import { Refusal, UsageError } from './usage.ts';

/** Standard input, as an argument. */
const standardInput = '-';
/** Its name in ids and manifests, and that of its candidates' folder. */
const standardInputName = 'stdin.md';
/** More than anybody generates of at once. */
const mostFiles = 5000;

/**
 * The prompt files that arguments name: files, folders with prompt files anywhere in them, patterns, or `-`.
 *
 * @throws UsageError, Refusal
 */
export async function promptSources(
  args: readonly string[],
  format: FormatName | undefined,
): Promise<readonly PromptSource[]> {
  const sources: PromptSource[] = [];
  for (const arg of args) {
    if (arg === standardInput) sources.push(await readStandardInput(format));
    else for (const file of await filesNamed(arg)) sources.push(await readSource(file, format));
  }
  return sources;
}

/** Those of a folder, in order; empty when there are none. @param folder absolute */
export async function promptFilesBelow(folder: string): Promise<readonly string[]> {
  return find([...promptFileGlobs], folder);
}

async function filesNamed(arg: string): Promise<readonly string[]> {
  const found = await stat(arg).catch(() => undefined);
  if (found?.isDirectory() === true) {
    const files = await promptFilesBelow(resolve(arg));
    if (files.length === 0)
      throw new UsageError(`There are no prompt files in the folder "${arg}": name another one, or a file.`);
    return files;
  }
  if (found || !/[*?[{]/.test(arg)) return [arg];
  const files = await find([arg.replaceAll('\\', '/')], process.cwd());
  if (files.length === 0) throw new UsageError(`No file matches ${arg}.`);
  return files;
}

async function find(patterns: string[], folder: string): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby');
  const found = await glob(patterns, {
    cwd: folder,
    absolute: true,
    followSymbolicLinks: false,
    ignore: ['**/node_modules/**', '**/candidates/**', '**/.git/**'],
    dot: true,
    expandDirectories: false,
  });
  if (found.length > mostFiles) throw new UsageError(`There are more than ${mostFiles} prompt files: name fewer.`);
  return found.sort();
}

async function readStandardInput(format: FormatName = 'text'): Promise<PromptSource> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > limits.fileBytes) throw new Refusal(`Standard input: ${tooLong()}`);
    parts.push(part);
  }
  return { path: resolve(standardInputName), text: textOf(Buffer.concat(parts), 'Standard input'), format };
}

/** @throws Refusal */
function textOf(bytes: Uint8Array, name: string): string {
  const decoded = decodePrompt(bytes);
  if (decoded.ok) return decoded.value;
  throw new Refusal(`${name} ${decoded.failure}`, name);
}

/** @throws UsageError, Refusal */
export async function readSource(
  file: string,
  chosen: FormatName | undefined,
  called?: 'pipeline file',
): Promise<PromptSource> {
  const path = resolve(file);
  // A link that came with the files one works on would send to a service what lies elsewhere.
  const folder = isInside(process.cwd(), path) ? process.cwd() : dirname(path);
  const within = (await repositoryOf(dirname(path), folder)) ?? folder;
  try {
    const text = textOf(await readFileWithin(path, limits.fileBytes, within), file);
    // Whoever names a plain text means it.
    const format = chosen ?? formatOf(path, true);
    return { path, text, ...(format === undefined ? {} : { format }) };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new UsageError(`There is no file ${file}.`, file);
    if (code === 'TOO_LARGE') throw new Refusal(`${file}: ${tooLong(called)}`, file);
    if (code === 'NOT_A_FILE' || code === 'OUTSIDE_ROOT') {
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() === true) {
        const real = await realpath(path);
        throw new Refusal(
          `${file} is or lies behind a link out of ${within} to ${real}: name that if you mean it.`,
          file,
        );
      }
      throw new Refusal(
        `${file} is no file but a pipe, a device or a socket: name a ${called ?? 'prompt file'}.`,
        file,
      );
    }
    if (code === 'EACCES') throw new UsageError(`You have no permission to read ${file}.`, file);
    throw new Refusal(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, file);
  }
}

/** The nearest repository that a folder belongs to, at most as far up as `top`. */
export async function repositoryOf(start: string, top?: string): Promise<string | undefined> {
  for (let folder = start; ; folder = dirname(folder)) {
    try {
      await access(join(folder, '.git'));
      return folder;
    } catch {
      if (folder === top || dirname(folder) === folder) return undefined;
    }
  }
}
