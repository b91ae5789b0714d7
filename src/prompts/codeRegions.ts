import { Fences } from './fences.ts';

/** Fenced or inline code of a Markdown text, in UTF-16 units. */
export interface CodeRegion {
  readonly kind: 'fence' | 'inline';
  readonly begin: number;
  readonly end: number;
}

/** Inline code within one paragraph: what lies between two runs of backticks of the same length. */
function addInlineCode(text: string, begin: number, end: number, regions: CodeRegion[]): void {
  const runs = [...text.slice(begin, end).matchAll(/`+/g)].map(({ 0: marks, index }) => ({
    begin: begin + index,
    end: begin + index + marks.length,
  }));
  // Runs of each length, last one first: the next one is at the end.
  const byLength = new Map<number, { readonly begin: number; readonly end: number }[]>();
  for (const run of [...runs].reverse()) {
    const length = run.end - run.begin;
    const same = byLength.get(length);
    if (same) same.push(run);
    else byLength.set(length, [run]);
  }
  let covered = begin;
  for (const run of runs) {
    if (run.begin < covered) continue;
    const same = byLength.get(run.end - run.begin) ?? [];
    while ((same.at(-1)?.begin ?? Infinity) <= run.begin) same.pop();
    const close = same.at(-1);
    if (!close) continue;
    regions.push({ kind: 'inline', begin: run.begin, end: close.end });
    covered = close.end;
  }
}

/** Where the text is code, in order. */
export function codeRegions(text: string): readonly CodeRegion[] {
  const regions: CodeRegion[] = [];
  // Most prompts have none.
  if (!/`|~~~/.test(text)) return regions;
  const fences = new Fences();
  let paragraph = 0;
  let fenced: number | undefined;
  let at = 0;
  for (const line of text.split('\n')) {
    const next = Math.min(at + line.length + 1, text.length);
    if (fences.covers(line)) {
      if (fenced === undefined) {
        addInlineCode(text, paragraph, at, regions);
        fenced = at;
      }
    } else {
      if (fenced !== undefined) {
        regions.push({ kind: 'fence', begin: fenced, end: at });
        fenced = undefined;
        paragraph = at;
      }
      if (line.trim() === '') {
        addInlineCode(text, paragraph, at, regions);
        paragraph = next;
      }
    }
    at = next;
  }
  if (fenced === undefined) addInlineCode(text, paragraph, text.length, regions);
  else regions.push({ kind: 'fence', begin: fenced, end: text.length });
  return regions;
}

/** The code at each of some offsets, none of them before the one that was asked for last. */
export function codeAt(regions: readonly CodeRegion[]): (offset: number) => CodeRegion | undefined {
  let next = 0;
  return (offset) => {
    while ((regions[next]?.end ?? Infinity) <= offset) next += 1;
    const region = regions[next];
    return region && region.begin <= offset ? region : undefined;
  };
}
