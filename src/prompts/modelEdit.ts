import { isMap, isNode, isScalar, parseDocument, stringify, type Pair, type YAMLMap } from 'yaml';
import type { TextEdit } from './textEdit.ts';

const opening = /^\ufeff?---[ \t]*(?:\r\n|\n|\r)/;
const closing = /^---[ \t]*$/m;

/**
 * The edit that lets a prompt file name its model, `service/model`, where it names one or would: the rest stays as it is.
 * Of a list of models only the one is left.
 */
export function modelEdit(text: string, model: string): TextEdit {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const named = stringify(model, { lineWidth: 0 }).trimEnd();
  const [opened] = opening.exec(text) ?? [];
  if (opened === undefined) {
    const from = text.startsWith('\ufeff') ? 1 : 0;
    return { from, to: from, text: `---${eol}model: ${named}${eol}---${eol}` };
  }
  const from = opened.length;
  const end = closing.exec(text.slice(from));
  const matter = text.slice(from, end ? from + end.index : text.length);
  const found = end ? pairIn(matter) : undefined;
  if (!found) return { from, to: from, text: `model: ${named}${eol}` };
  const { pair, isList } = found;
  const key = isScalar(pair.key) ? pair.key.range : undefined;
  const value = isNode(pair.value) ? pair.value.range : undefined;
  const afterKey = key?.[1] ?? 0;
  // What stands for a value ends before white space and line breaks.
  const colon = matter.indexOf(':', afterKey) + 1;
  const last = value ? afterKey + matter.slice(afterKey, value[1]).trimEnd().length : colon;
  return { from: from + afterKey, to: from + Math.max(last, colon), text: isList ? `: [${named}]` : `: ${named}` };
}

/** Where the file names its model: the list of our own block comes first. */
function pairIn(matter: string): { readonly pair: Pair; readonly isList: boolean } | undefined {
  const { contents, errors } = parseDocument(matter, { uniqueKeys: false });
  if (errors.length > 0 || !isMap(contents)) return undefined;
  const own = pairOf(contents, 'candidates')?.value;
  const list = isMap(own) ? pairOf(own, 'models') : undefined;
  if (list) return { pair: list, isList: true };
  const pair = pairOf(contents, 'model');
  return pair && { pair, isList: false };
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === name);
}
