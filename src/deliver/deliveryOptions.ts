import type { DeliveryKind } from '../flow/pipeline.ts';
import { eachOption } from './delivery.ts';

/** What an option of a delivery takes. `field`: where a value is in a record; `list`: where a list is. */
export type OptionValue = 'text' | 'texts' | 'flag' | 'field' | 'list' | 'path' | 'blocks' | readonly string[];

export interface DeliveryOption {
  /** A part of a sentence. */
  readonly says: string;
  readonly takes: OptionValue;
  /** As YAML, behind the name. */
  readonly example: string;
}

export type DeliveryOptions = Readonly<Record<string, DeliveryOption>>;

function option(says: string, takes: OptionValue, example: string): DeliveryOption {
  return { says, takes, example };
}

const each = option('a list in the record: each of its elements is a record', 'list', 'cards.items');

/** Fields of a work, by their names in BibTeX. */
function workField(what: string, example: string): DeliveryOption {
  return option(`the field with ${what}`, 'field', example);
}

const heading = option('the field with the title of a text', 'field', 'chapter.title');
const text = option(
  'the field with the text, or a list of fields that come one below the other',
  'field',
  'chapter.text',
);
const language = option('code of the language', 'text', 'pt-BR');
const images = option('the folder that images of the texts are relative to', 'path', 'scans');
const missing = option('whether the end names the parts that did not come through', ['note', 'leave out'], 'note');

/** The options of each kind, as `docs/deliveries.md` has them. */
const deliveryOptions: Readonly<Record<DeliveryKind, DeliveryOptions>> = {
  bibtex: {
    work: option('where the work is in the record', 'field', 'metadata'),
    key: workField('citation keys of your own', 'citekey'),
    abstract: option('`true`, or the field with the abstract', 'field', 'true'),
    type: workField('the kind of work', 'metadata.type'),
    title: workField('the title', 'metadata.title'),
    author: workField('the authors: a list of names, or a text with `;` or `and` between them', 'metadata.authors'),
    editor: workField('the editors', 'metadata.editors'),
    year: workField('the year: a number or a date', 'metadata.year'),
    month: workField('the month: a number or a date', 'metadata.date'),
    doi: workField('the DOI', 'metadata.doi'),
    url: workField('the address', 'metadata.url'),
    pages: workField('the pages', 'metadata.pages'),
    journal: workField('the journal', 'metadata.journal'),
    booktitle: workField('the title of the volume', 'metadata.venue'),
    publisher: workField('the publisher', 'metadata.publisher'),
    school: workField('the school of a thesis', 'metadata.school'),
    institution: workField('the institution of a report', 'metadata.institution'),
    address: workField('the place', 'metadata.place'),
    volume: workField('the volume', 'metadata.volume'),
    number: workField('the number', 'metadata.issue'),
    edition: workField('the edition', 'metadata.edition'),
    series: workField('the series', 'metadata.series'),
    chapter: workField('the chapter', 'metadata.chapter'),
    isbn: workField('the ISBN', 'metadata.isbn'),
    issn: workField('the ISSN', 'metadata.issn'),
    note: workField('a note', 'metadata.note'),
    keywords: workField('keywords', 'metadata.keywords'),
    language: workField('the language', 'metadata.language'),
  },
  apkg: {
    deck: option('name of the deck; `::` for decks within decks', 'text', 'German::A1'),
    description: option('of the deck', 'text', 'The first hundred words'),
    front: option('the field in front of a card', 'field', 'card.front'),
    back: option('the field behind', 'field', 'card.back'),
    fields: option(
      'in place of `front` and `back`: a block of `name: field` lines, or a list of fields',
      'field',
      '[word, card.meaning]',
    ),
    templates: option(
      'a list of blocks with `front`, `back` and perhaps `name`, in Anki’s template language',
      'blocks',
      '[{ front: "{{word}}", back: "{{meaning}}" }]',
    ),
    reversed: option('a second card that asks the other way round', 'flag', 'true'),
    noteType: option('name of the note type', 'text', 'Words'),
    css: option('look of the note type', 'text', '".card { font-size: 24px; }"'),
    key: option('the field that notes are known by', 'field', 'word'),
    tags: option('a tag or a list of tags for all cards', 'texts', '[a1, verbs]'),
    tagsFrom: option('a field with tags for each card', 'field', 'card.tags'),
    html: option('the fields are HTML and stay as they are: Anki runs what is in it', 'flag', 'true'),
  },
  epub: {
    title: option('of the book', 'text', 'Alice in Wonderland'),
    author: option('a name or a list of names', 'texts', 'Lewis Carroll'),
    language,
    identifier: option('such as `urn:isbn:…`', 'text', 'urn:isbn:9780141439761'),
    description: option('of the book', 'text', 'A scanned book'),
    publisher: option('of the book', 'text', 'Macmillan'),
    cover: option('path of an image', 'path', 'scans/cover.png'),
    images,
    contents: option('what the table of contents is called', 'text', 'Contents'),
    heading,
    text,
    missing,
  },
  html: {
    title: option('of the page', 'text', 'Our products'),
    language,
    contents: option('`false`: no list of contents', 'flag', 'false'),
    images,
    heading,
    text,
    missing,
  },
  markdown: {
    title: option('stands above all', 'text', 'Our products'),
    heading,
    text,
    missing,
  },
  jsonl: {
    columns: option('a list of fields, or a block of `name: field` lines', 'field', '[title, metadata.doi]'),
  },
};

/** The options that a kind takes, with those of all. */
export function optionsOf(kind: DeliveryKind): DeliveryOptions {
  return { ...deliveryOptions[kind], [eachOption]: each };
}
