import { posix } from 'node:path';
import { escapeForPattern } from '../base/pattern.ts';
import { emptyRow, type Row } from '../model/row.ts';
import { guardedPlace, isHidden } from './guardedPlaces.ts';
import { isManifestName } from './manifest.ts';
import { isShelfName } from './shelf.ts';
import { isReserved, maxNameSize, nameSize, replaceUnsafe, shorten, trimName } from './safeName.ts';

/** What decides, besides the number, where a candidate goes. */
export interface CandidatePlace {
  readonly row: Row;
  readonly model: string;
  /** Whether the run has more than one model for this prompt: then the model is part of the default name. */
  readonly severalModels: boolean;
  /** Whether it is JSON: then the default name says so. */
  readonly isJson?: boolean;
}

/** What decides, of the prompt, where its candidates go. */
interface Named {
  readonly name: string;
  /** The pattern of `candidates.output`; absent: the built-in one. */
  readonly output?: string;
}

/** Stands for the number in a name that has no number yet; no safe text holds it. */
const slot = '\0';

/** Room that a name keeps for its number. */
const numberLength = 10;

/** Longest pattern of `candidates.output`. */
const maxPatternLength = 1_000;

const rowColumn = /^row\.(.+)$/s;

/** A part of a pattern: fixed text, or the name of a variable. */
type Piece = { readonly text: string } | { readonly variable: string };

/** A `${` without its `}` is fixed text. */
function piecesOf(pattern: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (;;) {
    const start = pattern.indexOf('${', end);
    const close = start === -1 ? -1 : pattern.indexOf('}', start);
    const text = pattern.slice(end, close === -1 ? undefined : start);
    if (text !== '') pieces.push({ text });
    if (close === -1) return pieces;
    pieces.push({ variable: pattern.slice(start + 2, close) });
    end = close + 1;
  }
}

function defaultPattern({ row, severalModels, isJson = false }: CandidatePlace): string {
  const folder = row.label === '' ? 'candidates/${promptName}' : 'candidates/${promptName}/${row}';
  return `${folder}/\${index}${severalModels ? '.${model}' : ''}.${isJson ? 'json' : 'md'}`;
}

/** The names between the separators of a pattern; those inside `${…}` do not separate. */
function namesOf(pattern: string): Piece[][] {
  const names: Piece[][] = [[]];
  for (const piece of piecesOf(pattern)) {
    const [first = '', ...rest] = 'text' in piece ? piece.text.split(/[/\\]/) : [];
    const name = names.at(-1);
    if ('variable' in piece) name?.push(piece);
    else if (first !== '') name?.push({ text: first });
    for (const text of rest) names.push(text === '' ? [] : [{ text }]);
  }
  return names.filter((name) => name.length > 0 && (name.length > 1 || fixedText(name).trim() !== '.'));
}

/** Variables count as a text that is nothing special. */
function fixedText(pieces: readonly Piece[], variable = 'x'): string {
  return pieces.map((piece) => ('text' in piece ? piece.text : variable)).join('');
}

function variablesOf(pattern: string): string[] {
  return piecesOf(pattern).flatMap((piece) => ('variable' in piece ? [piece.variable] : []));
}

function isKnown(name: string): boolean {
  return name === 'promptName' || name === 'index' || name === 'model' || name === 'row' || rowColumn.test(name);
}

/** What is wrong with a pattern of paths: sentences; none when it can be used. @param key the setting that it is of */
export function checkOutput(pattern: string, key = 'candidates.output'): string[] {
  if (pattern.length > maxPatternLength) {
    return [`"${key}" has more than ${maxPatternLength} characters: make it shorter.`];
  }
  const problems: string[] = [];
  const fixed = fixedText(piecesOf(pattern));
  const names = namesOf(pattern);
  if (names.length === 0 || /[/\\]\s*$/.test(fixed)) {
    problems.push(`"${key}" must end in a file name, such as "candidates/\${promptName}/\${index}.md".`);
  }
  if (/^\s*(?:[/\\]|~(?:[/\\]|$)|[a-z]:)/i.test(fixed)) {
    problems.push(`"${key}" must be relative to the prompt file: leave out the start of the path.`);
  }
  // Windows drops dots and spaces at the end of a name: ".. " would be "..".
  if (fixed.split(/[/\\]/).some((name) => /^\s*\.[\s.]*\.\s*$/.test(name))) {
    problems.push(`"${key}" must stay below the folder of the prompt file: leave out "..".`);
  }
  if (fixed.includes('${')) problems.push(`"${key}" has a "\${" without its "}".`);
  if (names.some((name) => name.filter((piece) => 'variable' in piece && piece.variable === 'index').length > 1)) {
    problems.push(`"${key}" has "\${index}" more than once in a name: once is enough.`);
  }
  if (names.some((name) => nameSize(fixedText(name, '')) > maxNameSize / 2)) {
    problems.push(`"${key}" has a name of more than ${maxNameSize / 2} characters: make it shorter.`);
  }
  const guarded = names
    .map((name, place) => guardedName(trimName(fixedText(name)), place === names.length - 1))
    .find((name) => name !== undefined);
  if (guarded !== undefined) {
    problems.push(`"${key}" leads to "${guarded}", which programs run or read as configuration: choose another name.`);
  }
  for (const name of new Set(variablesOf(pattern))) {
    if (isKnown(name)) continue;
    problems.push(
      `"${key}" has an unknown variable "\${${name}}": use \${promptName}, \${index}, \${model} or \${row.<column>}.`,
    );
  }
  return problems;
}

/** A hidden folder belongs to some program, whichever that is. */
function guardedName(name: string, isFile: boolean): string | undefined {
  if (isFile) return guardedPlace([], name);
  return isHidden(name) ? name : guardedPlace([name]);
}

/** The `${row…}` variables of a pattern that a row gives no value. */
export function missingColumns(pattern: string, row: Row): string[] {
  return variablesOf(pattern).filter((name) => {
    const column = rowColumn.exec(name)?.[1];
    return column === undefined ? name === 'row' && row.label === '' : !Object.hasOwn(row.values, column);
  });
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function valueOf(name: string, prompt: Named, { row, model }: Pick<CandidatePlace, 'row' | 'model'>): string {
  if (name === 'promptName') return prompt.name;
  if (name === 'model') return model;
  if (name === 'row') return row.label;
  return textOf(row.values[rowColumn.exec(name)?.[1] ?? '']);
}

function splitExtension(name: string): { readonly stem: string; readonly extension: string } {
  const extension = /(?<=[^.])\.[^.\s]{1,10}$/.exec(name)?.[0] ?? '';
  return { stem: name.slice(0, name.length - extension.length), extension };
}

/** Cuts a name to its longest, but neither its slot nor its extension. */
function fit(name: string): string {
  const at = name.indexOf(slot);
  if (at === -1) return shorten(name, maxNameSize);
  const { stem, extension } = splitExtension(name.slice(at + slot.length));
  const room = maxNameSize - numberLength - nameSize(extension);
  const before = shorten(name.slice(0, at), Math.max(room - nameSize(stem), Math.floor(room / 2)));
  return before + slot + shorten(stem, room - nameSize(before)) + extension;
}

function startsWithVariable(template: readonly Piece[]): boolean {
  const first = template.find((piece) => 'variable' in piece || piece.text.trim() !== '');
  return first !== undefined && 'variable' in first;
}

/** One name of a path, before a candidate's row and model are put in. */
interface NameTemplate {
  readonly pieces: readonly Piece[];
  readonly isFile: boolean;
  /** Whether the number goes before its extension, because the pattern does not say where. */
  readonly isSuffixed: boolean;
}

/** One name of the path, safe, with `*` where the number goes. */
function nameIn(
  { pieces, isFile, isSuffixed }: NameTemplate,
  prompt: Named,
  place: Pick<CandidatePlace, 'row' | 'model'>,
): string {
  let name = '';
  for (const piece of pieces) {
    if ('text' in piece) name += replaceUnsafe(piece.text);
    else name += piece.variable === 'index' ? slot : replaceUnsafe(valueOf(piece.variable, prompt, place));
  }
  name = trimName(name.normalize('NFC'));
  if (name === '') name = '_';
  // Data must not make hidden files or folders such as ".git".
  if (name.startsWith('.') && startsWithVariable(pieces)) name = `_${name}`;
  if (isSuffixed) {
    const { stem, extension } = splitExtension(name);
    name = stem + slot + extension;
  }
  // The first of a series with suffixes goes without a number.
  const first = name.replaceAll(slot, isSuffixed ? '' : '1');
  if (isReserved(name.replaceAll(slot, '')) || isTaken(first, isFile)) name = `_${name}`;
  return fit(name).replaceAll(slot, '*');
}

/** By a program, our manifests or our shelves. */
function isTaken(name: string, isFile: boolean): boolean {
  return (isFile && (isManifestName(name) || isShelfName(name))) || guardedName(name, isFile) !== undefined;
}

/** What a pattern comes to for a prompt. */
interface PathTemplate {
  /** A text where it is the same for all rows and models. */
  readonly names: readonly (string | NameTemplate)[];
  /** Whether the pattern says where the number goes; else it is a suffix that the first candidate goes without. */
  readonly isNumbered: boolean;
}

/** By pattern: the built-in one depends on the candidate. Each is read once for all of a prompt's candidates. */
const templates = new WeakMap<Named, Map<string, PathTemplate>>();

function templateOf(prompt: Named, pattern: string): PathTemplate {
  const known = templates.get(prompt) ?? new Map<string, PathTemplate>();
  templates.set(prompt, known);
  const template = known.get(pattern) ?? newTemplate(prompt, pattern);
  known.set(pattern, template);
  return template;
}

function newTemplate(prompt: Named, pattern: string): PathTemplate {
  const isNumbered = variablesOf(pattern).includes('index');
  const named = namesOf(pattern);
  const names = named.map((pieces, position) => {
    const isFile = position === named.length - 1;
    const template: NameTemplate = { pieces, isFile, isSuffixed: !isNumbered && isFile };
    return isSameForAll(pieces) ? nameIn(template, prompt, { row: emptyRow, model: '' }) : template;
  });
  return { names, isNumbered };
}

function isSameForAll(pieces: readonly Piece[]): boolean {
  return pieces.every((piece) => 'text' in piece || piece.variable === 'promptName' || piece.variable === 'index');
}

/** One sequence of numbered candidates, relative to the folder of the prompt file. */
export interface CandidateSeries {
  /** With `/`, and `*` where the number goes: `candidates/tagline/*.md`. */
  readonly series: string;
  /** Whether candidate 1 carries its number too; else the number is a suffix that begins with 2. */
  readonly firstNumbered: boolean;
}

/**
 * Says which candidates share one sequence of numbers. Models and rows that the pattern does not tell apart have the same
 * series, and so do prompt files of one folder with the same pattern. Every name in it is safe on Windows, macOS and
 * Linux, and none leads out of the folder.
 *
 * @param prompt with an output pattern that `checkOutput` accepts
 */
export function candidateSeries(prompt: Named, place: CandidatePlace): CandidateSeries {
  const { names, isNumbered } = templateOf(prompt, prompt.output ?? defaultPattern(place));
  const series = names.map((name) => (typeof name === 'string' ? name : nameIn(name, prompt, place))).join('/');
  return { series, firstNumbered: isNumbered };
}

/** Whether the first candidates of a prompt carry their number too; see `CandidateSeries`. */
export function isNumbered(prompt: Named): boolean {
  return prompt.output === undefined || templateOf(prompt, prompt.output).isNumbered;
}

/**
 * Where a candidate goes: `candidates/tagline/01.md`. The same number always gives the same name, however many candidates
 * there are.
 *
 * @param number from 1: the caller's, to be raised until the name is free
 */
export function candidatePath({ series, firstNumbered }: CandidateSeries, number: number): string {
  const text = firstNumbered ? String(number).padStart(2, '0') : number === 1 ? '' : `-${number}`;
  return series.replaceAll('*', text);
}

/** The names of a series up to the first one that carries the number. */
function numberedStart({ series }: CandidateSeries): readonly string[] {
  const names = series.split('/');
  return names.slice(0, names.findIndex((name) => name.includes('*')) + 1);
}

/**
 * The folder whose entries carry the numbers, relative to the series' own; `.` is that folder itself. List it and read
 * the number of each `<folder>/<entry>` to find the next free one.
 */
export function candidateFolder(series: CandidateSeries): string {
  return posix.join(...numberedStart(series).slice(0, -1));
}

/**
 * Reads which number an existing file or folder has in a series, however it is written (`1.md` and `01.MD` too);
 * undefined if it does not belong to it. The inverse of `candidatePath`.
 *
 * @returns a function of the path, relative to the series' folder, with `/`
 */
export function candidateNumberReader(series: CandidateSeries): NumberReader {
  let reader = readers.get(series);
  if (!reader) {
    reader = newReader(series);
    readers.set(series, reader);
  }
  return reader;
}

type NumberReader = (relativePath: string) => number | undefined;

/** Items of one series share it by reference, and there may be thousands of them. */
const readers = new WeakMap<CandidateSeries, NumberReader>();

function newReader(series: CandidateSeries): NumberReader {
  const names = numberedStart(series);
  const [start = '', ...rest] = names.join('/').split('*').map(escapeForPattern);
  const number = series.firstNumbered ? '(\\d{1,9})' : '(?:-(\\d{1,9}))?';
  const end = names.length < series.series.split('/').length ? '(?:/.*)?' : '';
  const source = rest.map((text, position) => (position === 0 ? number : '\\1') + text).join('');
  const pattern = new RegExp(`^${start}${source}${end}$`, 'isu');
  return (relativePath) => {
    const match = pattern.exec(posix.normalize(relativePath).normalize('NFC'));
    if (!match) return undefined;
    if (match[1] === undefined) return 1;
    const found = Number(match[1]);
    return found >= (series.firstNumbered ? 1 : 2) ? found : undefined;
  };
}
