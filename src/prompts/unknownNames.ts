import { brief } from './limits.ts';

/** Characters of a foreign name in a sentence. */
const longestName = 80;
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

const quoted = (name: string): string => `"${brief(name, longestListed)}"`;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostListed).map(quoted);
  const more = names.length - shown.length;
  const last = more > 0 ? `${more} more` : (shown.pop() ?? '');
  return shown.length > 0 ? `${shown.join(', ')} and ${last}` : last;
}

/** As Liquid says a variable: `["Product name"]` for names that are no word. */
export function liquidName(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(name) ? name : `["${name.replace(/["\\]/g, '\\$&')}"]`;
}

/** What is said of a variable without a value, as a sentence. */
export function noValue(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  const meant =
    nearest === undefined ? '' : `write {{ ${brief(liquidName(nearest), longestName)} }} if that is meant, or `;
  const known = names.length === 0 ? '' : `; ${names.length === 1 ? 'there is' : 'there are'} ${listed(names)}`;
  return (
    `The variable "${brief(name, longestName)}" has no value: ${meant}give it one under "inputs" in the front matter ` +
    `or in the data, or keep it as it is between {% raw %} and {% endraw %}${known}.`
  );
}

/** The same of a property of a value that is there. */
export function noProperty(path: string, root: string, value: unknown): string {
  const names = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  const there =
    names.length > 0
      ? `take one of ${listed(names)}`
      : `it has no names in it, so take {{ ${brief(root, longestListed)} }}`;
  return `The variable "${brief(path, longestName)}" has no value: ${there}, or correct the value of ${quoted(root)}.`;
}
