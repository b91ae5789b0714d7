import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { parse, type ParseError } from 'jsonc-parser';
import { UsageError } from './usage.ts';

/** The settings of the editor that hold in a terminal too. */
const names = [
  'parallelCandidates.services',
  'parallelCandidates.defaultService',
  'parallelCandidates.cache',
  'parallelCandidates.dailyBudget',
] as const;

/** What a settings file says, as it is written there. */
export type FileSettings = Readonly<Partial<Record<(typeof names)[number], unknown>>>;

const mostBytes = 1_000_000;

/**
 * The settings in a `settings.json` that hold here; without that file there are none.
 *
 * @throws UsageError with the sentence that says what is wrong with the file
 */
export async function readSettingsFile(path: string): Promise<FileSettings> {
  const text = await readText(path);
  if (text === undefined) return {};
  const settings = parsed(text);
  if (settings === undefined) throw new UsageError(`${path} is not valid JSON: mend it, or run from another folder.`);
  // A key "__proto__" must not pass something off as a setting.
  return Object.fromEntries(
    names.flatMap((name) => (Object.hasOwn(settings, name) ? [[name, settings[name as keyof typeof settings]]] : [])),
  );
}

/** Undefined where there is no file: a pipe or a device is none. */
async function readText(path: string): Promise<string | undefined> {
  let file;
  try {
    // Whoever opens a pipe waits for its other end.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) return undefined;
    if (found.size > mostBytes) throw new UsageError(`${path} is larger than 1 MB, which no settings are.`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function parsed(text: string): object | undefined {
  const errors: ParseError[] = [];
  try {
    const settings: unknown = parse(text, errors, { allowTrailingComma: true });
    return errors.length === 0 && typeof settings === 'object' && settings !== null ? settings : undefined;
  } catch {
    // Nested more deeply than anybody writes.
    return undefined;
  }
}
