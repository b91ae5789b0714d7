/** Places of a text that may be JSON. */
export interface JsonPlaces {
  /** Each may be whole JSON, the likeliest first. */
  readonly whole: readonly string[];
  /** What begins like an object or a list and may be JSON with small mistakes. */
  readonly broken: readonly string[];
}

const thinking = { from: '<think>', to: '</think>' } as const;
const fence = '```';
const mostFences = 8;
const mostSpans = 16;
/** Characters that are looked at for the last value. */
const longestLastValue = 2_000;

/** Takes JSON out of what a model writes around it: its thinking, code fences, a sentence before and after. */
export function jsonPlaces(answer: string): JsonPlaces {
  const text = withoutThinking(answer).trim();
  const fenced = fencedIn(text);
  const { spans, unclosed } = spansIn(text);
  const bySize = spans.sort((a, b) => b.length - a.length);
  const broken = [...fenced, ...bySize, unclosed].filter(
    (each) => each !== undefined && looksLikeJson(each, 0) && endsWithValue(each),
  );
  return { whole: [...new Set([text, ...fenced, ...bySize])], broken: [...new Set(broken as string[])] };
}

/**
 * Whether nothing but brackets can lack behind a text. A service may say that it has ended what it has cut, and what a
 * repair adds to half a value is made up; a number may have had more digits.
 */
function endsWithValue(text: string): boolean {
  const end = text.trimEnd();
  return /[}\]]$/.test(end) || /:\s*(?:"(?:[^"\\]|\\[^])*"|true|false|null)$/.test(end.slice(-longestLastValue));
}

function withoutThinking(answer: string): string {
  const text = answer.trimStart();
  if (!text.startsWith(thinking.from)) return answer;
  const end = text.indexOf(thinking.to);
  return end === -1 ? answer : text.slice(end + thinking.to.length);
}

/** A fence that is never closed reaches to the end. */
function fencedIn(text: string): string[] {
  const found: string[] = [];
  for (let from = text.indexOf(fence); from !== -1 && found.length < mostFences;) {
    const line = text.indexOf('\n', from);
    if (line === -1) break;
    const to = text.indexOf(`\n${fence}`, line);
    found.push(text.slice(line + 1, to === -1 ? undefined : to).trim());
    from = to === -1 ? -1 : text.indexOf(fence, to + 1 + fence.length);
  }
  return found;
}

const space = /\s/;

/** Whether an object or a list begins at a place; prose and templates have brackets too. */
function looksLikeJson(text: string, at: number): boolean {
  const opener = text[at];
  if (opener !== '{' && opener !== '[') return false;
  let next = at + 1;
  while (next < text.length && next < at + 1000 && space.test(text.charAt(next))) next++;
  const first = text.charAt(next);
  return opener === '{' ? /["'}\p{L}_$]/u.test(first) : /["'{[\]\-\dtfn]/.test(first);
}

/** Objects and lists that stand in no other, and what begins like one and is not closed. */
function spansIn(text: string): { readonly spans: string[]; readonly unclosed: string | undefined } {
  const spans: string[] = [];
  for (let at = 0; at < text.length && spans.length < mostSpans; at++) {
    if (!looksLikeJson(text, at)) continue;
    const end = closingOf(text, at);
    if (end === undefined) return { spans, unclosed: text.slice(at) };
    spans.push(text.slice(at, end + 1));
    at = end;
  }
  return { spans, unclosed: undefined };
}

/** Where what opens at a place is closed, by counting brackets outside of strings. */
function closingOf(text: string, from: number): number | undefined {
  let depth = 0;
  let isString = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (isString) {
      if (character === '\\') at++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at;
  }
  return undefined;
}
