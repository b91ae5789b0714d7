import { isJsonObject } from '../../base/jsonObject.ts';
import type { RecordData } from '../../flow/flow.ts';
import { oneLine } from '../cleanText.ts';
import { isNothing, valueAt, wordsOf } from '../recordFields.ts';
import { abstractOf } from './abstract.ts';
import { namesOf, type Name } from './names.ts';
import { plainTitle } from './titleMarkup.ts';
import { entryTypeOf, type EntryType } from './types.ts';

/** Fields of an entry besides those that are names or have a form of their own. */
export const textFields = [
  ...['journal', 'booktitle', 'publisher', 'school', 'institution', 'volume', 'number', 'edition', 'series', 'chapter'],
  ...['address', 'isbn', 'issn', 'note', 'keywords', 'language'],
] as const;

export type TextField = (typeof textFields)[number];

/** A work as an entry tells of it; texts are plain ones on one line. */
export interface Work {
  readonly type: EntryType;
  readonly title: string;
  readonly authors: readonly Name[];
  readonly editors: readonly Name[];
  readonly year?: string;
  /** 1 to 12. */
  readonly month?: number;
  /** `10.1000/182`, as it was written. */
  readonly doi?: string;
  /** With `http:` or `https:`. */
  readonly url?: string;
  readonly pages?: string;
  readonly abstract?: string;
  readonly texts: Readonly<Partial<Record<TextField, string>>>;
}

/** Only what has one of them is a work. */
export const titles = ['title', 'display_name'] as const;

/** Where OpenAlex, Crossref, CSL and flat records have a field. The first one that says something counts. */
const usual = {
  title: titles,
  authors: ['authorships', 'author', 'authors', 'creator', 'creators'],
  editors: ['editor', 'editors'],
  date: [
    ...['publication_year', 'year', 'issued', 'published-print', 'published', 'published-online', 'publication_date'],
    ...['date'],
  ],
  month: ['month'],
  doi: ['doi', 'DOI', 'ids.doi'],
  url: [
    ...['url', 'URL', 'link', 'primary_location.landing_page_url', 'resource.primary.URL', 'open_access.oa_url'],
    'doi',
  ],
  type: ['type_crossref', 'type', 'genre'],
  abstract: ['abstract', 'abstract_inverted_index'],
  pages: ['pages', 'page'],
} as const;

const container = [
  ...['container-title', 'container_title', 'primary_location.source.display_name', 'host_venue.display_name'],
  ...['venue', 'container'],
];

const usualTexts: Readonly<Record<TextField, readonly string[]>> = {
  journal: ['journal', 'journaltitle', ...container],
  booktitle: ['booktitle', 'event.name', 'conference', ...container],
  publisher: ['publisher', 'primary_location.source.host_organization_name', 'host_venue.publisher'],
  school: ['school', 'university', 'institution.0.name', 'institution', 'publisher'],
  institution: ['institution.0.name', 'institution', 'publisher', 'primary_location.source.host_organization_name'],
  volume: ['volume', 'biblio.volume'],
  number: ['number', 'issue', 'biblio.issue'],
  edition: ['edition', 'edition-number'],
  series: ['series', 'collection-title'],
  chapter: ['chapter', 'chapter-number'],
  address: ['address', 'publisher-location', 'publisher-place', 'publisher_location'],
  isbn: ['isbn', 'ISBN'],
  issn: ['issn_l', 'issn', 'ISSN', 'primary_location.source.issn_l'],
  note: ['note'],
  keywords: ['keywords', 'keyword', 'subject'],
  language: ['language'],
};

/** The places that a person has named, by field. */
export type NamedPlaces = Readonly<Partial<Record<string, readonly string[]>>>;

/** Reads the fields of a work from the objects that may hold it, the best one first. */
class WorkReader {
  readonly #sources: readonly RecordData[];
  readonly #record: RecordData;
  readonly #named: NamedPlaces;

  constructor(sources: readonly RecordData[], record: RecordData, named: NamedPlaces) {
    this.#sources = sources;
    this.#record = record;
    this.#named = named;
  }

  value(field: string, places: readonly string[]): unknown {
    const named = this.#named[field];
    if (named) return named.map((path) => valueAt(this.#record, path)).find((value) => !isNothing(value));
    for (const source of this.#sources) {
      const value = places.map((path) => valueAt(source, path)).find((each) => !isNothing(each));
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Of a list, the first. */
  text(field: string, places: readonly string[]): string | undefined {
    const value = this.value(field, places);
    const words = wordsOf(Array.isArray(value) ? value.find((each) => wordsOf(each) !== undefined) : value);
    const text = words === undefined ? '' : oneLine(words);
    return text === '' ? undefined : text;
  }
}

/**
 * @param sources objects that may hold the work, the best one first: what one lacks is looked for in the next
 * @param record that the named places are in
 * @returns undefined when there is no title
 */
export function workOf(sources: readonly RecordData[], record: RecordData, named: NamedPlaces): Work | undefined {
  const reader = new WorkReader(sources, record, named);
  const title = reader.text('title', usual.title);
  if (title === undefined) return undefined;
  // Both send titles with markup; anywhere else a `<` is a sign like any other.
  const hasMarkup = sources.some((source) => Object.hasOwn(source, 'DOI') || Object.hasOwn(source, 'authorships'));
  const subtitle = hasMarkup ? reader.text('subtitle', ['subtitle']) : undefined;
  const whole = subtitle === undefined || title.includes(subtitle) ? title : `${title}: ${subtitle}`;
  const texts = Object.fromEntries(
    textFields.flatMap((field) => {
      const text = field === 'keywords' ? keywordsOf(reader) : reader.text(field, usualTexts[field]);
      return text === undefined ? [] : [[field, hasMarkup ? plainTitle(text) : text]];
    }),
  ) as Partial<Record<TextField, string>>;
  const year = yearOf(reader.value('year', usual.date));
  const month = monthOf(reader.value('month', [...usual.month, ...usual.date.slice(2)]));
  const doi = doiOf(reader.text('doi', usual.doi));
  const url = urlOf(reader.text('url', usual.url));
  const pages = pagesOf(reader);
  const abstract = abstractOf(reader.value('abstract', usual.abstract));
  return {
    type: entryTypeOf({
      said: reader.text('type', usual.type),
      genre: reader.text('genre', ['genre']),
      sourceType: reader.text('sourceType', ['primary_location.source.type', 'host_venue.type']),
      has: (field) => reader.text(field, [field]) !== undefined,
    }),
    title: hasMarkup ? plainTitle(whole) : whole,
    authors: namesOf(reader.value('author', usual.authors)),
    editors: namesOf(reader.value('editor', usual.editors)),
    ...(year === undefined ? {} : { year }),
    ...(month === undefined ? {} : { month }),
    ...(doi === undefined ? {} : { doi }),
    // The address of a DOI says nothing that the DOI does not.
    ...(url === undefined || doiOf(url) !== undefined ? {} : { url }),
    ...(pages === undefined ? {} : { pages }),
    ...(abstract === undefined ? {} : { abstract }),
    texts,
  };
}

function keywordsOf(reader: WorkReader): string | undefined {
  const value = reader.value('keywords', usualTexts.keywords);
  const words = [value].flat().flatMap((each) => {
    const text = wordsOf(isJsonObject(each) ? valueAt(each, 'display_name') : each);
    return text === undefined ? [] : [oneLine(text)];
  });
  return words.length === 0 ? undefined : words.join(', ');
}

/** A year, a date, or Crossref's `date-parts`. */
function dateTextOf(value: unknown): string {
  const parts = valueAt(value, 'date-parts.0');
  if (Array.isArray(parts)) return parts.map((part) => String(part).padStart(2, '0')).join('-');
  return wordsOf(value) ?? wordsOf(valueAt(value, 'raw')) ?? '';
}

function yearOf(value: unknown): string | undefined {
  const text = dateTextOf(value).slice(0, 100);
  return /(?<!\d)(?:1\d{3}|20\d\d)(?!\d)/.exec(text)?.[0] ?? /^\d{1,4}$/.exec(text.trim())?.[0];
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] as const;

/** As BibTeX has it by itself: `mar`. */
export function monthName(month: number): string | undefined {
  return monthNames[month - 1];
}

function monthOf(value: unknown): number | undefined {
  const text = dateTextOf(value).slice(0, 100).trim().toLowerCase();
  const [, digits] = /^\d{4}-(\d{1,2})(?:-|$)/.exec(text) ?? /^(\d{1,2})$/.exec(text) ?? [];
  const month = digits === undefined ? monthNames.findIndex((name) => text.startsWith(name)) + 1 : Number(digits);
  return month >= 1 && month <= 12 ? month : undefined;
}

/** Without the address that it may come with; undefined for what is none. */
function doiOf(text: string | undefined): string | undefined {
  const bare = text?.replace(/^(?:https?:\/\/(?:dx\.)?doi\.org\/|doi:\s*)/i, '');
  return bare !== undefined && /^10\.\d{4,9}\/\S{1,500}$/.test(bare) ? bare : undefined;
}

function urlOf(text: string | undefined): string | undefined {
  return text !== undefined && /^https?:\/\/[^\s/]\S*$/i.test(text) && URL.canParse(text) ? text : undefined;
}

/** `123--130`, whichever dash it came with. */
function pagesOf(reader: WorkReader): string | undefined {
  const said = reader.text('pages', usual.pages);
  const first = said === undefined ? reader.text('first', ['biblio.first_page', 'first_page']) : undefined;
  const last = reader.text('last', ['biblio.last_page', 'last_page']);
  const text = said ?? (first === undefined || last === undefined || first === last ? first : `${first}-${last}`);
  return text?.replace(/(?<=[^\s\p{Pd}])\s*\p{Pd}+\s*(?=[^\s\p{Pd}])/gu, '--');
}
