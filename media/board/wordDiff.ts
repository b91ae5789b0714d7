/** A part of a text against another one: what both have, what only it has, what only the other one has. */
export interface DiffPiece {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** Differences that are looked for between two texts, words: what differs more is marked as a whole. */
const mostEdits = 2_000;
/** Words that both have and that stand alone between differences tell a reader nothing. */
const fewWords = 2;

/** A word with the white space behind it, or a sign. Scripts without spaces count by the character. */
const wordPattern =
  /(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}][\p{L}\p{M}\p{N}'’_-]*|[^\s])\s*|\s+/gu;

interface Token {
  /** What is compared: white space makes no difference. */
  readonly word: string;
  readonly text: string;
}

/**
 * What differs between a text and a reference, word by word. The pieces that are not `removed` are the text; those that are
 * not `added` have the words of the reference. Takes bounded time for texts of any length and likeness.
 */
export function wordDiff(reference: string, text: string): readonly DiffPiece[] {
  const words = editsOf(tokensOf(reference, wordPattern), tokensOf(text, wordPattern));
  if (words) return piecesOf(withoutIslands(words));
  const lines = editsOf(linesOf(reference), linesOf(text));
  if (!lines) return piecesOf(replaced(linesOf(reference), linesOf(text)));
  return piecesOf(withoutIslands(withinLines(lines)));
}

interface Edit {
  readonly kind: DiffPiece['kind'];
  readonly token: Token;
}

function tokensOf(text: string, pattern: RegExp): readonly Token[] {
  return Array.from(text.matchAll(pattern), ([found]) => ({ word: found.trim(), text: found }));
}

function linesOf(text: string): readonly Token[] {
  return tokensOf(text, /[^\n]*\n|[^\n]+/g);
}

function replaced(before: readonly Token[], after: readonly Token[]): readonly Edit[] {
  return [
    ...before.map((token): Edit => ({ kind: 'removed', token })),
    ...after.map((token): Edit => ({ kind: 'added', token })),
  ];
}

/** Lines that were replaced by others are compared word by word, where that is not too much. */
function withinLines(edits: readonly Edit[]): readonly Edit[] {
  const found: Edit[] = [];
  for (let place = 0; place < edits.length;) {
    const edit = edits[place];
    if (edit?.kind === 'same') {
      for (const token of tokensOf(edit.token.text, wordPattern)) found.push({ kind: 'same', token });
      place++;
      continue;
    }
    const gap = { removed: '', added: '' };
    for (let next = edits[place]; next && next.kind !== 'same'; next = edits[++place])
      gap[next.kind] += next.token.text;
    const [before, after] = [tokensOf(gap.removed, wordPattern), tokensOf(gap.added, wordPattern)];
    for (const each of editsOf(before, after) ?? replaced(before, after)) found.push(each);
  }
  return found;
}

/**
 * Myers, "An O(ND) Difference Algorithm and Its Variations", 1986.
 *
 * @returns undefined for what differs too much
 */
function editsOf(before: readonly Token[], after: readonly Token[]): readonly Edit[] | undefined {
  const numbers = new Map<string, number>();
  const numbered = (tokens: readonly Token[]): Int32Array =>
    Int32Array.from(tokens, ({ word }) => {
      const number = numbers.get(word) ?? numbers.size;
      numbers.set(word, number);
      return number;
    });
  const [one, other] = [numbered(before), numbered(after)];
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start++;
  let end = 0;
  while (end < shorter - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end++;
  const middle = pathOf(one.subarray(start, one.length - end), other.subarray(start, other.length - end));
  if (!middle) return undefined;
  const same = (tokens: readonly Token[]): Edit[] => tokens.map((token) => ({ kind: 'same', token }));
  const edits = same(after.slice(0, start));
  let [from, to] = [start, start];
  for (const kind of middle) {
    const token = kind === 'removed' ? before[from] : after[to];
    if (token) edits.push({ kind, token });
    if (kind !== 'added') from++;
    if (kind !== 'removed') to++;
  }
  // Not spread into a call: there may be more than it takes.
  for (const edit of same(after.slice(after.length - end))) edits.push(edit);
  return edits;
}

/** Steps that lead from one sequence to the other, the fewest. */
function pathOf(one: Int32Array, other: Int32Array): readonly DiffPiece['kind'][] | undefined {
  const [n, m] = [one.length, other.length];
  const most = Math.min(n + m, mostEdits);
  /** By step: how far each diagonal has come, from `-step` to `step`; only every second one is reached. */
  const reached: Int32Array[] = [];
  let before = new Int32Array(0);
  for (let step = 0; step <= most; step++) {
    const row = new Int32Array(2 * step + 1);
    reached.push(row);
    for (let place = 0; place <= 2 * step; place += 2) {
      const diagonal = place - step;
      let x = step === 0 ? 0 : isDown(before, place, step) ? (before[place] ?? 0) : (before[place - 2] ?? 0) + 1;
      while (x < n && x - diagonal < m && one[x] === other[x - diagonal]) x++;
      row[place] = x;
      if (x >= n && x - diagonal >= m) return wayBack(n, m, reached);
    }
    before = row;
  }
  return undefined;
}

/**
 * Whether the way to a diagonal comes from the one above, by taking one of the other sequence.
 *
 * @param before the row of the step before
 * @param place of the diagonal in its own row
 */
function isDown(before: Int32Array, place: number, step: number): boolean {
  return place === 0 || (place !== 2 * step && (before[place - 2] ?? 0) < (before[place] ?? 0));
}

function wayBack(n: number, m: number, reached: readonly Int32Array[]): readonly DiffPiece['kind'][] {
  const back: DiffPiece['kind'][] = [];
  let [x, y] = [n, m];
  for (let step = reached.length - 1; step > 0; step--) {
    const row = reached[step - 1] ?? new Int32Array(0);
    const place = x - y + step;
    const down = isDown(row, place, step);
    const start = row[down ? place : place - 2] ?? 0;
    const before = x - y + (down ? 1 : -1);
    const after = down ? start : start + 1;
    for (; x > after; x--, y--) back.push('same');
    back.push(down ? 'added' : 'removed');
    [x, y] = [start, start - before];
  }
  for (; x > 0; x--) back.push('same');
  return back.reverse();
}

/** A few words in common within longer differences would only make both harder to read. */
function withoutIslands(edits: readonly Edit[]): readonly Edit[] {
  const found: Edit[] = [];
  for (let place = 0; place < edits.length;) {
    const run = runAt(edits, place);
    const isIsland =
      run.kind === 'same' &&
      run.edits.length <= fewWords &&
      place > 0 &&
      place + run.edits.length < edits.length &&
      lengthBefore(found) > run.edits.length &&
      lengthAfter(edits, place + run.edits.length) > run.edits.length;
    for (const edit of run.edits) {
      if (!isIsland) found.push(edit);
      else found.push({ kind: 'removed', token: edit.token }, { kind: 'added', token: edit.token });
    }
    place += run.edits.length;
  }
  return ordered(found);
}

function runAt(
  edits: readonly Edit[],
  from: number,
): { readonly kind: DiffPiece['kind']; readonly edits: readonly Edit[] } {
  const kind = edits[from]?.kind ?? 'same';
  let to = from;
  while (edits[to]?.kind === kind) to++;
  return { kind, edits: edits.slice(from, to) };
}

function lengthBefore(edits: readonly Edit[]): number {
  let length = 0;
  while (length <= fewWords && (edits[edits.length - 1 - length]?.kind ?? 'same') !== 'same') length++;
  return length;
}

function lengthAfter(edits: readonly Edit[], from: number): number {
  let length = 0;
  while (length <= fewWords && (edits[from + length]?.kind ?? 'same') !== 'same') length++;
  return length;
}

/** Within a difference, what is gone comes before what is new. */
function ordered(edits: readonly Edit[]): readonly Edit[] {
  const found: Edit[] = [];
  let added: Edit[] = [];
  for (const edit of edits) {
    if (edit.kind === 'added') added.push(edit);
    else {
      if (edit.kind === 'same' && added.length > 0) {
        for (const each of added) found.push(each);
        added = [];
      }
      found.push(edit);
    }
  }
  for (const each of added) found.push(each);
  return found;
}

function piecesOf(edits: readonly Edit[]): readonly DiffPiece[] {
  const pieces: { kind: DiffPiece['kind']; texts: string[] }[] = [];
  for (const { kind, token } of edits) {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.texts.push(token.text);
    else pieces.push({ kind, texts: [token.text] });
  }
  return pieces.map(({ kind, texts }) => ({ kind, text: texts.join('') }));
}
