import type { JsonObject } from '../../base/jsonObject.ts';
import { catalogueWorks, type CatalogueWork } from './catalogueWorks.ts';
import { samplePdf } from './samplePdf.ts';

/** Names below `.invalid` lead nowhere (RFC 2606): what is asked of this one is answered here. */
export const catalogueHost = 'catalogue.demo.invalid';

export interface CatalogueRequest {
  readonly method: string;
  readonly url: string;
}

export interface CatalogueAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

const address = `https://${catalogueHost}`;

/** Longer searches are cut: nobody's title is. */
const longestSearch = 1_000;
const mostPerPage = 100;
/** Of 1,100: a search finds what has more than half of its words. */
const leastScore = 600;

/** Whether a request is one for the catalogue; nothing of it goes to a network then. */
export function isForCatalogue(url: string): boolean {
  return URL.canParse(url) && new URL(url).hostname === catalogueHost;
}

/**
 * A small catalogue of works that answers as OpenAlex does: `/works/doi:<doi>`, `/works/<id>`, `/works?search=…`,
 * `/works?filter=doi:…`, and `/papers/<id>.pdf` for those that are free to read. The same request has the same answer.
 */
export function demoCatalogue({ method, url }: CatalogueRequest): CatalogueAnswer {
  const asked = URL.canParse(url) ? new URL(url) : undefined;
  if (asked?.hostname !== catalogueHost) return notFound('There is nothing at this address.');
  if (method.toUpperCase() !== 'GET') {
    return json(405, { error: 'Method Not Allowed', message: 'The method is not allowed for the requested URL.' }, 0);
  }
  const path = decoded(asked.pathname);
  const paper = /^\/papers\/(\w+)\.pdf$/.exec(path)?.[1];
  if (paper !== undefined) return paperAnswer(paper);
  const single = /^\/works\/(.+)$/.exec(path)?.[1];
  if (single !== undefined) return workAnswer(single);
  if (/^\/works\/?$/.test(path)) return listAnswer(asked.searchParams);
  return notFound('The requested URL was not found on the server.');
}

/** The works whose title or DOI stands in a text, in the order in which they stand there. */
export function worksNamedIn(text: string): readonly CatalogueWork[] {
  const plain = ` ${plainWords(text)} `;
  const lower = text.toLowerCase();
  // A DOI may be parted at the end of a line.
  const unparted = lower.replace(/\s+/g, '');
  const placed = catalogueWorks.map((work) => {
    const title = ` ${plainWords(work.title)} `;
    const at = plain.indexOf(title);
    if (at !== -1) return { work, at: at / plain.length };
    const doi = unparted.indexOf(work.doi);
    return { work, at: doi === -1 ? undefined : doi / unparted.length };
  });
  return placed
    .flatMap(({ work, at }) => (at === undefined ? [] : [{ work, at }]))
    .sort((a, b) => a.at - b.at)
    .map(({ work }) => work);
}

function workAnswer(asked: string): CatalogueAnswer {
  const doi = bareDoi(asked);
  const id = asked.replace(/^https?:\/\/[^/]+\//i, '').toUpperCase();
  const work = catalogueWorks.find((each) => each.doi === doi || each.id === id);
  return work ? json(200, shown(work), 0) : notFound(`Work ${asked.slice(0, 200)} not found`);
}

function listAnswer(query: URLSearchParams): CatalogueAnswer {
  const perPage = wholeNumber(query.get('per_page') ?? query.get('per-page'), 25, mostPerPage);
  const page = wholeNumber(query.get('page'), 1, 1_000);
  const search = query.get('search');
  const ranked = search === null ? undefined : found(search.slice(0, longestSearch));
  const works = filtered(ranked?.map(({ work }) => work) ?? catalogueWorks, query.get('filter') ?? '');
  if (typeof works === 'string') return json(400, { error: 'Invalid query parameters error.', message: works }, 0);
  const results = works.slice((page - 1) * perPage, page * perPage).map((work) => {
    const score = ranked?.find((each) => each.work === work)?.score;
    return { ...shown(work), ...(score === undefined ? {} : { relevance_score: score }) };
  });
  const meta = { count: works.length, db_response_time_ms: 12, page, per_page: perPage, groups_count: null };
  return json(200, { meta, results, group_by: [] }, search === null ? 1 : 10);
}

/** @returns a sentence about a filter that is not known */
function filtered(works: readonly CatalogueWork[], filter: string): readonly CatalogueWork[] | string {
  let left = works;
  for (const part of filter.split(',').filter((each) => each.trim() !== '')) {
    const [, name = '', value = ''] = /^\s*([\w.]+):(.*)$/s.exec(part) ?? [];
    const wanted = value.split('|');
    switch (name) {
      case 'doi':
        left = left.filter(({ doi }) => wanted.some((each) => bareDoi(each) === doi));
        break;
      case 'title.search':
      case 'display_name.search': {
        const matching = new Set(found(value.slice(0, longestSearch)).map(({ work }) => work));
        left = left.filter((work) => matching.has(work));
        break;
      }
      case 'publication_year':
        left = left.filter(({ year }) => wanted.includes(String(year)));
        break;
      case 'is_oa':
      case 'open_access.is_oa':
        left = left.filter(({ isOpen }) => wanted.includes(String(isOpen)));
        break;
      default:
        return `${name === '' ? part.slice(0, 100) : name} is not a valid field.`;
    }
  }
  return left;
}

/** The words of a work's title and authors, each work's once. */
const wordsByWork = new Map<
  CatalogueWork,
  { readonly title: ReadonlySet<string>; readonly all: ReadonlySet<string> }
>();

function wordsOf(work: CatalogueWork): { readonly title: ReadonlySet<string>; readonly all: ReadonlySet<string> } {
  const known = wordsByWork.get(work);
  if (known) return known;
  const title = new Set(plainWords(work.title).split(' '));
  const words = { title, all: new Set([...title, ...plainWords(work.authors.join(' ')).split(' ')]) };
  wordsByWork.set(work, words);
  return words;
}

/** Works that have most of the words, the best one first: of those that have as many, the one with the fewest others. */
function found(search: string): readonly { readonly work: CatalogueWork; readonly score: number }[] {
  const wanted = new Set(plainWords(search).split(' ').filter(Boolean));
  if (wanted.size === 0) return [];
  return catalogueWorks
    .map((work) => {
      const { title, all } = wordsOf(work);
      const count = (words: ReadonlySet<string>): number => [...wanted].filter((word) => words.has(word)).length;
      return { work, score: Math.round((1000 * count(all)) / wanted.size + (100 * count(title)) / title.size) };
    })
    .filter(({ score }) => score >= leastScore)
    .sort((a, b) => b.score - a.score || b.work.citations - a.work.citations);
}

function paperAnswer(id: string): CatalogueAnswer {
  const work = catalogueWorks.find((each) => each.id === id && each.isOpen);
  if (!work) return notFound(`Paper ${id} not found`);
  const body = samplePdf(work.title, [
    `${work.authors.join(', ')}. ${work.source}, ${work.year}. https://doi.org/${work.doi}`,
    'This page stands for the paper: the catalogue that sent it is built into Parallel Candidates, so that pipelines can be tried without a network.',
  ]);
  return { status: 200, headers: { 'content-type': 'application/pdf', 'content-length': String(body.length) }, body };
}

/** As OpenAlex has a work. */
function shown(work: CatalogueWork): JsonObject {
  const { id, title, doi, year, date, isOpen, type, pages } = work;
  const pdf = isOpen ? `${address}/papers/${id}.pdf` : null;
  const location = {
    is_oa: isOpen,
    landing_page_url: `https://doi.org/${doi}`,
    pdf_url: pdf,
    source: {
      id: `${address}/sources/${plainWords(work.source).replaceAll(' ', '-')}`,
      display_name: work.source,
      issn_l: work.issn ?? null,
      issn: work.issn === undefined ? null : [work.issn],
      is_oa: work.sourceType === 'repository',
      is_in_doaj: false,
      host_organization_name: work.publisher,
      type: work.sourceType,
    },
    license: null,
    version: isOpen ? 'publishedVersion' : null,
    is_accepted: isOpen,
    is_published: isOpen,
  };
  return {
    id: `${address}/${id}`,
    doi: `https://doi.org/${doi}`,
    title,
    display_name: title,
    publication_year: year,
    publication_date: date,
    ids: { openalex: `${address}/${id}`, doi: `https://doi.org/${doi}` },
    language: 'en',
    primary_location: location,
    best_oa_location: isOpen ? location : null,
    type,
    type_crossref: work.sourceType === 'conference' ? 'proceedings-article' : crossrefTypes[type],
    open_access: {
      is_oa: isOpen,
      oa_status: isOpen ? 'bronze' : 'closed',
      oa_url: pdf,
      any_repository_has_fulltext: isOpen,
    },
    authorships: work.authors.map((name, place) => ({
      author_position: place === 0 ? 'first' : place === work.authors.length - 1 ? 'last' : 'middle',
      author: { id: `${address}/A${id.slice(1)}${place + 1}`, display_name: name, orcid: null },
      institutions: [],
      countries: [],
      is_corresponding: place === 0,
      raw_author_name: name,
      raw_affiliation_strings: [],
    })),
    cited_by_count: work.citations,
    biblio: {
      volume: work.volume ?? null,
      issue: work.issue ?? null,
      first_page: pages?.[0] ?? null,
      last_page: pages?.[1] ?? null,
    },
    is_retracted: false,
    is_paratext: false,
  };
}

const crossrefTypes: Readonly<Record<CatalogueWork['type'], string>> = {
  article: 'journal-article',
  preprint: 'posted-content',
  'book-chapter': 'book-chapter',
};

function notFound(message: string): CatalogueAnswer {
  return json(404, { error: 'Not Found', message }, 0);
}

/** With the headers of a day's credits, as if this were the first call of the day. */
function json(status: number, value: JsonObject, credits: number): CatalogueAnswer {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'x-ratelimit-limit': '100000',
      'x-ratelimit-remaining': String(100_000 - credits),
      'x-ratelimit-credits-used': String(credits),
      'x-ratelimit-reset': '86400',
    },
    body,
  };
}

function bareDoi(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/^doi:\s*/, '')
    .replace(/^https?:\/\/(?:dx\.)?doi\.org\//, '');
}

/** Words of letters and digits with single spaces between them, in lower case and without accents. */
function plainWords(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  // Hyphens at the ends of lines part words.
  return plain
    .replace(/(?<=\p{L})-\n(?=\p{L})/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function wholeNumber(text: string | null, otherwise: number, most: number): number {
  return text !== null && /^\d{1,6}$/.test(text) ? Math.max(1, Math.min(most, Number(text))) : otherwise;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
