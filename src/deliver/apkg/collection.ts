import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { bareText } from './fieldHtml.ts';
import { checksumOf, idOf } from './identity.ts';
import { cardsOf, noteTypeJson, type NoteType } from './noteType.ts';

export interface Note {
  readonly guid: string;
  /** HTML, in the order of the type's fields. */
  readonly fields: readonly string[];
  /** Without spaces in them. */
  readonly tags: readonly string[];
}

export interface Deck {
  readonly name: string;
  readonly description: string;
  readonly noteType: NoteType;
  /** In the order in which they are to be learned. */
  readonly notes: readonly Note[];
  /** When they were made, ms: Anki takes a note over one of the same GUID when it is newer. */
  readonly modified: number;
}

/** Version 11, which every version of Anki and its relatives imports. */
const tables = `
  PRAGMA page_size = 4096;
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  CREATE TABLE col (id integer PRIMARY KEY, crt integer NOT NULL, mod integer NOT NULL, scm integer NOT NULL,
    ver integer NOT NULL, dty integer NOT NULL, usn integer NOT NULL, ls integer NOT NULL, conf text NOT NULL,
    models text NOT NULL, decks text NOT NULL, dconf text NOT NULL, tags text NOT NULL);
  CREATE TABLE notes (id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL, mod integer NOT NULL,
    usn integer NOT NULL, tags text NOT NULL, flds text NOT NULL, sfld integer NOT NULL, csum integer NOT NULL,
    flags integer NOT NULL, data text NOT NULL);
  CREATE TABLE cards (id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL, ord integer NOT NULL,
    mod integer NOT NULL, usn integer NOT NULL, type integer NOT NULL, queue integer NOT NULL, due integer NOT NULL,
    ivl integer NOT NULL, factor integer NOT NULL, reps integer NOT NULL, lapses integer NOT NULL,
    left integer NOT NULL, odue integer NOT NULL, odid integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
  CREATE TABLE revlog (id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL, ease integer NOT NULL,
    ivl integer NOT NULL, lastIvl integer NOT NULL, factor integer NOT NULL, time integer NOT NULL,
    type integer NOT NULL);
  CREATE TABLE graves (usn integer NOT NULL, oid integer NOT NULL, type integer NOT NULL);
  CREATE INDEX ix_notes_usn ON notes (usn);
  CREATE INDEX ix_cards_usn ON cards (usn);
  CREATE INDEX ix_revlog_usn ON revlog (usn);
  CREATE INDEX ix_cards_nid ON cards (nid);
  CREATE INDEX ix_cards_sched ON cards (did, queue, due);
  CREATE INDEX ix_revlog_cid ON revlog (cid);
  CREATE INDEX ix_notes_csum ON notes (csum);
`;

/** 2014-01-01, from which a collection counts its days. */
const created = 1_388_548_800;

const defaultDeck = 1;

function deckJson(id: number, name: string, desc: string, mod: number): object {
  const today = { newToday: [0, 0], revToday: [0, 0], lrnToday: [0, 0], timeToday: [0, 0] };
  return {
    id,
    name,
    desc,
    mod,
    usn: -1,
    collapsed: false,
    browserCollapsed: false,
    dyn: 0,
    conf: 1,
    extendNew: 10,
    extendRev: 50,
    ...today,
  };
}

/** How cards are learned: Anki's own defaults. */
function learningJson(): object {
  return {
    id: 1,
    name: 'Default',
    mod: 0,
    usn: 0,
    maxTaken: 60,
    autoplay: true,
    timer: 0,
    replayq: true,
    dyn: false,
    new: { bury: true, delays: [1, 10], initialFactor: 2500, ints: [1, 4, 7], order: 1, perDay: 20, separate: true },
    rev: { bury: true, ease4: 1.3, fuzz: 0.05, ivlFct: 1, maxIvl: 36500, minSpace: 1, perDay: 200 },
    lapse: { delays: [10], leechAction: 0, leechFails: 8, minInt: 1, mult: 0 },
  };
}

function settingsJson(noteType: number, nextPosition: number): object {
  return {
    activeDecks: [1],
    curDeck: 1,
    curModel: noteType,
    nextPos: nextPosition,
    newSpread: 0,
    collapseTime: 1200,
    timeLim: 0,
    estTimes: true,
    dueCounts: true,
    addToCur: true,
    sortType: 'noteFld',
    sortBackwards: false,
  };
}

/** The bytes of `collection.anki2`. SQLite writes files only, so that there is one for a moment, in a folder of its own. */
export async function collectionBytes(deck: Deck): Promise<Uint8Array> {
  const sqlite = await import('node:sqlite');
  const folder = await mkdtemp(join(tmpdir(), 'parallel-candidates-deck-'));
  try {
    const path = join(folder, 'collection.anki2');
    const database = new sqlite.DatabaseSync(path);
    try {
      database.exec(tables);
      database.exec('BEGIN');
      fill(database, deck);
      database.exec('COMMIT');
    } finally {
      database.close();
    }
    return new Uint8Array(await readFile(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function fill(database: DatabaseSync, { name, description, noteType, notes, modified }: Deck): void {
  const seconds = Math.floor(modified / 1000);
  const id = idOf(`deck ${name}`);
  const decks = {
    [defaultDeck]: deckJson(defaultDeck, 'Default', '', 0),
    [id]: deckJson(id, name, description, seconds),
  };
  database
    .prepare('INSERT INTO col VALUES (1, ?, ?, ?, 11, 0, 0, 0, ?, ?, ?, ?, ?)')
    .run(
      created,
      modified,
      modified,
      JSON.stringify(settingsJson(noteType.id, notes.length + 1)),
      JSON.stringify({ [noteType.id]: noteTypeJson(noteType, id, seconds) }),
      JSON.stringify(decks),
      JSON.stringify({ 1: learningJson() }),
      '{}',
    );
  const addNote = database.prepare("INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, ?, 0, '')");
  const addCard = database.prepare("INSERT INTO cards VALUES (?, ?, ?, ?, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')");
  let card = id;
  for (const [place, { guid, fields, tags }] of notes.entries()) {
    const note = id + place;
    const sorted = bareText(fields[0] ?? '');
    const tagText = tags.length === 0 ? '' : ` ${tags.join(' ')} `;
    addNote.run(note, guid, noteType.id, seconds, tagText, fields.join(separator), sorted, checksumOf(sorted));
    for (const template of cardsOf(noteType, fields)) addCard.run(card++, note, id, template, seconds, place + 1);
  }
}

/** Between the fields of a note; no clean text holds it. */
const separator = '\u001f';
