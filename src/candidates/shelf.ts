import * as v from 'valibot';
import { comparablePath } from '../base/comparablePath.ts';
import { isNestedWithin, type JsonObject } from '../base/jsonObject.ts';
import type { BesideState } from './besideNames.ts';
import { conflictSides } from './mergeConflict.ts';

/**
 * What a person decided about the candidates of a folder: a plain file beside them. Each decision has its time, and of two
 * for the same candidate the newest holds. So any two shelves can be merged, in any order, and nothing is lost.
 */
export interface Shelf {
  /** By `keyText`. */
  readonly entries: ReadonlyMap<string, ShelfEntry>;
  /** What is not ours at the top of the file. */
  readonly more: JsonObject;
}

/** Which text is meant: its name may have been given to another one since. */
export interface ShelfKey {
  /** Name in the folder, before it went to the archive. */
  readonly file: string;
  /** SHA-256 of the bytes as they were generated, hex; absent: whatever has the name. */
  readonly contentHash?: string;
}

export interface ShelfEntry extends ShelfKey {
  readonly decisions: Decisions;
  /** What is not ours in the entry, or not as we have it. */
  readonly more: JsonObject;
}

export interface Decided<Value> {
  readonly value: Value;
  /** Epoch ms; 0 where nobody knows. */
  readonly at: number;
  /** Where it went: the target of a pick, the place in the archive; relative to the shelf, with `/`. Only ever shown. */
  readonly to?: string;
}

export const ratings = [1, 2, 3, 4, 5] as const;
export type Rating = (typeof ratings)[number];

/** What can be decided of a candidate. */
export interface Decidable {
  readonly picked: boolean;
  readonly archived: boolean;
  /** Null: none any more. */
  readonly rating: Rating | null;
  /** Null: none any more. */
  readonly note: string | null;
}
export type Field = keyof Decidable;

export type Decisions = { readonly [Each in Field]?: Decided<Decidable[Each]> };

/** UTF-16 units of a note. */
export const longestNote = 10_000;
const longestPath = 1_000;
/** Objects and lists within each other. */
const deepest = 120;

/** Later times are nobody's: whoever wrote one would have the last word for ever. */
const latest = Date.UTC(9000, 0);

const path = v.pipe(v.string(), v.maxLength(longestPath));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** How each field lies in the file. */
const forms = {
  picked: { schema: v.boolean(), time: 'pickedAt', to: 'pickedTo' },
  archived: { schema: v.boolean(), time: 'archivedAt', to: 'archivedTo' },
  rating: { schema: v.nullable(v.picklist(ratings)), time: 'ratedAt', to: undefined },
  note: { schema: v.nullable(v.pipe(v.string(), v.maxLength(longestNote))), time: 'notedAt', to: undefined },
} as const;
export const fields = Object.keys(forms) as readonly Field[];

const form = v.looseObject({ version: v.literal(1), candidates: v.array(v.looseObject({ file: v.string() })) });

/** Where a shelf lies beside its candidates; the second where the first is somebody else's file. */
export const shelfNames = ['shelf.json', 'candidates.shelf.json'] as const;

/** Whether some file system takes a name for that of a shelf. */
export function isShelfName(name: string): boolean {
  const plain = comparablePath(name);
  return shelfNames.some((each) => each === plain);
}

export const emptyShelf: Shelf = { entries: new Map(), more: {} };

/** Written by us at the start of every shelf; what has it and cannot be read was one. */
const ourStart = /^\ufeff?\s*\{\s*"version"\s*:\s*1\s*,\s*"candidates"\s*:/;

/** @param text of the file, undefined when there is none */
export function shelfState(text: string | undefined): BesideState {
  if (text === undefined) return 'none';
  if (readShelf(text)) return 'ours';
  return ourStart.test(text) ? 'broken' : 'foreign';
}

/**
 * Undefined for a text that is no shelf. What is wrong with single decisions is left alone, and kept. Two shelves that
 * version control has left in one file, because it could not merge them, are merged.
 */
export function readShelf(text: string): Shelf | undefined {
  const read = readOne(text);
  const sides = read ? undefined : conflictSides(text);
  if (!sides) return read;
  const [one, other] = sides.map(readOne);
  return one && other && mergeShelves(one, other);
}

function readOne(text: string): Shelf | undefined {
  let read: v.InferOutput<typeof form>;
  try {
    const parsed: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    if (!isNestedWithin(deepest, parsed) || !v.is(form, parsed)) return undefined;
    read = parsed;
  } catch {
    return undefined;
  }
  const { version: _version, candidates, ...more } = read;
  return { entries: merged(candidates.map(readEntry)), more };
}

function readEntry({ file, ...raw }: { readonly file: string; readonly [key: string]: unknown }): ShelfEntry {
  const more = new Map(Object.entries(raw));
  const decisions: Partial<Record<Field, Decided<Decidable[Field]>>> = {};
  for (const field of fields) {
    const { schema, time, to } = forms[field];
    const value = v.safeParse(schema, more.get(field));
    if (!value.success) continue;
    more.delete(field);
    const at = timeIn(more.get(time));
    if (at > 0) more.delete(time);
    const place = to === undefined ? undefined : v.safeParse(path, more.get(to));
    if (to !== undefined && place?.success === true) more.delete(to);
    decisions[field] = { value: value.output, at, ...(place?.success === true ? { to: place.output } : {}) };
  }
  const contentHash = v.safeParse(hash, more.get('contentHash'));
  if (contentHash.success) more.delete('contentHash');
  return {
    file,
    ...(contentHash.success ? { contentHash: contentHash.output } : {}),
    decisions: decisions as Decisions,
    more: Object.fromEntries(more),
  };
}

/** 0 for what is no time. */
function timeIn(value: unknown): number {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return at > 0 && at < latest ? at : 0;
}

/** The file's text, sorted by file. */
export function shelfText({ entries, more }: Shelf): string {
  const sorted = [...entries.values()].sort((a, b) => (keyText(a) < keyText(b) ? -1 : 1));
  return `${JSON.stringify({ version: 1, candidates: sorted.map(entryForm), ...more }, null, 2)}\n`;
}

function entryForm({ file, contentHash, decisions, more }: ShelfEntry): JsonObject {
  const own = fields.flatMap((field): [string, unknown][] => {
    const decided = decisions[field];
    if (!decided) return [];
    const { time, to } = forms[field];
    return [
      [field, decided.value],
      ...(decided.at > 0 ? [[time, new Date(decided.at).toISOString()] as [string, unknown]] : []),
      ...(to !== undefined && decided.to !== undefined ? [[to, decided.to] as [string, unknown]] : []),
    ];
  });
  const names = new Set(own.map(([name]) => name));
  const others = Object.entries(more).filter(([name]) => !names.has(name));
  return Object.fromEntries([
    ['file', file],
    ...(contentHash === undefined ? [] : [['contentHash', contentHash] as const]),
    ...own,
    ...others,
  ]);
}

export function keyText({ file, contentHash = '' }: ShelfKey): string {
  return `${file}\0${contentHash}`;
}

/** What two shelves know together: commutative, associative, and the same again when it is done twice. */
export function mergeShelves(one: Shelf, other: Shelf): Shelf {
  return {
    entries: merged([...one.entries.values(), ...other.entries.values()]),
    more: mergedMore(one.more, other.more),
  };
}

function merged(entries: readonly ShelfEntry[]): ReadonlyMap<string, ShelfEntry> {
  const byKey = new Map<string, ShelfEntry>();
  for (const entry of entries) {
    const key = keyText(entry);
    const there = byKey.get(key);
    byKey.set(key, there ? mergedEntry(there, entry) : entry);
  }
  return byKey;
}

function mergedEntry(one: ShelfEntry, other: ShelfEntry): ShelfEntry {
  const decisions = mergedDecisions(one.decisions, other.decisions);
  const more = mergedMore(one.more, other.more);
  return { ...one, decisions, more };
}

/** The newest of each. */
export function mergedDecisions(one: Decisions, other: Decisions): Decisions {
  const newest = fields.flatMap((field) => {
    const [first, second] = [one[field], other[field]];
    const chosen = first && second ? newer(first, second) : (first ?? second);
    return chosen ? [[field, chosen] as const] : [];
  });
  return Object.fromEntries(newest);
}

type AnyDecided = Decided<Decidable[Field]>;

/** Two of the same moment are told apart by what they say, so that everybody keeps the same one. */
function newer(one: AnyDecided, other: AnyDecided): AnyDecided {
  if (one.at !== other.at) return one.at > other.at ? one : other;
  return contentOf(one) >= contentOf(other) ? one : other;
}

function contentOf({ value, to }: Omit<AnyDecided, 'at'>): string {
  return JSON.stringify([value, to]);
}

function mergedMore(one: JsonObject, other: JsonObject): JsonObject {
  const all = new Map(Object.entries(one));
  for (const [name, value] of Object.entries(other)) {
    const there = all.get(name);
    if (!all.has(name) || JSON.stringify(there) < JSON.stringify(value)) all.set(name, value);
  }
  return Object.fromEntries(all);
}

/** The entries of a shelf by the names of their files. */
export function entriesByFile({ entries }: Shelf): Map<string, ShelfEntry[]> {
  return Map.groupBy(entries.values(), ({ file }) => file);
}

/** The decisions about a text: also those of whoever did not know which text had the name. */
export function decisionsOf(byFile: ReadonlyMap<string, readonly ShelfEntry[]>, key: ShelfKey): Decisions {
  let all: Decisions = {};
  for (const entry of byFile.get(key.file) ?? []) {
    if (isSameText(entry, key)) all = mergedDecisions(all, entry.decisions);
  }
  return all;
}

export function isSameText(one: ShelfKey, other: ShelfKey): boolean {
  if (one.file !== other.file) return false;
  return one.contentHash === undefined || other.contentHash === undefined || one.contentHash === other.contentHash;
}

/** What is to be decided of a text. */
export interface ShelfChange extends ShelfKey {
  readonly set: { readonly [Each in Field]?: Omit<Decided<Decidable[Each]>, 'at'> };
  /** Its decisions so far lie under another key, because a person has renamed the file. */
  readonly from?: ShelfKey;
  /** What a field must be: where somebody has decided otherwise, it is left alone. */
  readonly expected?: ShelfChange['set'];
}

/** What is so as long as nobody has decided anything. */
export const undecided: Decidable = { picked: false, archived: false, rating: null, note: null };

/**
 * Decides. What is decided now holds, whatever times the shelf has: clocks differ.
 *
 * @param changes one for each text at most
 * @param now epoch ms
 * @returns with the changes that take it back, as far as nobody has decided anew until then
 */
export function changeShelf(
  shelf: Shelf,
  changes: readonly ShelfChange[],
  now: number,
): { readonly shelf: Shelf; readonly inverse: readonly ShelfChange[] } {
  const entries = new Map(shelf.entries);
  const byFile = entriesByFile(shelf);
  const inverse: ShelfChange[] = [];
  for (const change of changes) {
    const done = applied(byFile, change, now);
    if (!done) continue;
    const key = keyText(done.entry);
    const there = entries.get(key);
    const entry = there ? mergedEntry(there, done.entry) : done.entry;
    entries.set(key, entry);
    byFile.set(entry.file, [...(byFile.get(entry.file) ?? []).filter((each) => each !== there), entry]);
    inverse.unshift(done.inverse);
  }
  return { shelf: { ...shelf, entries }, inverse };
}

/** @returns undefined where nothing is new */
function applied(
  byFile: ReadonlyMap<string, readonly ShelfEntry[]>,
  { set, from, expected, ...key }: ShelfChange,
  now: number,
): { readonly entry: ShelfEntry; readonly inverse: ShelfChange } | undefined {
  const former = from ? decisionsOf(byFile, from) : {};
  const current = mergedDecisions(decisionsOf(byFile, key), former);
  const decided: [Field, AnyDecided][] = [];
  const before: [Field, Omit<AnyDecided, 'at'>][] = [];
  const after: [Field, Omit<AnyDecided, 'at'>][] = [];
  for (const field of fields) {
    const wanted = set[field];
    if (!wanted) continue;
    const there: AnyDecided = current[field] ?? { value: undecided[field], at: 0 };
    const needed = expected?.[field];
    if (needed && contentOf(needed) !== contentOf(there)) continue;
    if (contentOf(wanted) === contentOf(there)) continue;
    const at = Math.min(Math.max(Math.trunc(now), there.at + 1), latest - 1);
    decided.push([field, { ...wanted, at }]);
    const { at: _at, ...value } = there;
    before.push([field, value]);
    after.push([field, wanted]);
  }
  if (decided.length === 0) return undefined;
  const decisions = mergedDecisions(former, Object.fromEntries(decided));
  return {
    entry: { ...key, decisions, more: {} },
    inverse: { ...key, set: Object.fromEntries(before), expected: Object.fromEntries(after) },
  };
}

/** Whether it is one of 1 to 5. */
export function isRating(value: unknown): value is Rating {
  return ratings.some((rating) => rating === value);
}
