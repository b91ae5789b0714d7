import { failed, success } from '../base/outcome.ts';
import { describeError } from '../base/redact.ts';
import { collectionBytes, type Deck, type Note } from './apkg/collection.ts';
import { fieldHtml } from './apkg/fieldHtml.ts';
import { guidOf } from './apkg/identity.ts';
import {
  cardsOf,
  isFieldName,
  namesIn,
  noteTypeOf,
  usualCss,
  type CardTemplate,
  type NoteType,
} from './apkg/noteType.ts';
import { oneLine } from './cleanText.ts';
import { deliveryKind, type DeliveredRecord, type DeliveryContext } from './delivery.ts';
import { recordName, type Notes } from './notes.ts';
import type { FieldPaths, OptionReader } from './optionReader.ts';
import { fieldName, fieldOf, isNothing, wordsOf } from './recordFields.ts';
import { zipFile, zipMadeAt } from './zipFile.ts';

/** A field of the note type, and where its value is in a record. */
interface CardField {
  readonly name: string;
  readonly paths?: FieldPaths;
  /** Looked for where no paths are named. */
  readonly usual: readonly string[];
  /** Whether a record without it is left out. */
  readonly isNeeded: boolean;
}

interface ApkgOptions {
  readonly deck?: string;
  readonly description: string;
  readonly fields: readonly CardField[];
  readonly noteType: NoteType;
  readonly key?: FieldPaths;
  /** The same for all cards. */
  readonly tags: readonly string[];
  readonly tagsFrom?: FieldPaths;
  readonly isHtml: boolean;
}

const usualFronts = ['front', 'question', 'word', 'term'];
const usualBacks = ['back', 'answer', 'meaning', 'definition', 'translation'];

/** A deck of flashcards for Anki, in the order of the records. */
export const apkg = deliveryKind<ApkgOptions>('apkg', {
  endings: ['.apkg'],
  madeAt: zipMadeAt,
  read(reader) {
    const fields = fieldsFrom(reader);
    const deck = reader.text('deck');
    const key = reader.field('key');
    const tagsFrom = reader.field('tagsFrom');
    return {
      fields,
      noteType: noteTypeFrom(reader, fields),
      description: reader.text('description') ?? '',
      tags: reader.texts('tags') ?? [],
      isHtml: reader.flag('html') ?? false,
      ...(deck === undefined ? {} : { deck }),
      ...(key ? { key } : {}),
      ...(tagsFrom ? { tagsFrom } : {}),
    };
  },
  async make(records, options, context, notes) {
    const deck = deckName(options.deck ?? context.name);
    const deckOfNotes: Deck = {
      name: deck,
      description: oneLine(options.description),
      noteType: options.noteType,
      notes: notesOf(records, deck, options, context, notes),
      modified: context.beganAt,
    };
    let collection: Uint8Array;
    try {
      collection = await collectionBytes(deckOfNotes);
    } catch (error) {
      const reason = describeError(error);
      return failed(`The deck could not be made (${reason}): see to it that the folder for temporary files has room.`);
    }
    const entries = [
      { path: 'collection.anki2', content: collection },
      { path: 'media', content: '{}' },
    ];
    return success(zipFile(entries, context.beganAt));
  },
});

/** Parts with `::` between them are decks within decks. */
function deckName(given: string): string {
  const parts = oneLine(given)
    .replaceAll('"', "'")
    .split('::')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length === 0 ? 'Cards' : parts.join('::');
}

function fieldsFrom(reader: OptionReader): readonly CardField[] {
  const named = reader.namedFields('fields');
  const front = reader.field('front');
  const back = reader.field('back');
  if (!named) {
    return [
      { name: 'Front', usual: usualFronts, isNeeded: true, ...(front ? { paths: front } : {}) },
      { name: 'Back', usual: usualBacks, isNeeded: true, ...(back ? { paths: back } : {}) },
    ];
  }
  if (front ?? back) reader.problem('"apkg" takes either "fields", or "front" and "back": leave one of them out.');
  for (const name of named.keys()) {
    if (isFieldName(name)) continue;
    reader.problem(
      `"fields" of "apkg" has a name that Anki does not take, "${name}": name it in another way, without : { } and quotes.`,
    );
  }
  return [...named].map(([name, path], place) => ({ name, paths: [path], usual: [], isNeeded: place === 0 }));
}

function noteTypeFrom(reader: OptionReader, fields: readonly CardField[]): NoteType {
  const names = fields.map(({ name }) => name);
  const isReversed = reader.flag('reversed') ?? false;
  const given = reader.blocks('templates');
  if (given && isReversed) reader.problem('"reversed" of "apkg" goes without "templates": add a second template.');
  const templates = given
    ? given.map((block, place) => templateFrom(block, place, names, reader))
    : usualTemplates(names, isReversed);
  const name = oneLine(reader.text('noteType') ?? `Parallel Candidates (${names.join(', ')})`);
  return noteTypeOf({ name, fields: names, templates, css: reader.text('css') ?? usualCss });
}

/** The first field in front, all others behind. */
function usualTemplates([first = '', ...others]: readonly string[], isReversed: boolean): readonly CardTemplate[] {
  const shown = others.map((name) => `{{#${name}}}<div>{{${name}}}</div>{{/${name}}}`).join('\n');
  const forth = { name: 'Card 1', front: `{{${first}}}`, back: `{{FrontSide}}\n<hr id="answer">\n${shown}` };
  const [second] = others;
  if (!isReversed || second === undefined) return [forth];
  const back = `{{FrontSide}}\n<hr id="answer">\n{{${first}}}`;
  return [forth, { name: 'Card 2', front: `{{${second}}}`, back }];
}

function templateFrom(
  block: Readonly<Record<string, unknown>>,
  place: number,
  fields: readonly string[],
  reader: OptionReader,
): CardTemplate {
  const { name = `Card ${place + 1}`, front, back, ...others } = block;
  const where = `Template ${place + 1} of "apkg"`;
  if (
    typeof front !== 'string' ||
    typeof back !== 'string' ||
    typeof name !== 'string' ||
    Object.keys(others).length > 0
  ) {
    reader.problem(`${where} must have the texts "front" and "back", may have a "name", and nothing else.`);
    return { name: '', front: '', back: '' };
  }
  const unknown = [...new Set([...namesIn(front), ...namesIn(back)])].filter((each) => !fields.includes(each));
  for (const each of unknown) {
    reader.problem(`${where} asks for "${each}", which is no field of the cards: use ${fields.join(', ')}.`);
  }
  if (!namesIn(front).some((each) => fields.includes(each))) {
    reader.problem(`${where} has a front without a field: put one in it, such as "{{${fields[0] ?? 'Front'}}}".`);
  }
  return { name, front, back };
}

/** One for each key; what is no text or lacks a field that is needed is left out. */
function notesOf(
  records: readonly DeliveredRecord[],
  deck: string,
  options: ApkgOptions,
  { stages }: DeliveryContext,
  told: Notes,
): readonly Note[] {
  const { key, tags, tagsFrom, noteType } = options;
  const made = new Map<string, Note>();
  for (const record of records) {
    const fields = valuesOf(record, options, stages, told);
    if (!fields) continue;
    if (cardsOf(noteType, fields).length === 0) {
      told.leftOut(record.key, 'has nothing on the front of its card');
      continue;
    }
    const own = key ? wordsOf(fieldOf(record.data, key, [], stages)) : record.key;
    if (own === undefined) {
      told.leftOut(record.key, `has no ${fieldName(key, [])} for its key`);
      continue;
    }
    const guid = guidOf(deck, own.toWellFormed());
    if (made.has(guid)) {
      told.add(`${recordName(record.key)} is left out: a card before it has the same key.`);
      continue;
    }
    made.set(guid, { guid, fields, tags: tagsOf(tags, tagsFrom ? fieldOf(record.data, tagsFrom, [], stages) : []) });
  }
  return [...made.values()];
}

function valuesOf(
  { key, data }: DeliveredRecord,
  { fields, isHtml }: ApkgOptions,
  stages: readonly string[],
  told: Notes,
): readonly string[] | undefined {
  const values: string[] = [];
  for (const { paths, usual, isNeeded } of fields) {
    const value = fieldOf(data, paths, usual, stages);
    const html = fieldHtml(value, isHtml);
    if (html === undefined) {
      told.leftOut(key, `has no text in ${fieldName(paths, usual)}`);
      return undefined;
    }
    if (isNeeded && (html === '' || isNothing(value))) {
      told.leftOut(key, `has no ${fieldName(paths, usual)}`);
      return undefined;
    }
    values.push(html);
  }
  return values;
}

/** Anki parts tags by spaces. */
function tagsOf(always: readonly string[], own: unknown): readonly string[] {
  const found = [own].flat().flatMap((each) => wordsOf(each) ?? []);
  const clean = [...always, ...found].map((tag) =>
    oneLine(tag)
      .replace(/[\s"]+/g, '_')
      .slice(0, 200)
      .toWellFormed(),
  );
  return [...new Set(clean)].filter((tag) => tag !== '');
}
