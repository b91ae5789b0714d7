import { liquidExpression, tokensOf } from './jinjaExpression.ts';

/** UTF-16 units of an output or a tag; longer ones stay as they are. */
const longest = 2_000;
const opening = /\{[#%{]/g;
const endOfRaw = /\{%-?\s*endraw\b/g;
const closings: Readonly<Record<string, string>> = { '{#': '#}', '{%': '%}', '{{': '}}' };

/** Delimiters, with the dashes that take white space away, and what is between them. */
interface Inside {
  readonly open: string;
  readonly text: string;
  readonly close: string;
}

/** Says in Liquid what a template says in Jinja, as far as that is possible; lines stay where they are. */
export function fromJinja(template: string): string {
  const nexts = new Map<string, number>();
  /** Every place is looked for once. */
  const next = (wanted: string, from: number): number => {
    const known = nexts.get(wanted);
    if (known !== undefined && (known === -1 || known >= from)) return known;
    const at = template.indexOf(wanted, from);
    nexts.set(wanted, at);
    return at;
  };
  let liquid = '';
  let rest = 0;
  const openings = new RegExp(opening);
  for (let found = openings.exec(template); found; found = openings.exec(template)) {
    const { index: begin } = found;
    const close = next(closings[found[0]] ?? '', begin + 2);
    if (close === -1) continue;
    const end = close + 2;
    if (found[0] === '{#') {
      liquid += template.slice(rest, begin) + template.slice(begin, end).replace(/[^\n]/g, '');
      rest = end;
      openings.lastIndex = end;
      continue;
    }
    const inner = next('{', begin + 2);
    if ((inner !== -1 && inner < close) || end - begin > longest) {
      openings.lastIndex = begin + 1;
      continue;
    }
    const part = template.slice(begin, end);
    if (/^\{%-?\s*raw\s*-?%\}$/.test(part)) {
      const raw = new RegExp(endOfRaw);
      raw.lastIndex = end;
      openings.lastIndex = raw.exec(template)?.index ?? template.length;
      if (openings.lastIndex === template.length) break;
      openings.lastIndex += 2;
      continue;
    }
    const inside = insideOf(part);
    liquid += template.slice(rest, begin) + (found[0] === '{{' ? liquidOutput(inside) : liquidTag(inside));
    rest = end;
    openings.lastIndex = end;
  }
  return liquid + template.slice(rest);
}

function insideOf(part: string): Inside {
  const open = part[2] === '-' ? 3 : 2;
  const close = Math.max(open, part[part.length - 3] === '-' ? part.length - 3 : part.length - 2);
  return { open: part.slice(0, open), text: part.slice(open, close), close: part.slice(close) };
}

function liquidOutput({ open, text, close }: Inside): string {
  const tokens = tokensOf(text);
  const condition = tokens.indexOf('if');
  if (condition < 1) return open + liquidExpression(tokens) + close;
  // `{{ "a" if b else "c" }}`
  const other = tokens.indexOf('else', condition);
  const said = liquidExpression(tokens.slice(0, condition)).trim();
  const when = liquidCondition(tokens.slice(condition + 1, other === -1 ? undefined : other)).trim();
  const otherwise = other === -1 ? '' : liquidExpression(tokens.slice(other + 1)).trim();
  const lines = '\n'.repeat(text.split('\n').length - 1);
  const [start, end] = [open.replace('{{', '{%'), close.replace('}}', '%}')];
  return `${start} if ${when}${lines} %}{{ ${said} }}${otherwise && `{% else %}{{ ${otherwise} }}`}{% endif ${end}`;
}

function liquidTag({ open, text, close }: Inside): string {
  const [, space = '', name = ''] = /^(\s*)(\w*)/.exec(text) ?? [];
  const behind = text.slice(space.length + name.length);
  // One letter more, so that columns stay.
  const spaceBeforeLonger = space.slice(1);
  switch (name) {
    case 'if':
      return open + space + name + liquidCondition(tokensOf(behind)) + close;
    case 'elif':
      return open + spaceBeforeLonger + 'elsif' + liquidCondition(tokensOf(behind)) + close;
    case 'set':
      // Without a value it is a block.
      return open + space + (behind.includes('=') ? 'assign' : name) + liquidExpression(tokensOf(behind)) + close;
    case 'for':
      return liquidFor({ open: open + space, text: behind, close });
    default:
      return open + text + close;
  }
}

/** In Jinja, empty texts and lists are false, too. */
function liquidCondition(tokens: readonly string[]): string {
  const words = tokens.filter((each) => each.trim() !== '');
  const [first = '', second = '', third = ''] = words;
  const lead = tokens[0]?.trim() === '' ? tokens[0] : ' ';
  const trail = tokens.length > 1 && tokens.at(-1)?.trim() === '' ? (tokens.at(-1) ?? '') : '';
  const isName = (text: string): boolean =>
    /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(text) && !/^(?:true|false|none)$/i.test(text);
  const isLoop = [first, second].some((text) => text.startsWith('loop.'));
  if (!isLoop && words.length === 1 && isName(first)) return `${lead}${first} and ${first} != empty${trail}`;
  if (!isLoop && words.length === 2 && first === 'not' && isName(second)) {
    return `${lead}${second} == nil or ${second} == false or ${second} == empty${trail}`;
  }
  if (words.length === 3 && second === 'in' && isName(third)) return `${lead}${third} contains ${first}${trail}`;
  return liquidExpression(tokens);
}

const pairs = /^\s+(\w+)\s*,\s*(\w+)\s+in\s+([\w.]+)\.items\(\)\s*$/;
const numbers = /^(\s+\w+\s+in\s+)range\(\s*(?:(\d{1,6})\s*,\s*)?(\d{1,6})\s*\)(\s*)$/;

function liquidFor({ open, text, close }: Inside): string {
  const [, key, value, map] = pairs.exec(text) ?? [];
  if (key !== undefined && value !== undefined && map !== undefined) {
    const pair = `${key}_${value}`;
    const lines = '\n'.repeat(text.split('\n').length - 1);
    return `${open}for ${pair} in ${map}${lines} %}{% assign ${key} = ${pair}[0] %}{% assign ${value} = ${pair}[1] ${close}`;
  }
  const [, start = '', from = '0', to, space = ''] = numbers.exec(text) ?? [];
  if (to !== undefined && Number(to) > Number(from))
    return `${open}for${start}(${from}..${Number(to) - 1})${space}${close}`;
  return `${open}for${liquidExpression(tokensOf(text))}${close}`;
}
