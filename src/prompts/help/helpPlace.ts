import { isWatched } from '../promptAction.ts';
import { formatKeys } from './formatKeys.ts';
import { entry, keyAt, keysAt, knownKeyAbove, type Key, type KeyTable, type ValueSource } from './key.ts';
import { isFenced, partsOf, type Span } from './places.ts';
import { templatePlace, type TemplatePlace } from './templatePlace.ts';
import { outlineOf, type YamlPlace } from './yamlOutline.ts';

/** What a person who writes a prompt file may be offered at a place of it. */
export type HelpPlace =
  | {
      readonly kind: 'key';
      readonly keys: KeyTable;
      /** Those that the block has already. */
      readonly present: readonly string[];
      /** Whether its colon is there. */
      readonly hasColon: boolean;
      readonly at: YamlPlace;
    }
  | {
      readonly kind: 'value';
      readonly name: string;
      readonly key: Key;
      readonly at: YamlPlace;
      readonly written: string;
    }
  | {
      readonly kind: 'template';
      /** `output`: the pattern of `candidates.output`. */
      readonly of: 'text' | 'output';
      readonly at: TemplatePlace;
      readonly written: string;
    }
  | { readonly kind: 'role'; readonly at: { readonly from: number; readonly to: number; readonly end: number } };

/**
 * What is being written at a place of a prompt file, whether or not the rest of it can be read.
 *
 * @param offset UTF-16 units of the text
 * @returns undefined where nothing can be offered, and for texts that are too long to be read at every keystroke
 */
export function helpPlaceAt(path: string, text: string, offset: number): HelpPlace | undefined {
  if (!isWatched(path, text) || offset < 0 || offset > text.length) return undefined;
  const { format, settings, body } = partsOf(path, text);
  if (settings && settings.from <= offset && offset <= settings.to) {
    return settingsPlace(formatKeys[format], text, settings, offset);
  }
  if (!body || offset < body.from) return undefined;
  const at = templatePlace(text, body, offset);
  if (at) return { kind: 'template', of: 'text', at, written: text.slice(at.from, offset) };
  return rolePlace(text, body, offset);
}

/** What is being written at a place of YAML whose keys a table has. */
export function settingsPlace(table: KeyTable, text: string, span: Span, offset: number): HelpPlace | undefined {
  const { keys: known, place } = outlineOf(text, span.from, span.to, offset);
  if (!place) return undefined;
  const { path } = place.block;
  const isListed = path.at(-1) === entry;
  const valuePath = isListed ? path.slice(0, -1) : path;
  const key = place.kind === 'key' ? undefined : keyAt(table, valuePath);
  const template = (key ?? knownKeyAbove(table, valuePath))?.template;
  if (template !== undefined) {
    const at = templatePlace(text, { from: span.from, to: span.to }, offset);
    const of = template === 'output' ? 'output' : 'text';
    if (at) return { kind: 'template', of, at, written: text.slice(at.from, offset) };
  }
  if (place.kind === 'text') return undefined;
  const keys = place.kind === 'value' ? undefined : keysAt(table, path);
  if (keys) {
    const present = known
      .filter(({ block, from, to }) => block === place.block && !(from <= offset && offset <= to))
      .map(({ name }) => name);
    const hasColon = /^[ \t]{0,20}:/.test(text.slice(place.end, place.end + 21));
    return { kind: 'key', keys, present, hasColon, at: place };
  }
  if (!key) return undefined;
  return { kind: 'value', name: valuePath.at(-1) ?? '', key, at: place, written: text.slice(place.from, offset) };
}

function rolePlace(text: string, body: Span, offset: number): HelpPlace | undefined {
  const before = text.slice(body.from, offset);
  const lineStart = body.from + Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
  const written = text.slice(lineStart, offset);
  // A line that has more is somebody's sentence.
  if (
    !/^[A-Za-z]{0,9}$/.test(written) ||
    !/^(?:[A-Za-z]{0,9}:?[ \t]*)?(?:\r|\n|$)/.test(text.slice(offset, offset + 20))
  ) {
    return undefined;
  }
  if (isFenced(text, body.from, lineStart)) return undefined;
  const [rest = ''] = /^[A-Za-z]*:?[ \t]?/.exec(text.slice(offset, offset + 12)) ?? [];
  return { kind: 'role', at: { from: lineStart, to: offset, end: offset + rest.length } };
}

const fileSources: ReadonlySet<ValueSource> = new Set([
  ...(['dataFiles', 'schemaFiles', 'attachments', 'promptFiles', 'modules'] as const),
]);

/** The folder whose files a place is about, as the person has written it: relative to the prompt file, with its last `/`. */
export function folderAt(place: HelpPlace): string | undefined {
  switch (place.kind) {
    case 'value': {
      const { from } = place.key;
      if (from === undefined || !fileSources.has(from)) return undefined;
      break;
    }
    case 'template':
      if (place.at.kind !== 'include') return undefined;
      break;
    case 'key':
    case 'role':
      return undefined;
  }
  const { written } = place;
  // Files lie beside the prompt file or below.
  if (/^\s*(?:[/\\~]|[a-z]:)|\\|[*?{}]/i.test(written) || written.split('/').includes('..')) return undefined;
  return written.slice(0, written.lastIndexOf('/') + 1);
}
