import { worksNamedIn } from './catalogue.ts';
import { catalogueWorks, type CatalogueWork } from './catalogueWorks.ts';

export interface Reference {
  readonly title: string;
  readonly authors: readonly string[];
  readonly year: number | null;
  readonly doi: string | null;
}

const mostReferences = 500;
const longestEntry = 2_000;

/**
 * The works that a text refers to: those of its numbered list, else those of the catalogue that it names, else some of the
 * catalogue.
 */
export function referencesIn(text: string, random: () => number): readonly Reference[] {
  const listed = entriesOf(text).flatMap(referenceOf);
  if (listed.length > 0) return listed;
  const named = worksNamedIn(text);
  if (named.length > 0) return named.map(referenceTo);
  const from = Math.floor(random() * (catalogueWorks.length - 3));
  return catalogueWorks.slice(from, from + 3).map(referenceTo);
}

function referenceTo({ title, authors, year, doi }: CatalogueWork): Reference {
  return { title, authors, year, doi };
}

/** The entries behind the last heading "References" or the like, each on one line. */
function entriesOf(text: string): readonly string[] {
  const headings = [...text.matchAll(/^[^\S\n]*(?:\d+\.?\s+)?(?:references|bibliography|literature)[^\S\n]*$/gim)];
  const last = headings.at(-1);
  if (!last) return [];
  return text
    .slice(last.index + last[0].length)
    .split(/^[^\S\n]*(?:\[\d{1,3}\]|\d{1,3}\.)[^\S\n]+/m)
    .slice(1, mostReferences + 1)
    .map((entry) =>
      entry
        .slice(0, longestEntry)
        .replace(/(?<=\p{Ll})-\n(?=\p{Ll})/gu, '')
        .replace(/\s+/g, ' ')
        .trim(),
    );
}

/** "Family, G., & Family, G. (1978). Title. Source, 21(7). doi:10.…": what stands there, and nothing more. */
function referenceOf(entry: string): readonly Reference[] {
  const [, people = '', year = '', rest = ''] = /^(.{1,600}?)\((\d{4})[a-z]?\)[.,:]? +(.+)$/.exec(entry) ?? [];
  const [, title] = /^(.+?)(?:[.?!](?:\s|$)|$)/.exec(rest) ?? [];
  if (title === undefined) return [];
  const [doi] = /10\.\d{4,9}\/\S+/.exec(entry) ?? [];
  return [{ title, authors: authorsOf(people), year: Number(year), doi: doi?.replace(/[.,;)]+$/, '') ?? null }];
}

/** `Family, G. H., & Family, G.` as `G. H. Family` and `G. Family`. */
function authorsOf(people: string): readonly string[] {
  const found = [...people.matchAll(/([^,&]+),\s*((?:\p{Lu}[\p{L}]*\.?[\s-]?)+)/gu)];
  const names = found.map(([, family = '', given = '']) => `${given.trim()} ${family.trim()}`);
  return names.length > 0 ? names : people.trim() === '' ? [] : [people.trim().replace(/[.,]+$/, '')];
}
