import { isMap, isNode, isScalar, parseDocument, stringify, type Pair, type YAMLMap } from 'yaml';
import type { TextEdit } from '../base/textEdit.ts';

const opening = /^\ufeff?---[ \t]*(?:\r\n|\n|\r)/;
const closing = /^---[ \t]*$/m;
/** Files that are YAML from beginning to end. */
const isYaml = /\.ya?ml$/i;

/** Where the settings of a file begin, in UTF-16 units, and what has to be written around the first one. */
interface Settings {
  readonly from: number;
  /** Undefined where there are none, or their end is missing. */
  readonly yaml: string | undefined;
  readonly before: string;
  readonly after: string;
}

/**
 * The edit that lets a prompt file name its model, `service/model`, where it names one or would: the rest stays as it is.
 * Of a list of models only the one is left. What another tool calls a model, with its address and the like, stays: ours is
 * named in our own block then.
 */
export function modelEdit(path: string, text: string, model: string): TextEdit {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const named = stringify(model, { lineWidth: 0 }).trimEnd();
  const { from, yaml, before, after } = settingsOf(path, text, eol);
  const settings = yaml === undefined ? undefined : mapOf(yaml);
  const place = settings && yaml !== undefined ? placeOf(settings, yaml) : undefined;
  if (!place) return { from, to: from, text: `${before}model: ${named}${eol}${after}` };
  const edit = write(place, named, eol);
  return { ...edit, from: from + edit.from, to: from + edit.to };
}

function settingsOf(path: string, text: string, eol: string): Settings {
  const [opened] = opening.exec(text) ?? [];
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const around = { before: '', after: '' };
  if (isYaml.test(path)) return { from: opened?.length ?? start, yaml: text.slice(opened?.length ?? start), ...around };
  if (opened === undefined) return { from: start, yaml: undefined, before: `---${eol}`, after: `---${eol}` };
  const from = opened.length;
  const end = closing.exec(text.slice(from));
  return { from, yaml: end ? text.slice(from, from + end.index) : undefined, ...around };
}

/** Where the model is named, in UTF-16 units of the YAML. */
type Place =
  | { readonly kind: 'value'; readonly from: number; readonly to: number; readonly form: 'model' | 'list' | 'block' }
  /** Before the first setting of a block. */
  | { readonly kind: 'setting'; readonly at: number; readonly indent: string | undefined }
  | { readonly kind: 'block' };

function write(place: Place, named: string, eol: string): TextEdit {
  switch (place.kind) {
    case 'value': {
      const values = { model: `: ${named}`, list: `: [${named}]`, block: `: { models: [${named}] }` };
      return { from: place.from, to: place.to, text: values[place.form] };
    }
    case 'setting': {
      const separator = place.indent === undefined ? ', ' : `${eol}${place.indent}`;
      return { from: place.at, to: place.at, text: `models: [${named}]${separator}` };
    }
    case 'block':
      return { from: 0, to: 0, text: `candidates: { models: [${named}] }${eol}` };
  }
}

/** Undefined where a new setting names it. Our own block comes first, and in it the list. */
function placeOf(settings: YAMLMap, yaml: string): Place | undefined {
  const own = ownBlock(settings);
  const block = isMap(own?.value) ? own.value : undefined;
  const list = block && pairOf(block, 'models');
  if (list) return valueOf(list, yaml, 'list');
  const single = block && pairOf(block, 'model');
  if (single) return valueOf(single, yaml, 'model');
  const model = pairOf(settings, 'model');
  if (!model) return undefined;
  if (!isMap(model.value)) return valueOf(model, yaml, 'model');
  const first = block?.items[0]?.key;
  const at = isScalar(first) ? first.range?.[0] : undefined;
  if (block && at !== undefined) return { kind: 'setting', at, indent: block.flow ? undefined : indentAt(yaml, at) };
  return own ? valueOf(own, yaml, 'block') : { kind: 'block' };
}

function ownBlock(settings: YAMLMap): Pair | undefined {
  const metadata = pairOf(settings, 'metadata')?.value;
  return pairOf(settings, 'candidates') ?? (isMap(metadata) ? pairOf(metadata, 'candidates') : undefined);
}

function valueOf({ key, value }: Pair, yaml: string, form: 'model' | 'list' | 'block'): Place {
  const afterKey = (isScalar(key) ? key.range?.[1] : undefined) ?? 0;
  const range = isNode(value) ? value.range : undefined;
  // What stands for a value ends before white space and line breaks.
  const colon = yaml.indexOf(':', afterKey) + 1;
  const last = range ? afterKey + yaml.slice(afterKey, range[1]).trimEnd().length : colon;
  return { kind: 'value', from: afterKey, to: Math.max(last, colon), form };
}

function indentAt(yaml: string, at: number): string {
  return yaml.slice(yaml.lastIndexOf('\n', at - 1) + 1, at);
}

function mapOf(yaml: string): YAMLMap | undefined {
  const { contents, errors } = parseDocument(yaml, { uniqueKeys: false });
  return errors.length === 0 && isMap(contents) ? contents : undefined;
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === name);
}
