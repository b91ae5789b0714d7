import { contentHash } from '../../base/hash.ts';
import type { Name } from './names.ts';

/** What gives a work its key. */
export interface KeyedWork {
  readonly title: string;
  readonly authors: readonly Name[];
  readonly year?: string;
}

/** Letters that are no plain ones with a mark. */
const folded: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** Of titles: they say nothing about them. */
const smallWords = new Set([
  ...['a', 'an', 'the', 'on', 'of', 'in', 'for', 'and', 'to', 'with', 'from', 'by', 'at', 'is', 'are', 'how', 'what'],
  ...['der', 'die', 'das', 'ein', 'eine', 'le', 'la', 'les', 'un', 'une', 'el', 'los', 'las', 'il'],
]);

/** BibTeX takes no other letters everywhere. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => folded[letter] ?? letter);
}

function wordsOfTitle(title: string): readonly string[] {
  return plain(title)
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** `knuth1984literate`. What has no letter of ours in author and title gets some of a hash. */
function baseKey({ title, authors: [author], year = '' }: KeyedWork): string {
  const name = author === undefined ? '' : author.kind === 'group' ? author.name : author.family;
  const who = plain(name)
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 30);
  const words = wordsOfTitle(title);
  const word = words.find((each) => !smallWords.has(each) && !/^\d+$/.test(each)) ?? words[0] ?? '';
  const about = word.slice(0, 30) || contentHash(title).slice(0, 8);
  return `${who === '' ? 'anon' : who}${year}${about}`;
}

/** `a` to `z`, `aa`, … for 1, 2, … */
function letters(number: number): string {
  const rest = Math.floor((number - 1) / 26);
  return (rest === 0 ? '' : letters(rest)) + String.fromCharCode(97 + ((number - 1) % 26));
}

/** Gives each work a key of its own. The same works in the same order have the same keys. */
export class CitationKeys {
  readonly #taken = new Set<string>();
  /** How often a base was given out: looking from the start again would take ever longer. */
  readonly #counts = new Map<string, number>();

  /** @param wished by a person; what no key may hold is left out of it */
  keyFor(work: KeyedWork, wished = ''): string {
    const own = wished.replace(/[^a-zA-Z0-9_:.+/-]/g, '').slice(0, 100);
    const base = own === '' ? baseKey(work) : own;
    let count = this.#counts.get(base.toLowerCase()) ?? 0;
    let key = count === 0 ? base : `${base}${letters(count)}`;
    while (this.#taken.has(key.toLowerCase())) key = `${base}${letters(++count)}`;
    this.#taken.add(key.toLowerCase());
    this.#counts.set(base.toLowerCase(), count + 1);
    return key;
  }
}
