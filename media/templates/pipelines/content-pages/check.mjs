import { TextDecoder } from 'node:util';

/**
 * Lengths and banned words of a page.
 *
 * @param record the row, with what the stages before have added to it
 * @param tools `with` is what the pipeline file says there, `file` reads a file of its folder
 * @returns what this stage adds to the record; an error that is thrown fails it
 */
export default async function check({ page, body }, { with: limits, file }) {
  const text = [page.title, page.description, body.markdown].join('\n');
  const words = body.markdown.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length;
  const problems = [
    ...outside('The title', page.title.length, limits.title, 'characters'),
    ...outside('The description', page.description.length, limits.description, 'characters'),
    ...outside('The page', words, limits.words, 'words'),
    ...bannedWords(await file(limits.banned))
      .filter((word) => has(text, word))
      .map((word) => `It says "${word}".`),
  ];
  if (limits.strict === true && problems.length > 0) throw new Error(problems.join(' '));
  return { ok: problems.length === 0, words, problems };
}

function outside(what, length, [fewest, most], unit) {
  return length >= fewest && length <= most ? [] : [`${what} has ${length} ${unit}, not ${fewest} to ${most}.`];
}

/** A word or a few, one line each; what follows # is a comment. */
function bannedWords(bytes) {
  const text = new TextDecoder().decode(bytes);
  return text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim() || []);
}

/** Whole words, whatever their case. */
function has(text, word) {
  const plain = (value) => ` ${value.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ')} `;
  return plain(text).includes(plain(word));
}
