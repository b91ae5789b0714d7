/**
 * Decides which work a reference is: the one with its DOI, or one that a search for its title found.
 *
 * @param record the reference, with {{ byDoi }} and {{ byTitle }} where they found something
 * @param tools `with.least`: the score, from 0 to 1, that a title must have
 * @returns what is known of the work; without a match that is the reference itself
 */
export default function match({ title, authors, year, doi, byDoi, byTitle }, { with: { least = 0.6 } = {} }) {
  if (byDoi?.id) return found(byDoi, 'doi', likeness(title, titleOf(byDoi)));
  const score = byTitle?.id ? likeness(title, titleOf(byTitle)) : 0;
  if (score >= least) return found(byTitle, 'title', score);
  return { by: 'none', score, title, doi, year, isOpen: false, pdf: null, work: { title, authors, year, doi } };
}

function found(work, by, score) {
  const access = work.open_access ?? {};
  return {
    by,
    score,
    title: titleOf(work),
    doi: work.doi ? work.doi.replace(/^https?:\/\/doi\.org\//i, '') : null,
    year: work.publication_year ?? null,
    isOpen: access.is_oa === true,
    pdf: access.is_oa === true ? (work.best_oa_location?.pdf_url ?? access.oa_url ?? null) : null,
    work,
  };
}

function titleOf({ title, display_name: name }) {
  return title ?? name ?? '';
}

/** Dice's coefficient over words: 1 for the same ones, 0 for none in common. Two decimals. */
function likeness(one, other) {
  const [a, b] = [wordsOf(one), wordsOf(other)];
  if (a.size + b.size === 0) return 0;
  const shared = [...a].filter((word) => b.has(word)).length;
  return Math.round((200 * shared) / (a.size + b.size)) / 100;
}

function wordsOf(text) {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return new Set(plain.match(/[\p{L}\p{N}]+/gu) ?? []);
}
