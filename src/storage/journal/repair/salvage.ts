import type { DatabaseSync } from 'node:sqlite';
import { checksum } from '../checksum.ts';
import { number, text, type Database, type Row } from '../tables/database.ts';
import { reasonOf } from '../journalFailure.ts';
import {
  adaptationOf,
  fetchedOf,
  cacheEntryOf,
  resultOf,
  packedItem,
  progressOf,
  runOf,
  sentParametersOf,
  spendingOfRow,
  verify,
  verifyFile,
  type ProgressColumns,
} from '../tables/rows.ts';
import { queuedColumns, setProgress } from '../tables/runTables.ts';

const rowsAtOnce = 200;

/** What was taken over. */
export interface Salvaged {
  readonly runs: number;
  readonly items: number;
  /** Items that the runs should have. */
  readonly plannedItems: number;
  /** Texts of items, written or not. */
  readonly texts: number;
}

interface Table {
  readonly name: string;
  /** Column with the row's place in its run, for rows that can be asked for singly. */
  readonly place?: string;
  /** Rows that each planned item may have there. */
  readonly perItem?: number;
  /** Columns of the order in which the rows lie on disk. */
  readonly order: readonly string[];
  /** Throws when the row is not what was written. */
  readonly check?: (row: Row) => unknown;
}

/** Tables whose rows belong to a run. */
const tablesOfRuns: readonly Table[] = [
  { name: 'stages', order: ['run', 'stage'] },
  {
    name: 'contents',
    order: ['rowid'],
    place: 'number',
    perItem: 6,
    check: (row) => verify(row, checksum(text(row, 'json'))),
  },
  { name: 'items', order: ['run', 'position'], place: 'position', check: packedItem },
  { name: 'results', order: ['rowid'], place: 'position', check: resultOf },
  { name: 'sent_parameters', order: ['run', 'position'], check: sentParametersOf },
  { name: 'members', order: ['run', 'gather', 'number'] },
  { name: 'attempts', order: ['attempt_id'] },
  { name: 'metrics', order: ['run', 'service'] },
  { name: 'leases', order: ['run'] },
  { name: 'run_spending', order: ['run', 'prompt'], check: spendingOfRow },
];

const runsTable: Table = { name: 'runs', order: ['run'], check: runOf };

const otherTables: readonly Table[] = [
  { name: 'files', order: ['path'], check: verifyFile },
  { name: 'cache', order: ['rowid'], check: cacheEntryOf },
  { name: 'adaptations', order: ['endpoint', 'model', 'parameter'], check: adaptationOf },
  { name: 'fetched', order: ['rowid'], check: fetchedOf },
  { name: 'daily_spending', order: ['day'], check: spendingOfRow },
];

/** Every row that can still be read: from the front, and from the back where a broken page stops that. */
function* readable(damaged: DatabaseSync, table: Table): Iterable<Row> {
  const { name, order, check } = table;
  for (const direction of ['ASC', 'DESC']) {
    const ordered = order.map((column) => `${column} ${direction}`).join(', ');
    try {
      for (const row of readableFrom(damaged, `SELECT * FROM ${name} ORDER BY ${ordered} LIMIT ? OFFSET ?`)) {
        if (isIntact(row, check)) yield row;
      }
      return;
    } catch {
      // What lies behind the broken page is reached from the other side, or one by one.
    }
  }
  yield* oneByOne(damaged, table);
}

/** @throws what SQLite does, after the last row that it can read */
function* readableFrom(damaged: DatabaseSync, sql: string): Iterable<Row> {
  const statement = damaged.prepare(sql);
  let limit = rowsAtOnce;
  for (let offset = 0; ;) {
    let rows: Row[];
    try {
      rows = statement.all(limit, offset);
    } catch (error) {
      if (limit === 1) throw error;
      limit = 1;
      continue;
    }
    yield* rows;
    if (rows.length < limit) return;
    offset += rows.length;
  }
}

function isIntact(row: Row, check: Table['check']): boolean {
  try {
    check?.(row);
    return true;
  } catch {
    return false;
  }
}

function* oneByOne(damaged: DatabaseSync, { name, place, perItem = 1, check }: Table): Iterable<Row> {
  if (place === undefined) return;
  for (const run of readable(damaged, runsTable)) {
    const statement = damaged.prepare(`SELECT * FROM ${name} WHERE run = ? AND ${place} = ?`);
    const places = number(run, 'total') * perItem;
    for (let at = 0; at < places; at++) {
      try {
        for (const row of statement.all(number(run, 'run'), at)) if (isIntact(row, check)) yield row;
      } catch {
        // This one is on the broken page.
      }
    }
  }
}

function readableProgress(row: Row): ProgressColumns | undefined {
  try {
    return progressOf(row);
  } catch {
    return undefined;
  }
}

/** Where both journals have an item, what has come further counts. */
function mergeItem(into: Database, row: Row): number {
  const progress = readableProgress(row);
  // An item whose fate cannot be read begins again: with its text, if that is there, and without a call.
  const added = into.insertRow('items', progress ? row : { ...row, ...queuedColumns });
  if (added > 0 || !progress) return added;
  const known = into.get(
    'SELECT id, state FROM items WHERE run = ? AND position = ?',
    number(row, 'run'),
    number(row, 'position'),
  );
  if (known?.state === 'queued' && known.id === row.id)
    setProgress(into, number(row, 'run'), text(row, 'id'), progress);
  return 0;
}

/** Adds a row that belongs to a run. @returns 1 if it is new */
function merge(into: Database, table: string, row: Row): number {
  switch (table) {
    case 'items':
      return mergeItem(into, row);
    case 'attempts': {
      const known = into.get(
        'SELECT 1 FROM attempts WHERE run = ? AND position = ? AND attempt = ? AND started_at = ?',
        ...['run', 'position', 'attempt', 'started_at'].map((column) => number(row, column)),
      );
      return known ? 0 : into.insertRow(table, row);
    }
    case 'leases':
      into.run('DELETE FROM leases WHERE run = ? AND fence < ?', number(row, 'run'), number(row, 'fence'));
      return into.insertRow(table, row);
    default:
      return into.insertRow(table, row);
  }
}

/** A row that the tables do not accept is left out; a full disk is not the row's fault. */
function unlessDamaged(add: () => number): number {
  try {
    return add();
  } catch (error) {
    const reason = reasonOf(error);
    if (reason !== 'damaged' && reason !== 'internal') throw error;
    return 0;
  }
}

function isJson(value: unknown): boolean {
  if (typeof value !== 'string') return value === null;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Takes over everything that is intact in one journal and not in another.
 *
 * @param from may be damaged
 * @param which `without-leases`: whoever holds a run there does not hold it here
 */
export function takeOver(
  from: DatabaseSync,
  into: Database,
  which: 'everything' | 'without-leases' = 'everything',
): Salvaged {
  return into.transaction(() => {
    const keys = new Map<number, number>();
    let plannedItems = 0;
    for (const row of readable(from, runsTable)) {
      const { run, ...columns } = row;
      into.insertRow('runs', { ...columns, ...(isJson(row.summary) ? {} : { summary: null }) });
      const inserted = into.get('SELECT run FROM runs WHERE id = ?', text(row, 'id'));
      if (!inserted || typeof run !== 'number') continue;
      keys.set(run, number(inserted, 'run'));
      plannedItems += number(row, 'total');
    }
    const counts = new Map<string, number>();
    for (const table of tablesOfRuns) {
      if (which === 'without-leases' && table.name === 'leases') continue;
      // Attempts have no key of their own that would keep one from being taken from both sides.
      const seen = new Set<unknown>();
      for (const { attempt_id: id, ...row } of readable(from, table)) {
        const key = keys.get(Number(row.run));
        if (key === undefined || (id !== undefined && seen.has(id))) continue;
        seen.add(id);
        const added = unlessDamaged(() => merge(into, table.name, { ...row, run: key }));
        counts.set(table.name, (counts.get(table.name) ?? 0) + added);
      }
    }
    for (const table of otherTables) {
      for (const row of readable(from, table)) unlessDamaged(() => into.insertRow(table.name, row));
    }
    const incomplete = dropIncomplete(into, [...keys.values()]);
    return {
      runs: keys.size,
      items: (counts.get('items') ?? 0) - incomplete,
      plannedItems,
      texts: counts.get('results') ?? 0,
    };
  });
}

function isThere(column: string): string {
  return `(${column} IS NULL OR EXISTS
    (SELECT 1 FROM contents WHERE contents.run = items.run AND contents.number = items.${column}))`;
}

/** An item whose contents were lost cannot be gone on with. @returns how many */
function dropIncomplete(into: Database, keys: readonly number[]): number {
  let dropped = 0;
  for (const key of keys) {
    dropped += into.run(
      `DELETE FROM items WHERE run = ? AND NOT (${['prompt', 'messages', 'variables', 'output', 'schema', 'vary'].map(isThere).join(' AND ')})`,
      key,
    );
  }
  return dropped;
}
