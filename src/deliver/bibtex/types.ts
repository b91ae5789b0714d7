export type EntryType =
  'article' | 'inproceedings' | 'incollection' | 'book' | 'phdthesis' | 'mastersthesis' | 'techreport' | 'misc';

/** What OpenAlex, Crossref, CSL and BibTeX call them. */
const byName: Readonly<Record<string, EntryType>> = {
  article: 'article',
  'journal-article': 'article',
  'article-journal': 'article',
  'article-magazine': 'article',
  'article-newspaper': 'article',
  review: 'article',
  letter: 'article',
  editorial: 'article',
  erratum: 'article',
  inproceedings: 'inproceedings',
  conference: 'inproceedings',
  'proceedings-article': 'inproceedings',
  'paper-conference': 'inproceedings',
  'conference-paper': 'inproceedings',
  incollection: 'incollection',
  inbook: 'incollection',
  chapter: 'incollection',
  'book-chapter': 'incollection',
  'book-section': 'incollection',
  'book-part': 'incollection',
  'reference-entry': 'incollection',
  book: 'book',
  monograph: 'book',
  'edited-book': 'book',
  'reference-book': 'book',
  phdthesis: 'phdthesis',
  thesis: 'phdthesis',
  dissertation: 'phdthesis',
  mastersthesis: 'mastersthesis',
  techreport: 'techreport',
  report: 'techreport',
};

interface Said {
  readonly said: string | undefined;
  readonly genre: string | undefined;
  /** OpenAlex knows whether it was a journal or a conference. */
  readonly sourceType: string | undefined;
  /** Whether a flat record has a field of its own. */
  readonly has: (field: string) => boolean;
}

export function entryTypeOf({ said, genre, sourceType, has }: Said): EntryType {
  const name = said?.toLowerCase().replace(/[\s_]+/g, '-');
  const known = name !== undefined && Object.hasOwn(byName, name) ? byName[name] : undefined;
  if (known === 'phdthesis' && /master|diploma|bachelor/i.test(genre ?? '')) return 'mastersthesis';
  if (known === 'article' && sourceType === 'conference') return 'inproceedings';
  // A preprint is no article of a journal.
  if (known === 'article' && sourceType === 'repository') return 'misc';
  if (known !== undefined) return known;
  if (name !== undefined) return 'misc';
  if (has('booktitle') || has('conference')) return 'inproceedings';
  if (has('journal') || has('journaltitle')) return 'article';
  if (has('school')) return 'phdthesis';
  return has('isbn') || has('publisher') ? 'book' : 'misc';
}
