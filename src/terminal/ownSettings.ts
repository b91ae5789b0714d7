import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { applyEdits, modify, parse, type ParseError } from 'jsonc-parser';
import { describeError } from '../base/redact.ts';
import { isJsonObject } from '../base/jsonObject.ts';
import type { ServiceSettings } from '../model/serviceSettings.ts';
import { ownFolders } from './ownFolders.ts';
import { Refusal } from './usage.ts';

const servicesKey = 'parallelCandidates.services';
const defaultKey = 'parallelCandidates.defaultService';
const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };

/**
 * Puts a service into the person's own settings file, in place of one of the same name; comments and the rest stay.
 *
 * @returns the path of the file
 * @throws Refusal with the sentence that says why it was left as it is
 */
export async function storeService(service: ServiceSettings, isDefault: boolean): Promise<string> {
  const { config } = await ownFolders();
  if (config === undefined)
    throw new Refusal('You have no home folder, so there is no place for settings of your own.');
  const path = join(config, 'settings.json');
  const before = (await textOf(path)) ?? '{}\n';
  const errors: ParseError[] = [];
  const settings: unknown = parse(before, errors, { allowTrailingComma: true });
  const services = isJsonObject(settings) ? (settings[servicesKey] ?? []) : undefined;
  if (errors.length > 0 || !Array.isArray(services)) {
    throw new Refusal(`${path} is not valid JSON, or its services are no list: mend it first; it was left as it is.`);
  }
  const place = (services as unknown[]).findIndex((each) => isJsonObject(each) && each.name === service.name);
  // A list that is not there yet is put in as a whole.
  const [keyPath, value] =
    isJsonObject(settings) && servicesKey in settings
      ? [[servicesKey, place < 0 ? services.length : place], service]
      : [[servicesKey], [service]];
  let text = applyEdits(before, modify(before, keyPath, value, { formattingOptions }));
  if (isDefault) text = applyEdits(text, modify(text, [defaultKey], service.name, { formattingOptions }));
  await replace(path, text);
  return path;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Refusal(`${path} cannot be read: ${describeError(error)}.`);
  }
}

/** Whole or not at all. One that is a link, as among files that a person keeps elsewhere, stays one. */
async function replace(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const target = await realpath(path).catch(() => path);
    const temporary = `${target}.${randomBytes(8).toString('hex')}.tmp`;
    try {
      await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    throw new Refusal(`${path} cannot be written: ${describeError(error)}.`);
  }
}
