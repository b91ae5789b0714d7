import { brief } from './sentence.ts';

/** Characters of a foreign name in a list of names. */
const longestListed = 30;
/** Names that a sentence lists. */
const mostListed = 5;
/** Names and characters that spelling is compared for. */
const mostCompared = 1_000;
const longestCompared = 60;

/** Without what people write differently in names. */
const plain = (name: string): string => name.toLowerCase().replace(/[\s_.-]+/g, '');

/** Optimal string alignment: insertions, deletions, replacements and swaps of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, (before[column - 2] ?? 0) + 1);
      }
      next.push(least);
    }
    before = last;
    last = next;
  }
  return last[b.length] ?? 0;
}

/** The name that was probably meant. */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  if (name.length > longestCompared) return undefined;
  const wanted = plain(name);
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  let compared = 0;
  for (const candidate of names) {
    compared += 1;
    if (compared > mostCompared) break;
    if (Math.abs(candidate.length - name.length) > longestCompared / 3) continue;
    const away = distance(wanted, plain(candidate));
    if (away >= least || away >= wanted.length) continue;
    least = away;
    nearest = candidate;
  }
  return nearest;
}

/** A name in a sentence. */
export function quotedName(name: string): string {
  return `"${brief(name, longestListed)}"`;
}

/** Names in a sentence: the first ones, and how many more there are. */
export function listedNames(names: readonly string[]): string {
  const shown = names.slice(0, mostListed).map(quotedName);
  const more = names.length - shown.length;
  const last = more > 0 ? `${more} more` : (shown.pop() ?? '');
  return shown.length > 0 ? `${shown.join(', ')} and ${last}` : last;
}
