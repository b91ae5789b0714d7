/** Steps in which braces and groups are taken apart; a pattern that needs more is not looked through. */
const mostSteps = 500;
/** UTF-16 units of what they come to. */
const longest = 2_000;

/** One without others in it: `{a,b}`, `(a|b)`, `+(a)`. */
const innermost = /\{([^{}()]*)\}|([@?+*!]?)\(([^{}()]*)\)/;

/** @returns undefined where there are too many */
function alternativesOf(pattern: string): readonly string[] | undefined {
  // `[.]` is a dot.
  const waiting = [pattern.replace(/\[[^[\]]*\.[^[\]]*\]/g, '.')];
  const found: string[] = [];
  let steps = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    steps += 1;
    if (steps + waiting.length > mostSteps || next.length > longest) return undefined;
    const group = innermost.exec(next);
    if (!group) {
      found.push(next.replace(/[{}()]/g, ''));
    } else {
      const [whole, listed, repeat = '', choice = ''] = group;
      const parts = listed?.split(',') ?? choice.split('|');
      const repeated = repeat === '+' || repeat === '*' ? parts.map((part) => part + part) : [];
      const [before, after] = [next.slice(0, group.index), next.slice(group.index + whole.length)];
      for (const part of [...parts, ...repeated]) waiting.push(before + part + after);
    }
  }
  return found;
}

function leadsOutAsItIs(path: string): boolean {
  if (/^\s*(?:[/\\~]|[a-z]:)/i.test(path)) return true;
  // Windows drops dots and spaces at the end of a name: ".. " would be "..".
  return path.split(/[/\\]/).some((name) => /^\s*\.[\s.]*\.\s*$/.test(name));
}

/**
 * Whether a path, or a pattern of paths, leads out of the folder that it is relative to, by its letters: it is absolute,
 * or has `..` in it, be that within braces (`{a,..}/b`). Links are for whoever opens it.
 */
export function leadsOut(path: string): boolean {
  const alternatives = alternativesOf(path);
  if (!alternatives) return true;
  // A backslash separates names on Windows, and marks a character in a pattern.
  return [path, ...alternatives].some((each) => leadsOutAsItIs(each) || leadsOutAsItIs(each.replaceAll('\\', '')));
}
