/** Filters of Jinja and what Liquid calls the same; empty: nothing needs to be done. */
const filters: ReadonlyMap<string, string> = new Map([
  ['tojson', 'json'],
  ['to_json', 'json'],
  ['length', 'size'],
  ['count', 'size'],
  ['upper', 'upcase'],
  ['lower', 'downcase'],
  ['trim', 'strip'],
  ['unique', 'uniq'],
  ['d', 'default'],
  ['safe', ''],
  ['e', ''],
  ['escape', ''],
  ['string', ''],
  ['list', ''],
]);

const words: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'nil'],
  ['none', 'nil'],
  ['loop.index', 'forloop.index'],
  ['loop.index0', 'forloop.index0'],
  ['loop.revindex', 'forloop.rindex'],
  ['loop.revindex0', 'forloop.rindex0'],
  ['loop.first', 'forloop.first'],
  ['loop.last', 'forloop.last'],
  ['loop.length', 'forloop.length'],
]);

/** `x is not none`: what stands for the words behind `x`. */
const tests: ReadonlyMap<string, string> = new Map([
  ['defined', '!= nil'],
  ['not undefined', '!= nil'],
  ['not none', '!= nil'],
  ['undefined', '== nil'],
  ['not defined', '== nil'],
  ['none', '== nil'],
  ['true', '== true'],
  ['false', '== false'],
]);

/** Texts in quotes, names with their properties, white space, and every other character alone. */
const token = /"[^"]*"|'[^']*'|[\p{L}\p{N}_.]+|\s+|[^]/gu;

function isSpace(text: string | undefined): boolean {
  return text?.trim() === '';
}

function isName(text: string | undefined): boolean {
  return text !== undefined && /^[\p{L}_]/u.test(text);
}

export function tokensOf(expression: string): readonly string[] {
  return expression.match(token) ?? [];
}

/** Says in Liquid what an expression says in Jinja, as far as only the words are others. */
export function liquidExpression(tokens: readonly string[]): string {
  let text = '';
  let at = 0;
  /** The place of the next token that is no white space. */
  const behindSpace = (from: number): number => (isSpace(tokens[from]) ? from + 1 : from);
  while (at < tokens.length) {
    const current = tokens[at] ?? '';
    const next = behindSpace(at + 1);
    if (current === '|' && isName(tokens[next])) {
      const filter = readFilter(tokens, next);
      if (filter.text !== '') text += tokens.slice(at, next).join('') + filter.text;
      else text = text.trimEnd();
      at = filter.end;
      continue;
    }
    if (current === 'is') {
      const isNot = tokens[next] === 'not';
      const test = isNot ? behindSpace(next + 1) : next;
      const same = tests.get((isNot ? 'not ' : '') + (tokens[test] ?? '').toLowerCase());
      if (same !== undefined) {
        text += same;
        at = test + 1;
        continue;
      }
    }
    // A member of something is not what its name alone would be.
    text += text.endsWith(')') || text.endsWith(']') ? current : (words.get(current) ?? current);
    at += 1;
  }
  return text;
}

/** `join(", ")` is `join: ", "`. */
function readFilter(tokens: readonly string[], at: number): { readonly text: string; readonly end: number } {
  const name = tokens[at] ?? '';
  const same = filters.get(name) ?? name;
  const open = isSpace(tokens[at + 1]) ? at + 2 : at + 1;
  if (tokens[open] !== '(') return { text: same, end: at + 1 };
  const given: string[][] = [[]];
  let end = open + 1;
  for (; end < tokens.length && tokens[end] !== ')'; end += 1) {
    const current = tokens[end] ?? '';
    // What Liquid cannot say is left for it to tell about.
    if (current === '(') return { text: name, end: at + 1 };
    if (current === ',') given.push([]);
    else given.at(-1)?.push(current);
  }
  if (end === tokens.length) return { text: name, end: at + 1 };
  const all = given.map((each) => liquidExpression(withoutName(each)).trim()).filter((each) => each !== '');
  // Liquid's `default` always does what Jinja's does with a second argument.
  const args = same === 'default' ? all.slice(0, 1) : all;
  return { text: same === '' || args.length === 0 ? same : `${same}: ${args.join(', ')}`, end: end + 1 };
}

/** `attribute="name"` is `"name"`. */
function withoutName(argument: readonly string[]): readonly string[] {
  const equals = argument.indexOf('=');
  return equals === -1 ? argument : argument.slice(equals + 1);
}
