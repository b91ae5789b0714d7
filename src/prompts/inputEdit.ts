import { isMap, isScalar, parseDocument, stringify } from 'yaml';
import type { TextEdit } from '../base/textEdit.ts';

const opening = /^\ufeff?---[ \t]*(?:\r\n|\n|\r)/;
const closing = /^---[ \t]*$/m;

/**
 * The edit that declares an input in the front matter, without a value: whoever generates is asked for it then.
 *
 * @returns undefined where the front matter has inputs in a form that cannot be added to
 */
export function inputEdit(text: string, name: string): TextEdit | undefined {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const entry = stringify({ [name]: { description: name } }, { lineWidth: 0, collectionStyle: 'flow' })
    .trim()
    .replace(/^\{ ?| ?\}$/g, '');
  const [opened] = opening.exec(text) ?? [];
  if (opened === undefined) {
    const from = text.startsWith('\ufeff') ? 1 : 0;
    return { from, to: from, text: `---${eol}inputs:${eol}  ${entry}${eol}---${eol}` };
  }
  const from = opened.length;
  const end = closing.exec(text.slice(from));
  if (!end) return undefined;
  const matter = text.slice(from, from + end.index);
  const { contents, errors } = parseDocument(matter, { uniqueKeys: false });
  if (errors.length > 0) return undefined;
  const pair = isMap(contents) ? contents.items.find(({ key }) => isScalar(key) && key.value === 'inputs') : undefined;
  if (!pair) return { from, to: from, text: `inputs:${eol}  ${entry}${eol}` };
  const { value } = pair;
  if (isMap(value)) {
    const at = from + value.range[0];
    if (value.flow) return { from: at + 1, to: at + 1, text: value.items.length > 0 ? ` ${entry},` : ` ${entry} ` };
    const lineStart = text.lastIndexOf('\n', at - 1) + 1;
    return { from: at, to: at, text: `${entry}${eol}${text.slice(lineStart, at)}` };
  }
  if (!isScalar(pair.key) || (isScalar(value) && value.value !== null)) return undefined;
  if (value !== null && !isScalar(value)) return undefined;
  const colon = text.indexOf(':', from + pair.key.range[1]) + 1;
  return { from: colon, to: colon, text: `${eol}  ${entry}` };
}
