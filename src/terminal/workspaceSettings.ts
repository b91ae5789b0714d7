import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, type ParseError } from 'jsonc-parser';
import { UsageError } from './usage.ts';

/** The settings that the editor would read from a folder's `.vscode/settings.json`; empty without that file. */
export async function workspaceSettings(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const path = join(folder, '.vscode', 'settings.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return {};
  }
  const errors: ParseError[] = [];
  const settings: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || typeof settings !== 'object' || settings === null) {
    throw new UsageError(`${path} is not valid JSON: mend it, or run from another folder.`);
  }
  return settings as Readonly<Record<string, unknown>>;
}
