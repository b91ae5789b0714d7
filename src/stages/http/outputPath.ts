import { success, type Outcome } from '../../base/outcome.ts';
import { renderPieces, type Scope } from '../pieces.ts';

/** What no name of a file may hold on some system, and what would make more than one name of it. */
// eslint-disable-next-line no-control-regex -- those are what must go
const unfit = /[\u0000-\u001f\u007f<>:"/\\|?*]+/g;

/** The path of the file of an item. Every value is a part of one name: a DOI makes no folders, and nothing climbs. */
export function outputPath(template: string, scope: Scope): Outcome<string, string> {
  const pieces = renderPieces(template, scope);
  if (!pieces.ok) return pieces;
  const path = pieces.value.map(({ text, isValue }) => (isValue ? text.trim().replace(unfit, '-') : text)).join('');
  return success(
    path
      .split('/')
      .map((name) => (/^\.+$/.test(name) ? name.replaceAll('.', '-') : name))
      .join('/'),
  );
}
