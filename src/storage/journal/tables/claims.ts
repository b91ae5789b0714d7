import { number, optionalNumber, text, type Database, type Row } from './database.ts';
import { plannedChecksum, plannedColumns } from './rows.ts';

/** Whose element an item is, and where it belongs. */
export interface Claim {
  readonly place: string;
  readonly parent: number | null;
  readonly element: number | null;
}

/** A place below an item as the journal has it, which may have moved since its followers were worked out. */
export function placeBelow(item: string, place: string): string {
  return place.length < item.length ? place : item + place.slice(item.length);
}

/**
 * Records with one key are made once, and several lists may have them: the item belongs to the first of them in the order of
 * the source, whichever list came first. What follows it moves with it.
 *
 * @param key the run's in the tables
 */
export function claim(database: Database, key: number, position: number, claimed: Claim): void {
  const row = itemAt(database, key, position);
  if (!row) return;
  const before = text(row, 'place');
  if (before.length !== claimed.place.length || before <= claimed.place) return;
  write(database, key, row, claimed);
  const queue = followersOf(database, key, position);
  for (let follower = queue.pop(); follower; follower = queue.pop()) {
    const place = text(follower, 'place');
    if (!place.startsWith(before)) continue;
    write(database, key, follower, {
      place: placeBelow(claimed.place, place),
      parent: optionalNumber(follower, 'parent') ?? null,
      element: optionalNumber(follower, 'element') ?? null,
    });
    queue.push(...followersOf(database, key, number(follower, 'position')));
  }
}

function itemAt(database: Database, key: number, position: number): Row | undefined {
  return database.get('SELECT * FROM items WHERE run = ? AND position = ?', key, position);
}

function followersOf(database: Database, key: number, position: number): Row[] {
  return [...database.all('SELECT * FROM items WHERE run = ? AND parent = ?', key, position)];
}

const columns = plannedColumns.split(', ');

function write(database: Database, key: number, row: Row, { place, parent, element }: Claim): void {
  const moved: Readonly<Record<string, string | number | null>> = { place, parent, element };
  const values = columns.map((column) => (Object.hasOwn(moved, column) ? moved[column] : row[column]) ?? null);
  database.run(
    'UPDATE items SET place = ?, parent = ?, element = ?, checksum = ? WHERE run = ? AND position = ?',
    ...[place, parent, element, plannedChecksum(values as (string | number | null)[]), key, number(row, 'position')],
  );
}
