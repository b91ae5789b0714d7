import { listedNames, nearestName, quotedName } from '../base/nearestName.ts';
import { brief } from './limits.ts';

/** Characters of a foreign name in a sentence. */
const longestName = 80;
const longestListed = 30;

/** As Liquid says a variable: `["Product name"]` for names that are no word. */
export function liquidName(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(name) ? name : `["${name.replace(/["\\]/g, '\\$&')}"]`;
}

/** What is said of a variable without a value, as a sentence. */
export function noValue(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  const meant =
    nearest === undefined ? '' : `write {{ ${brief(liquidName(nearest), longestName)} }} if that is meant, or `;
  const known = names.length === 0 ? '' : `; ${names.length === 1 ? 'there is' : 'there are'} ${listedNames(names)}`;
  return (
    `The variable "${brief(name, longestName)}" has no value: ${meant}give it one under "inputs" in the front matter ` +
    `or in the data, or keep it as it is between {% raw %} and {% endraw %}${known}.`
  );
}

const noFileText =
  'The variable "file.text" has no value: the file is no text in UTF-8 or too long, so save it anew, name its encoding in "candidates.data.encoding", or leave it out of the pattern.';

/** The same of a property of a value that is there. */
export function noProperty(path: string, root: string, value: unknown): string {
  if (path === 'file.text') return noFileText;
  const names = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  const there =
    names.length > 0
      ? `take one of ${listedNames(names)}`
      : `it has no names in it, so take {{ ${brief(root, longestListed)} }}`;
  return `The variable "${brief(path, longestName)}" has no value: ${there}, or correct the value of ${quotedName(root)}.`;
}
