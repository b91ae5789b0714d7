import { DatabaseSync } from 'node:sqlite';
import { transaction } from './database.ts';

export type Migration = (database: DatabaseSync) => void;

/**
 * Every change to the tables, however small, is one function at the end of this list, run once per journal in a
 * transaction of its own. A function that was released is never edited: tests open a journal of each version (see
 * test/support/journal/keepVersion.ts, which keeps one of a new version) and go on with its runs.
 */
export const migrations: readonly Migration[] = [
  createTables,
  keepAdaptations,
  keepLimits,
  keepSchemas,
  keepBudgets,
  keepFetched,
];

export const currentVersion = migrations.length;

/**
 * What decides about an item (its id, its prompt, where it goes) is written once with its plan and guarded by one checksum;
 * what becomes of it changes, and is guarded by another. What is long or shared by many items of a run is in `contents`.
 */
function createTables(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE meta (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE runs (
      run INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      label TEXT NOT NULL,
      root TEXT NOT NULL,
      total INTEGER NOT NULL CHECK (total >= 0),
      options TEXT NOT NULL,
      services TEXT NOT NULL,
      flow TEXT,
      started_at INTEGER NOT NULL,
      checksum INTEGER NOT NULL,
      finished_at INTEGER,
      summary TEXT
    ) STRICT;

    CREATE TABLE stages (
      run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
      stage INTEGER NOT NULL CHECK (stage >= 0),
      name TEXT NOT NULL,
      PRIMARY KEY (run, stage)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE contents (
      run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
      number INTEGER NOT NULL CHECK (number >= 0),
      json TEXT NOT NULL,
      checksum INTEGER NOT NULL,
      PRIMARY KEY (run, number)
    ) STRICT;

    CREATE TABLE items (
      run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      id TEXT NOT NULL,
      stage INTEGER NOT NULL CHECK (stage >= 0),
      record_key TEXT NOT NULL,
      root INTEGER NOT NULL,
      place TEXT NOT NULL,
      parent INTEGER,
      element INTEGER,
      prompt INTEGER NOT NULL,
      row TEXT NOT NULL,
      idx INTEGER NOT NULL,
      number INTEGER NOT NULL,
      service TEXT NOT NULL,
      model TEXT NOT NULL,
      priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 9),
      reservation REAL NOT NULL,
      messages INTEGER,
      parameters TEXT NOT NULL,
      variables INTEGER,
      output INTEGER,
      checksum INTEGER NOT NULL,
      state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'written', 'failed', 'cancelled', 'skipped')),
      finished_at INTEGER,
      failure TEXT,
      file TEXT,
      gather_group TEXT,
      gathered INTEGER NOT NULL DEFAULT 0,
      progress_checksum INTEGER NOT NULL,
      PRIMARY KEY (run, position)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX items_by_id ON items (run, id);
    CREATE INDEX items_by_state ON items (run, state, position);
    CREATE INDEX items_by_place ON items (run, stage, gathered, state, gather_group, place) WHERE place <> '';
    CREATE INDEX items_by_parent ON items (run, parent) WHERE parent IS NOT NULL;

    CREATE TABLE members (
      run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
      gather INTEGER NOT NULL,
      number INTEGER NOT NULL,
      member INTEGER NOT NULL,
      PRIMARY KEY (run, gather, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX members_by_item ON members (run, member);

    CREATE TABLE attempts (
      attempt_id INTEGER PRIMARY KEY,
      run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      service TEXT NOT NULL,
      model TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      duration_ms REAL NOT NULL,
      queue_wait_ms REAL NOT NULL,
      outcome TEXT NOT NULL,
      message TEXT,
      input_tokens INTEGER,
      output_tokens INTEGER,
      retry_in_ms REAL,
      superseded INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX attempts_by_item ON attempts (run, position);

    CREATE TABLE results (
      run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      text TEXT NOT NULL,
      format TEXT NOT NULL CHECK (format IN ('text', 'json')),
      checksum INTEGER NOT NULL,
      model TEXT NOT NULL,
      input_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL,
      committed_at INTEGER NOT NULL,
      PRIMARY KEY (run, position)
    ) STRICT;

    CREATE TABLE files (
      path TEXT PRIMARY KEY,
      content_hash TEXT NOT NULL,
      run TEXT NOT NULL,
      item TEXT NOT NULL,
      written_at INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX files_by_item ON files (item, written_at);

    CREATE TABLE metrics (
      run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
      service TEXT NOT NULL,
      configured_concurrency INTEGER,
      mean_concurrency REAL NOT NULL,
      peak_concurrency INTEGER NOT NULL,
      duration_ms REAL NOT NULL,
      average_item_ms REAL NOT NULL,
      attempts INTEGER NOT NULL,
      rate_limited INTEGER NOT NULL,
      breaker_trips INTEGER NOT NULL,
      cache_hits INTEGER NOT NULL,
      cache_misses INTEGER NOT NULL,
      input_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL,
      PRIMARY KEY (run, service)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE leases (
      run INTEGER PRIMARY KEY REFERENCES runs (run) ON DELETE CASCADE,
      fence INTEGER NOT NULL,
      owner TEXT NOT NULL,
      kind TEXT NOT NULL,
      pid INTEGER NOT NULL,
      process_start TEXT NOT NULL,
      host TEXT NOT NULL,
      machine TEXT NOT NULL,
      beat INTEGER NOT NULL,
      ttl_ms INTEGER NOT NULL,
      released INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE cache (
      key TEXT PRIMARY KEY,
      text TEXT NOT NULL,
      format TEXT NOT NULL CHECK (format IN ('text', 'json')),
      checksum INTEGER NOT NULL,
      model TEXT NOT NULL,
      input_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL,
      characters INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      used_at INTEGER NOT NULL,
      hits INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX cache_by_use ON cache (used_at, characters, hits);
    CREATE INDEX cache_by_age ON cache (created_at);
  `);
}

/** What models were found to take, for every run, and how single items were sent because of that. */
function keepAdaptations(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE adaptations (
      endpoint TEXT NOT NULL,
      model TEXT NOT NULL,
      parameter TEXT NOT NULL,
      name TEXT,
      learned_at INTEGER NOT NULL,
      checksum INTEGER NOT NULL,
      PRIMARY KEY (endpoint, model, parameter)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE sent_parameters (
      run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      json TEXT NOT NULL,
      checksum INTEGER NOT NULL,
      PRIMARY KEY (run, position)
    ) STRICT, WITHOUT ROWID;
  `);
}

/** The most that a model takes of a parameter. */
function keepLimits(database: DatabaseSync): void {
  database.exec('ALTER TABLE adaptations ADD COLUMN at_most INTEGER');
}

/** What the text of an item must match, and what is spread over the candidates: numbers of contents. */
function keepSchemas(database: DatabaseSync): void {
  database.exec('ALTER TABLE items ADD COLUMN schema INTEGER; ALTER TABLE items ADD COLUMN vary INTEGER');
}

/** What runs, their prompt files (the whole run: an empty path) and days have spent or set aside to spend. */
function keepBudgets(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE run_spending (
      run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
      prompt TEXT NOT NULL,
      requests REAL NOT NULL,
      tokens REAL NOT NULL,
      cost REAL NOT NULL,
      checksum INTEGER NOT NULL,
      PRIMARY KEY (run, prompt)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE daily_spending (
      day TEXT PRIMARY KEY,
      requests REAL NOT NULL,
      tokens REAL NOT NULL,
      cost REAL NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `);
}

/** What requests of http stages were answered with, for every run: a service may say later that nothing has changed. */
function keepFetched(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE fetched (
      key TEXT PRIMARY KEY,
      etag TEXT,
      last_modified TEXT,
      type TEXT NOT NULL,
      body TEXT NOT NULL,
      characters INTEGER NOT NULL,
      fetched_at INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX fetched_by_time ON fetched (fetched_at, key, characters);
  `);
}

function pragmaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version);
}

/** The version is kept twice, so that a flipped bit is not taken for a newer program. */
function recordedVersion(database: DatabaseSync): number | undefined {
  try {
    const row = database.prepare(`SELECT value FROM meta WHERE key = 'version'`).get();
    return row === undefined ? undefined : Number(row.value);
  } catch {
    return undefined;
  }
}

/**
 * The version of the tables of a database.
 *
 * @returns undefined when what it says of itself does not agree: it is damaged
 */
export function versionOf(database: DatabaseSync): number | undefined {
  const version = pragmaVersion(database);
  if (version === 0) return 0;
  return version === recordedVersion(database) ? version : undefined;
}

/** Brings the tables up to the latest version, one transaction per step. */
export function migrate(database: DatabaseSync, steps: readonly Migration[] = migrations): void {
  for (let step = pragmaVersion(database); step < steps.length; step = pragmaVersion(database)) {
    const from = step;
    transaction(database, () => {
      // Another process may have taken this step meanwhile.
      if (pragmaVersion(database) !== from) return;
      steps[from]?.(database);
      database.exec(`
        INSERT INTO meta VALUES ('version', '${from + 1}') ON CONFLICT DO UPDATE SET value = excluded.value;
        PRAGMA user_version = ${from + 1};
      `);
    });
  }
}

/** The definitions of all tables and indexes. */
export function definitions(database: DatabaseSync): ReadonlySet<string> {
  const rows = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema').all();
  return new Set(rows.map((row) => JSON.stringify(row)));
}

/** Makes a journal without runs where there is no file. */
export function buildDatabase(path: string): void {
  const raw = new DatabaseSync(path);
  try {
    raw.exec('PRAGMA auto_vacuum = INCREMENTAL');
    migrate(raw);
  } finally {
    raw.close();
  }
}
