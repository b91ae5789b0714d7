import { contentHash } from '../base/hash.ts';
import { PackedTexts } from '../base/packedTexts.ts';
import { eachInSlices } from '../base/slices.ts';
import { TextPlaces } from '../base/textPlaces.ts';
import { brief, grouped } from '../base/sentence.ts';
import type { PackedRows } from './packedRows.ts';
import type { DataProblem, Findings } from './findings.ts';
import { limits } from './limits.ts';

/** Columns that tell rows apart where nobody says which one does, in order of preference. */
const usualColumns = ['key', 'id', 'sku', 'slug', 'name'];

/** Longest text of an only column that stands for its row. */
const longestWord = 80;

const hashLength = 16;

/** Separators, what file systems forbid, and what nobody sees. */
const unsafe = /[/\\:*?"<>|\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu;

/** A key as it can name a folder; empty when nothing is left of it. */
export function safeKey(key: string): string {
  // Most keys.
  if (/^[\w-]+$/.test(key)) return key;
  const name = key.normalize('NFC').replace(unsafe, '-').trimStart();
  let end = name.length;
  // Windows drops them; "." and ".." are other folders.
  while (end > 0 && /[\s.]/.test(name.charAt(end - 1))) end -= 1;
  return name.slice(0, end);
}

/** The same for names that some file system takes for one. */
function folded(name: string): string {
  return name.toLowerCase().toUpperCase();
}

/** What a cell tells of its row as a key; empty for what is no short text. */
export function keyText(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The same for the same values, in whatever order the columns are. */
export function contentKey(values: Readonly<Record<string, unknown>>): string {
  const sorted = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return contentHash(JSON.stringify(sorted)).slice(0, hashLength);
}

/** The columns that may tell rows apart, the best first. */
export function keyColumns(columns: readonly string[]): readonly string[] {
  const usual = usualColumns.flatMap((name) => columns.find((column) => column.trim().toLowerCase() === name) ?? []);
  return usual.length === 0 && columns.length === 1 ? columns : usual;
}

interface ColumnKeys {
  readonly keys: PackedTexts;
  /** Rows that it does not tell apart from others. */
  readonly faults: number;
  /** Why it does not tell the first of them apart: a sentence's part. */
  readonly why?: string;
}

async function keysBy(column: string, rows: PackedRows, longest: number): Promise<ColumnKeys> {
  const keys = new PackedTexts();
  const names = new TextPlaces();
  /** Numbers of the rows that had a name last. */
  const numbers: number[] = [];
  let faults = 0;
  let why: string | undefined;
  await eachInSlices(rows.places(), (at) => {
    const key = keyText(rows.valueAt(at, column));
    const name = safeKey(key);
    const number = rows.numberAt(at);
    const place = names.add(folded(name));
    const other = numbers[place];
    numbers[place] = number;
    keys.push(key);
    const isUnusable = name === '' || key.length > longest;
    if (!isUnusable && other === undefined) return;
    faults += 1;
    why ??= isUnusable
      ? `row ${grouped(number)} has none that can be used`
      : `rows ${grouped(other ?? 0)} and ${grouped(number)} have the same`;
  });
  return { keys, faults, ...(why === undefined ? {} : { why }) };
}

/** Names are often alike. The other usual columns are there to tell rows apart, so that a few that it does not are mistakes. */
function isMistaken(column: string, faults: number, rows: number): boolean {
  return (
    column.trim().toLowerCase() !== 'name' && faults <= Math.max(rows * mostMistaken, rows >= fewestTelling ? 1 : 0)
  );
}

/** Share of the rows, or one of so many. */
const mostMistaken = 0.1;
const fewestTelling = 5;

/**
 * The keys of the column that tells rows apart; undefined when there is none, which is told: then their content does. They
 * may be those of a column that is mistaken in a few rows: if another one took its place, all rows would be new ones.
 *
 * @param place that hints are told of
 */
export async function findKeys(
  rows: PackedRows,
  columns: readonly string[],
  place: Omit<DataProblem, 'message'>,
  findings: Findings,
): Promise<PackedTexts | undefined> {
  const passedOver: string[] = [];
  const longest = columns.length === 1 ? longestWord : limits.keyLength;
  for (const column of keyColumns(columns)) {
    const { keys, faults, why } = await keysBy(column, rows, longest);
    const name = `"${brief(column, 80)}"`;
    if (why === undefined) {
      if (passedOver.length > 0) {
        const message = `Rows are told apart by ${name} (${passedOver.join('; ')}): set candidates.data.key to say by what.`;
        findings.hint({ ...place, message });
      }
      return keys;
    }
    if (columns.length > 1 && isMistaken(column, faults, rows.length)) return keys;
    passedOver.push(`${name} does not, because ${why}`);
  }
  const why = passedOver.length > 0 ? ` (${passedOver.join('; ')})` : '';
  findings.hint({
    ...place,
    message: `No column is known to tell rows apart${why}, so their content does: set candidates.data.key, or rows are new ones whenever a value or a column changes.`,
  });
  return undefined;
}

export interface CheckKeysOptions {
  /** As problems name the data. */
  readonly file: string;
  /** Whether separators belong into keys and nobody need be told of them. */
  readonly arePaths: boolean;
  /** Whether rows without another key have that of their content. */
  readonly areContents: boolean;
}

/**
 * Safe keys, none of them twice; what is wrong is told with the rows.
 *
 * @param keys of the rows, as the data has them
 */
export async function checkKeys(
  rows: PackedRows,
  keys: PackedTexts,
  { file, arePaths, areContents }: CheckKeysOptions,
  findings: Findings,
): Promise<PackedTexts> {
  const names = new PackedTexts();
  const known = new TextPlaces();
  /** Places of the rows that had a name first. */
  const first: number[] = [];
  let changed = 0;
  let example: { readonly line?: number; readonly text: string } | undefined;
  const checked = (at: number): string => {
    const key = keys.at(at);
    const number = rows.numberAt(at);
    const line = rows.lineAt(at);
    const place = line === undefined ? { file } : { file, line };
    const tell = (rest: string): void => findings.problem({ ...place, message: `Row ${grouped(number)} ${rest}` });
    const name = safeKey(key);
    if (key.trim() === '') {
      tell('has an empty key: fill it in, or set candidates.data.key to a column that no row lacks.');
      return name;
    }
    if (name === '') {
      tell(`has the key "${brief(key, 80)}", which cannot name a folder: choose another one.`);
      return name;
    }
    if (key.length > limits.keyLength) {
      tell(`has a key of more than ${limits.keyLength} characters: set candidates.data.key to a shorter column.`);
      return name;
    }
    const alike = known.add(folded(name));
    const before = first[alike];
    if (before === undefined) first[alike] = at;
    else {
      const one = { number: rows.numberAt(before), key: keys.at(before) };
      findings.problem({ ...place, message: clash(one, { number, key }, areContents) });
    }
    if (name !== key.trim().normalize('NFC')) {
      changed += 1;
      example ??= { ...place, text: `"${brief(key, 80)}" of row ${grouped(number)} is "${brief(name, 80)}"` };
    }
    return name;
  };
  await eachInSlices(rows.places(), (at) => names.push(checked(at)));
  if (example && !arePaths) {
    const { text, ...place } = example;
    const others = changed === 1 ? '' : `, and ${grouped(changed - 1)} more`;
    const message = `Keys are changed where a folder cannot be named so (${text}${others}): set candidates.data.key to have others.`;
    findings.hint({ file, ...place, message });
  }
  return names;
}

interface NumberedKey {
  readonly number: number;
  readonly key: string;
}

function clash(one: NumberedKey, other: NumberedKey, areContents: boolean): string {
  const rows = `Rows ${grouped(one.number)} and ${grouped(other.number)}`;
  const mend = 'correct one, or set candidates.data.key to what tells rows apart';
  const both = `"${brief(one.key, 80)}" and "${brief(other.key, 80)}"`;
  if (areContents) return `${rows} are the same: delete one of them.`;
  if (one.key === other.key) return `${rows} have the same key "${brief(one.key, 80)}": ${mend}.`;
  if (folded(one.key) === folded(other.key)) return `${rows} have keys that differ only by case, ${both}: ${mend}.`;
  return `${rows} have keys that name the same folder, ${both}: ${mend}.`;
}
