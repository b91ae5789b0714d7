import { failed, success, type Outcome } from '../base/outcome.ts';
import { brief } from '../base/sentence.ts';
import { safeName } from '../candidates/safeName.ts';
import { renderPieces, type Scope } from './pieces.ts';

/**
 * The path of the file of an item. Every value is a part of one name, whatever is in it: a DOI makes no folders, nothing
 * climbs, and no value hides a file behind a dot.
 *
 * @returns one sentence where a value is missing or empty
 */
export function outputPath(template: string, scope: Scope): Outcome<string, string> {
  const pieces = renderPieces(template, scope);
  if (!pieces.ok) return pieces;
  let path = '';
  for (const { text, isValue } of pieces.value) {
    if (!isValue) {
      path += text;
      continue;
    }
    const value = text.trim();
    if (value === '') {
      return failed(
        `A value in "${brief(template, 100)}" is empty, and a name of a file needs it: correct the record.`,
      );
    }
    const name = safeName(value);
    path += (/(?:^|\/)$/.test(path) && name.startsWith('.') ? '_' : '') + name;
  }
  return success(path);
}
