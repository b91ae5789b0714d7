import { filterNotes } from '../../../prompts/help/filterNotes.ts';
import { settingsPlace, type HelpPlace } from '../../../prompts/help/helpPlace.ts';
import { entry, keyAt, knownKeyAbove, type Key, type KeyTable } from '../../../prompts/help/key.ts';
import { templatePlace } from '../../../prompts/help/templatePlace.ts';
import { outlineOf, type YamlOutline } from '../../../prompts/help/yamlOutline.ts';
import { longestWatched } from '../../../prompts/watchedLength.ts';
import { commonStageKeys, deliveryKeys, kindKeys } from '../../../flow/pipelineFile/keys.ts';
import { optionKinds, pipelineHelpKeys } from './pipelineHelpKeys.ts';
import type { PipelineSketch } from './pipelineSketch.ts';
import type { SketchMoment } from './recordSketch.ts';

/** Keys that stand beside none of the others of their line. */
const oneOf: readonly (readonly string[])[] = [
  ['files', 'data', 'rows'],
  Object.keys(kindKeys),
  Object.keys(deliveryKeys),
];
/** Keys that stand only beside one of some others. */
const beside: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    Object.entries(kindKeys).flatMap(([kind, keys]) =>
      Object.keys(keys)
        .filter((name) => name !== kind)
        .map((name) => [name, [kind]]),
    ),
  ),
  order: ['files', 'by', 'size', 'require'],
  watch: ['files'],
  delimiter: ['data'],
};
/** Keys that stand not beside some others. */
const without: Readonly<Record<string, readonly string[]>> = {
  gather: ['each', 'when'],
  each: ['gather'],
  when: ['gather'],
  model: ['models'],
  models: ['model'],
};

/**
 * What is being written at a place of a pipeline file, whether or not the rest of it can be read.
 *
 * @param offset UTF-16 units of the text
 */
export function pipelinePlaceAt(text: string, offset: number): HelpPlace | undefined {
  if (text.length > longestWatched || offset < 0 || offset > text.length) return undefined;
  const place = settingsPlace(pipelineHelpKeys, text, { from: 0, to: text.length }, offset);
  if (place?.kind === 'template') {
    // What only prompt files know means nothing here.
    return place.at.kind === 'editor' || place.at.kind === 'include' ? undefined : place;
  }
  return place?.kind === 'key' ? { ...place, keys: fitting(place.keys, place.present) } : place;
}

/** Of the keys of a block, those that may stand beside what it has. */
function fitting(keys: KeyTable, present: readonly string[]): KeyTable {
  const has = (name: string): boolean => present.includes(name);
  const isStage = Object.hasOwn(keys, 'gather') && Object.hasOwn(keys, 'http');
  const isDelivery = Object.hasOwn(keys, 'apkg');
  return Object.fromEntries(
    Object.entries(keys).filter(([name]) => {
      if (oneOf.some((names) => names.includes(name) && names.some((other) => other !== name && has(other))))
        return false;
      if (without[name]?.some(has) === true) return false;
      if (isDelivery) return optionKinds.get(name)?.some(has) ?? true;
      const isShared = isStage && Object.hasOwn(commonStageKeys, name);
      const needed = isShared || !Object.hasOwn(keys, beside[name]?.[0] ?? '') ? undefined : beside[name];
      return needed === undefined || needed.some(has);
    }),
  );
}

/** What the mouse is over; offsets are UTF-16 units of the text. */
export type PipelineHovered = { readonly from: number; readonly to: number; readonly name: string } & (
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'filter'; readonly note: string }
  /** A value of the record. @property path names with points between them, from the record on */
  | { readonly kind: 'value'; readonly path: readonly string[] }
  /** A name that the template itself gives a value. */
  | { readonly kind: 'own' }
);

export function pipelineHoveredAt(text: string, offset: number): PipelineHovered | undefined {
  if (text.length > longestWatched) return undefined;
  const { keys } = outlineOf(text, 0, text.length, -1);
  const over = keys.find(({ from, to }) => from <= offset && offset < to);
  const key = over && keyAt(pipelineHelpKeys, [...over.block.path, over.name]);
  if (key) return { kind: 'key', key, name: over.name, from: over.from, to: over.to };
  const { from, to } = wordAround(text, offset);
  if (from === to) return undefined;
  const name = text.slice(from, to);
  const outline = outlineOf(text, 0, text.length, to);
  const around = keyAround(outline);
  const place = around?.template === undefined ? undefined : templatePlace(text, { from: 0, to: text.length }, to);
  switch (place?.kind) {
    case 'filter': {
      const note = Object.hasOwn(filterNotes, name) ? filterNotes[name] : undefined;
      return note === undefined ? undefined : { kind: 'filter', name, note, from, to };
    }
    case 'variable': {
      const [root = name] = place.of;
      if (place.own.includes(root) || root === 'forloop') return { kind: 'own', name: root, from, to };
      return { kind: 'value', name, path: [...place.of, name], from, to };
    }
    case 'tag':
    case 'editor':
    case 'include':
    case undefined:
  }
  return around?.from !== undefined && pathSources.has(around.from) ? barePath(text, from, to) : undefined;
}

/** What these keys take are names of the record, without braces. */
const pathSources: ReadonlySet<string> = new Set(['expression', 'lists', 'columns']);

function keyAround({ place }: YamlOutline): Key | undefined {
  if (!place) return undefined;
  const { path } = place.block;
  return knownKeyAbove(pipelineHelpKeys, path.at(-1) === entry ? path.slice(0, -1) : path);
}

function barePath(text: string, from: number, to: number): PipelineHovered | undefined {
  const [before = ''] = /(?:[\p{L}\p{N}_-]+\.)*$/u.exec(text.slice(Math.max(0, from - 500), from)) ?? [];
  const name = text.slice(from, to);
  if (
    /^\d/.test(name) ||
    /["'][^"'\n]*$/.test(text.slice(text.lastIndexOf('\n', from - 1) + 1, from).replace(/:\s*["']/, ':'))
  ) {
    return undefined;
  }
  return { kind: 'value', name, path: [...before.split('.').filter((part) => part !== ''), name], from, to };
}

function wordAround(text: string, offset: number): { readonly from: number; readonly to: number } {
  const isWord = (at: number): boolean => /[\p{L}\p{N}_-]/u.test(text[at] ?? '');
  let from = offset;
  while (from > 0 && isWord(from - 1)) from -= 1;
  let to = offset;
  while (to < text.length && isWord(to)) to += 1;
  return { from, to };
}

/** When what stands at a place reads the record. */
export function momentAt(text: string, { stages }: PipelineSketch, offset: number): SketchMoment {
  const { keys } = outlineOf(text, 0, text.length, -1);
  const before = keys.filter(({ from }) => from <= offset);
  const top = before.findLast(({ block }) => block.path.length === 0)?.name;
  if (top === 'source') return { stage: 0, isInside: false };
  if (top !== 'stages') return { stage: stages.length, isInside: false };
  const stage = stages.findLastIndex(({ from }) => from <= offset);
  const last = before.at(-1);
  const depth = last?.block.path.length ?? 0;
  const readsBefore =
    (last?.name === 'each' && depth === 2) || (last?.name === 'by' && last.block.path.at(-1) === 'gather');
  return { stage: Math.max(0, stage), isInside: !readsBefore };
}
