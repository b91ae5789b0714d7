import { grouped, limits } from './limits.ts';
import type { SettingsReader } from './settingsReader.ts';
import { nonEmptyText } from '../base/valueKinds.ts';

/** What is wrong with a path or a pattern of paths beside the prompt file, as the end of a sentence about it. */
export function pathFault(path: string): string | undefined {
  if (path.length > limits.pathLength) {
    return `has more than ${grouped(limits.pathLength)} characters: make it shorter`;
  }
  if (path.includes('\0')) return 'has a zero character: leave it out';
  if (/^\s*(?:[/\\]|~(?:[/\\]|$)|[a-z][a-z\d+.-]*:)/i.test(path)) {
    return 'must be relative to the prompt file: leave out the start of the path';
  }
  // Windows drops dots and spaces at the end of a name: ".. " would be "..". Braces and brackets of a pattern may hold it.
  if (path.split(/[/\\,{}()|]/).some((name) => /^\s*\.[\s.]*\.\s*$/.test(name))) {
    return 'must stay below the folder of the prompt file: leave out ".."';
  }
  return undefined;
}

/** A path relative to the prompt file that stays below its folder; anything else is told. */
export function readPath(reader: SettingsReader, path: readonly string[]): string | undefined {
  const value = reader.read(nonEmptyText, ...path);
  if (value === undefined) return undefined;
  const fault = pathFault(value);
  if (fault === undefined) return value.trim().replace(/^(?:\.\/)+/, '');
  reader.report(path, `"${path.join('.')}" ${fault}.`);
  return undefined;
}
