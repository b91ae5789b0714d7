import { isJsonObject } from '../../base/jsonObject.ts';
import { liquidName } from '../unknownNames.ts';
import { blockTags, filterNotes, loopNotes, middleTags, tagNotes } from './filterNotes.ts';
import { fileCompletions } from './fileCompletions.ts';
import type { HelpPlace } from './helpPlace.ts';
import type { Key } from './key.ts';
import type { TemplatePlace } from './templatePlace.ts';
import { sampleOf, type NameSource, type ValueNames } from './valueNames.ts';
import { shortValue } from './shortValue.ts';
import { givenValue, yamlText } from './yamlText.ts';

export interface Completion {
  readonly kind: 'key' | 'value' | 'model' | 'file' | 'folder' | 'variable' | 'filter' | 'tag' | 'role';
  readonly label: string;
  /** What takes the place of what is written; lines after the first one are indented as that is. */
  readonly insert: string;
  /** A few words beside the label. */
  readonly detail?: string;
  readonly documentation?: string;
  /** Whether there is something to choose behind it. */
  readonly leadsOn?: true;
}

/** All of them are about the same part of the text. */
export interface Completions {
  readonly from: number;
  /** Where the person is. */
  readonly to: number;
  /** Where the word ends that the person is in. */
  readonly end: number;
  readonly items: readonly Completion[];
}

/** What a folder has in it. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What of the workspace is known for a place. */
export interface Known {
  /** As prompts name them: `service/model`. */
  readonly models: readonly string[];
  /** Of the folder that `folderAt` tells. */
  readonly files: readonly FolderEntry[];
  readonly names: ValueNames;
  /** Of the person's settings. */
  readonly services?: readonly string[];
  /** Paths of what is a list in the record. */
  readonly lists?: readonly string[];
}

/** All that fits a place. The editor finds what is written in the labels. */
export function completionsAt(place: HelpPlace, known: Known): Completions {
  const { from, to, end } = place.at;
  return { from, to, end, items: itemsAt(place, known) };
}

function itemsAt(place: HelpPlace, known: Known): readonly Completion[] {
  switch (place.kind) {
    case 'key':
      return keyItems(place);
    case 'value':
      return valueItems(place, known);
    case 'template':
      return templateItems(place, known);
    case 'role':
      return ['system', 'user', 'assistant'].map((role) => ({
        kind: 'role',
        label: `${role}:`,
        insert: `${role}: `,
        documentation: `Begins a message of the ${role === 'system' ? 'system: what holds for all' : role}.`,
      }));
  }
}

function keyItems({ keys, present, hasColon, at }: HelpPlace & { readonly kind: 'key' }): readonly Completion[] {
  return Object.entries(keys).flatMap(([name, key]) =>
    key.isLeftAlone || present.includes(name)
      ? []
      : [
          {
            kind: 'key' as const,
            label: name,
            insert: `${at.needsSpace ? ' ' : ''}${name}${at.quote !== '' || hasColon ? '' : behindKey(key, at.isFlow)}`,
            detail: key.example,
            documentation: key.description,
            ...(hasColon || !hasChoices(key) ? {} : { leadsOn: true as const }),
          },
        ],
  );
}

function hasChoices({ values, from, keys, entries }: Key): boolean {
  return (values ?? from ?? keys ?? entries) !== undefined;
}

function behindKey(key: Key, isFlow: boolean): string {
  if (isFlow) return ': ';
  if (key.entries && key.schema.type === 'array') return ':\n  - ';
  return key.schema.type === 'object' && (key.keys ?? key.named) ? ':\n  ' : ': ';
}

function valueItems(place: HelpPlace & { readonly kind: 'value' }, known: Known): readonly Completion[] {
  const { key, at } = place;
  const written = (value: string): string => `${at.needsSpace ? ' ' : ''}${yamlText(value, at)}`;
  const chosen = (kind: Completion['kind'], value: string): Completion => ({
    kind,
    label: value,
    insert: written(value),
  });
  const given = (key.values ?? []).map((value): Completion => ({
    kind: 'value',
    label: at.quote === '' ? value : givenValue(value),
    insert: at.quote === '' ? `${at.needsSpace ? ' ' : ''}${value}` : written(givenValue(value)),
  }));
  const { from } = key;
  if (from === undefined) return given;
  switch (from) {
    case 'models':
      return [...given, ...known.models.map((model) => chosen('model', model))];
    case 'columns':
      return [...given, ...known.names.columns.map((column) => chosen('variable', column))];
    case 'expression':
      return [...given, ...expressionItems(place, known)];
    case 'dataFiles':
    case 'schemaFiles':
    case 'attachments':
    case 'promptFiles':
      return [...given, ...fileCompletions(from, place.written, known.files, written)];
    case 'modules': {
      const fromFolder = (path: string): string => written(path.startsWith('./') ? path : `./${path}`);
      return [...given, ...fileCompletions(from, place.written, known.files, fromFolder)];
    }
    case 'services':
      return [...given, ...(known.services ?? []).map((service) => chosen('model', service))];
    case 'lists':
      return [...given, ...(known.lists ?? []).map((list) => chosen('variable', list))];
  }
}

/** Columns, where a person begins an expression. */
function expressionItems({ written, at }: HelpPlace & { readonly kind: 'value' }, { names }: Known): Completion[] {
  if (!/^[\p{L}\p{N}_-]*$/u.test(written)) return [];
  const lead = at.needsSpace ? ' ' : '';
  return names.columns
    .filter((column) => liquidName(column) === column)
    .map((column) => ({ kind: 'variable', label: column, insert: `${lead}${column}` }));
}

function templateItems(
  { of, at, written }: HelpPlace & { readonly kind: 'template' },
  known: Known,
): readonly Completion[] {
  if (of === 'output') return at.kind === 'editor' && !at.isInput ? outputItems(at, known.names) : [];
  switch (at.kind) {
    case 'variable':
      return variableItems(at, known.names);
    case 'filter':
      return Object.entries(filterNotes).map(([name, note]) => noted('filter', name, note));
    case 'tag':
      return tagItems(at.open);
    case 'editor':
      return editorItems(at, known.names);
    case 'include':
      return fileCompletions('include', written, known.files, (path) => includeText(path, at.quote));
  }
}

/** A path with a space in it needs quotes, which are there or are not. */
function includeText(path: string, quote: string): string {
  return quote === '' && /[\s"`<>|{}()[\],;*]/.test(path) ? `'${path}'` : path;
}

function noted(kind: Completion['kind'], label: string, documentation: string): Completion {
  return { kind, label, insert: label, documentation };
}

function variableItems(
  { of, own, isInLoop }: TemplatePlace & { readonly kind: 'variable' },
  { names }: ValueNames,
): readonly Completion[] {
  const [root, ...others] = of;
  if (root === undefined) {
    return [
      ...own.map((name) => noted('variable', name, 'The template itself gives it a value.')),
      ...(isInLoop ? [noted('variable', 'forloop', 'What the loop knows of itself.')] : []),
      ...[...names]
        .filter(([name]) => !own.includes(name))
        .map(([name, source]) => ({ ...ofSource(name, source), insert: liquidName(name) })),
    ];
  }
  if (root === 'forloop' && isInLoop && others.length === 0) {
    return Object.entries(loopNotes).map(([name, note]) => noted('variable', name, note));
  }
  if (own.includes(root)) return [];
  let value = sampleOf(names.get(root));
  for (const name of others) value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  if (!isJsonObject(value)) return [];
  return Object.entries(value)
    .filter(([name]) => liquidName(name) === name)
    .map(([name, member]) => ({ kind: 'variable', label: name, insert: name, detail: shortValue(member) }));
}

function ofSource(name: string, source: NameSource): Completion {
  const value = source.kind === 'added' ? undefined : sampleOf(source);
  const about = noteOf(source);
  return {
    kind: 'variable',
    label: name,
    insert: name,
    ...(value === undefined ? {} : { detail: shortValue(value) }),
    ...(about === undefined ? {} : { documentation: about }),
  };
}

function noteOf(source: NameSource): string | undefined {
  switch (source.kind) {
    case 'asked':
    case 'optional':
      return source.description;
    case 'added':
      return `Added by the stage "${source.stage}".`;
    case 'given':
      return source.note;
    case 'row':
    case 'input':
    case 'vary':
      return undefined;
  }
}

function tagItems(open: readonly string[]): readonly Completion[] {
  const innermost = open.at(-1);
  const ending = innermost !== undefined && blockTags.has(innermost) ? [`end${innermost}`] : [];
  // Within these, nothing else is a tag.
  if (innermost === 'raw' || innermost === 'comment') return ending.map((name) => noted('tag', name, ''));
  const middle = innermost === undefined ? [] : (middleTags[innermost] ?? []);
  return [
    ...ending.map((name) => noted('tag', name, `Ends ${innermost ?? ''}.`)),
    ...middle.map((name) => noted('tag', name, `Belongs to ${innermost ?? ''}.`)),
    ...Object.entries(tagNotes).map(([name, note]) => noted('tag', name, note)),
  ];
}

/** Names that the editor and the terminal fill in. */
const editorNotes: Readonly<Record<string, string>> = {
  selection: 'What is selected in the editor.',
  file: 'The path of the prompt file.',
  fileBasename: 'The name of the prompt file.',
  fileBasenameNoExtension: 'The name of the prompt file without its ending.',
  fileDirname: 'The folder of the prompt file.',
  workspaceFolder: 'The folder that is open.',
  workspaceFolderBasename: 'The name of the folder that is open.',
};

function editorItems(
  { isInput, isClosed }: TemplatePlace & { readonly kind: 'editor' },
  { names }: ValueNames,
): readonly Completion[] {
  const brace = isClosed ? '' : '}';
  if (isInput) {
    return [...names]
      .filter(([name, { kind }]) => kind !== 'row' && /^[\p{L}\p{N}_.-]{1,100}$/u.test(name))
      .map(([name, source]) => ({ ...ofSource(name, source), insert: `${name}${brace}` }));
  }
  return [
    {
      kind: 'variable',
      label: 'input:',
      insert: 'input:',
      documentation: 'Asks for a value once in a run.',
      leadsOn: true,
    },
    ...Object.entries(editorNotes).map(([name, note]) => ({
      ...noted('variable', name, note),
      insert: `${name}${brace}`,
    })),
  ];
}

/** Names of `candidates.output`. */
const outputNotes: Readonly<Record<string, string>> = {
  promptName: 'The name of the prompt file without its ending.',
  row: 'The key of the row.',
  index: 'The number of the candidate.',
  model: 'The model.',
};

function outputItems(
  { isClosed }: TemplatePlace & { readonly kind: 'editor' },
  { columns }: ValueNames,
): readonly Completion[] {
  const brace = isClosed ? '' : '}';
  const cells = columns
    .filter((column) => !/[{}"'\\]/.test(column))
    .map((column) => [`row.${column}`, 'The cell of the row.'] as const);
  return [...Object.entries(outputNotes), ...cells].map(([name, note]) => ({
    ...noted('variable', name, note),
    insert: `${name}${brace}`,
  }));
}
