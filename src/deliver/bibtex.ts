import { isJsonObject } from '../base/jsonObject.ts';
import { success } from '../base/outcome.ts';
import type { RecordData } from '../flow/flow.ts';
import { CitationKeys } from './bibtex/citationKeys.ts';
import { latexText, latexVerbatim } from './bibtex/latex.ts';
import { writtenName } from './bibtex/names.ts';
import { monthName, textFields, titles, workOf, type NamedPlaces, type TextField, type Work } from './bibtex/work.ts';
import type { EntryType } from './bibtex/types.ts';
import { deliveryKind, type DeliveredRecord } from './delivery.ts';
import type { OptionReader } from './optionReader.ts';
import { fieldOf, layersOf, valueAt, wordsOf } from './recordFields.ts';

const namedFields = [
  'type',
  'title',
  'author',
  'editor',
  'year',
  'month',
  'doi',
  'url',
  'pages',
  ...textFields,
] as const;

interface BibtexOptions {
  /** Where the work is in the record; absent: in what the stages added, and in the record itself. */
  readonly work?: string;
  /** Where a person has put keys of their own. */
  readonly key?: string;
  readonly hasAbstract: boolean;
  readonly places: NamedPlaces;
}

/** A bibliography for LaTeX: an entry for each work, once for each DOI. */
export const bibtex = deliveryKind<BibtexOptions>('bibtex', {
  endings: ['.bib'],
  read(reader) {
    const [work] = reader.field('work') ?? [];
    const [key] = reader.field('key') ?? [];
    const abstract = reader.flagOrField('abstract') ?? false;
    const places = { ...placesOf(reader), ...(typeof abstract === 'boolean' ? {} : { abstract }) };
    return { hasAbstract: abstract !== false, places, ...(work ? { work } : {}), ...(key ? { key } : {}) };
  },
  make(records, options, { stages }, notes) {
    const keys = new CitationKeys();
    const entries = worksOf(records, options, stages, (key) => {
      const where = options.places.title?.join('" or "') ?? (options.work ? `${options.work}.title` : 'title');
      notes.leftOut(key, `has no "${where}"`);
    }).map(({ work, wished }) => entryOf(work, keys.keyFor(work, wished), options));
    return Promise.resolve(success(entries.join('\n')));
  },
});

function placesOf(reader: OptionReader): NamedPlaces {
  return Object.fromEntries(
    namedFields.flatMap((field) => {
      const paths = reader.field(field);
      return paths ? [[field, paths]] : [];
    }),
  );
}

interface ListedWork {
  readonly work: Work;
  readonly wished: string;
}

/** In order, those with the same DOI as one: the first, with what only the others know. */
function worksOf(
  records: readonly DeliveredRecord[],
  { work: place, key: keyPlace, places }: BibtexOptions,
  stages: readonly string[],
  leaveOut: (key: string) => void,
): readonly ListedWork[] {
  const works: ListedWork[] = [];
  const byDoi = new Map<string, number>();
  for (const { key, data } of records) {
    const work = workOf(sourcesOf(data, place, stages), data, places);
    if (!work) {
      leaveOut(key);
      continue;
    }
    const wished = keyPlace === undefined ? '' : (wordsOf(valueAt(data, keyPlace)) ?? '');
    const same = work.doi === undefined ? undefined : byDoi.get(work.doi.toLowerCase());
    const first = same === undefined ? undefined : works[same];
    if (same !== undefined && first) {
      works[same] = { work: merged(first.work, work), wished: first.wished === '' ? wished : first.wished };
      continue;
    }
    if (work.doi !== undefined) byDoi.set(work.doi.toLowerCase(), works.length);
    works.push({ work, wished });
  }
  return works;
}

/** What a stage added is a work when it has a title: a download has an address too, and it is another one. */
function sourcesOf(data: RecordData, place: string | undefined, stages: readonly string[]): readonly RecordData[] {
  if (place === undefined) {
    return layersOf(data, stages).filter(
      (layer) => layer === data || fieldOf(layer, undefined, titles, []) !== undefined,
    );
  }
  const work = valueAt(data, place);
  return isJsonObject(work) ? [work] : [];
}

function merged(first: Work, second: Work): Work {
  return {
    ...second,
    ...first,
    type: first.type === 'misc' ? second.type : first.type,
    authors: first.authors.length === 0 ? second.authors : first.authors,
    editors: first.editors.length === 0 ? second.editors : first.editors,
    texts: { ...second.texts, ...first.texts },
  };
}

/** Which of its texts a type of entry has. */
const textsOf: Readonly<Record<EntryType, readonly TextField[]>> = {
  article: ['journal', 'volume', 'number', 'issn', 'publisher'],
  inproceedings: ['booktitle', 'series', 'volume', 'number', 'publisher', 'address', 'isbn'],
  incollection: ['booktitle', 'chapter', 'edition', 'series', 'volume', 'publisher', 'address', 'isbn'],
  book: ['publisher', 'address', 'edition', 'series', 'volume', 'isbn'],
  phdthesis: ['school', 'address'],
  mastersthesis: ['school', 'address'],
  techreport: ['institution', 'number', 'address'],
  misc: ['publisher'],
};

/** Every type may have these; others only when they were asked for by name. */
const everywhere: readonly TextField[] = ['note'];

function entryOf(work: Work, key: string, { hasAbstract, places }: BibtexOptions): string {
  const texts = [...textsOf[work.type], ...textFields.filter((field) => places[field]), ...everywhere];
  const month = work.month === undefined ? undefined : monthName(work.month);
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['author', braced(work.authors.map(writtenName).join(' and '))],
    ['editor', braced(work.editors.map(writtenName).join(' and '))],
    // Styles change the letters of titles, which are right as they are.
    ['title', `{{${latexText(work.title)}}}`],
    ...[...new Set(texts)].map((field): [string, string | undefined] => [field, textOf(field, work.texts[field])]),
    ['pages', work.pages === undefined ? undefined : pagesText(work.pages)],
    ['year', work.year === undefined ? undefined : `{${work.year}}`],
    ['month', month],
    ['doi', work.doi === undefined ? undefined : `{${latexVerbatim(work.doi)}}`],
    ['url', work.url === undefined ? undefined : `{${latexVerbatim(work.url)}}`],
    ['abstract', hasAbstract && work.abstract !== undefined ? braced(latexText(work.abstract)) : undefined],
  ];
  const lines = fields.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name} = ${value},\n`]));
  return `@${work.type}{${key},\n${lines.join('')}}\n`;
}

function braced(text: string): string | undefined {
  return text === '' ? undefined : `{${text}}`;
}

/** Lists of publishers and the like are parted by "and". */
function textOf(field: TextField, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const isOne = ['publisher', 'school', 'institution', 'address', 'language'].includes(field) && /\band\b/i.test(text);
  return isOne ? `{{${latexText(text)}}}` : `{${latexText(text)}}`;
}

/** The pair of hyphens between pages is meant to be a dash. */
function pagesText(pages: string): string {
  return `{${pages.split('--').map(latexText).join('--')}}`;
}
