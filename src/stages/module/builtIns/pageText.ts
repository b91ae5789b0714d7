/** A piece of text as it is drawn on a page; y grows upwards, all in points. */
export interface TextItem {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Of its letters. */
  readonly size: number;
}

interface Line {
  readonly items: readonly TextItem[];
  readonly y: number;
  readonly size: number;
}

/** Lines on each side from which on a gap between them is a gutter. */
const fewestLines = 4;
/** Of a column's width, what its lines fill on average: cells of a table fill less. */
const leastFill = 0.45;
const mostColumns = 3;

/**
 * The text of a page in the order in which it is read: of a page with columns, one after the other, whatever order they are
 * drawn in. What goes over all columns parts what is above it from what is below.
 */
export function pageText(items: readonly TextItem[]): string {
  const lines = linesOf(items.filter(({ text }) => text.trim() !== ''));
  return written(inReadingOrder(lines, mostColumns));
}

/** The lines that have the largest letters, as one; empty for a page without text. */
export function largestText(items: readonly TextItem[]): string {
  const lines = linesOf(items.filter(({ text }) => text.trim() !== ''));
  const largest = Math.max(0, ...lines.map(({ size }) => size));
  const from = lines.findIndex(({ size }) => size >= largest * 0.98);
  const title: string[] = [];
  for (const line of lines.slice(Math.max(0, from))) {
    if (line.size < largest * 0.98) break;
    title.push(textOf(line));
  }
  return title.join(' ').trim();
}

function linesOf(items: readonly TextItem[]): Line[] {
  const sorted = [...items].sort((a, b) => b.y - a.y || a.x - b.x);
  const lines: { items: TextItem[]; y: number; size: number }[] = [];
  for (const item of sorted) {
    const last = lines.at(-1);
    // Raised and lowered letters belong to their line.
    if (last && last.y - item.y < 0.5 * Math.max(last.size, item.size)) {
      last.items.push(item);
      last.size = Math.max(last.size, item.size);
    } else {
      lines.push({ items: [item], y: item.y, size: item.size });
    }
  }
  return lines.map(({ items: own, y, size }) => ({ items: own.sort((a, b) => a.x - b.x), y, size }));
}

/** Blocks of lines, each of one column. */
function inReadingOrder(lines: readonly Line[], columns: number): readonly (readonly Line[])[] {
  const gutter = columns > 1 ? gutterOf(lines) : undefined;
  if (gutter === undefined) return [lines];
  const blocks: (readonly Line[])[] = [];
  let band: Line[] = [];
  const endBand = (): void => {
    const items = band.flatMap((line) => line.items);
    const sides = [items.filter(({ x }) => x < gutter), items.filter(({ x }) => x >= gutter)];
    for (const side of sides) if (side.length > 0) blocks.push(...inReadingOrder(linesOf(side), columns - 1));
    band = [];
  };
  for (const line of lines) {
    if (line.items.some((item) => item.x < gutter && endOf(item) > gutter)) {
      endBand();
      blocks.push([line]);
    } else {
      band.push(line);
    }
  }
  endBand();
  return blocks;
}

function endOf({ x, width }: TextItem): number {
  return x + width;
}

/** Where two columns meet: a strip that hardly any line crosses, with lines of prose on both sides. */
function gutterOf(lines: readonly Line[]): number | undefined {
  const items = lines.flatMap((line) => line.items);
  if (lines.length < fewestLines) return undefined;
  const from = Math.min(...items.map(({ x }) => x));
  const to = Math.max(...items.map(endOf));
  const size = median(items.map((item) => item.size));
  const crossed = coverage(lines, from, Math.ceil(to - from));
  const most = Math.floor(lines.length * 0.2);
  let best: Strip | undefined;
  let begin: number | undefined;
  for (let bin = 0; bin <= crossed.length; bin++) {
    if (bin < crossed.length && (crossed[bin] ?? 0) <= most) {
      begin ??= bin;
      continue;
    }
    if (begin === undefined) continue;
    const strip = { at: from + (begin + bin) / 2, width: bin - begin };
    begin = undefined;
    if (strip.width < Math.max(6, size * 0.7) || (best && strip.width <= best.width)) continue;
    if (isBetweenColumns(lines, strip)) best = strip;
  }
  return best?.at;
}

/** How many lines have text at each point of the width. */
function coverage(lines: readonly Line[], from: number, width: number): Uint32Array {
  const bounded = Math.min(Math.max(0, width), 20_000);
  const changes = new Int32Array(bounded + 2);
  for (const { items } of lines) {
    let end = -1;
    for (const item of items) {
      const [first, last] = [Math.max(end, Math.floor(item.x - from)), Math.ceil(endOf(item) - from)];
      if (last <= first || first > bounded) continue;
      changes[first] = (changes[first] ?? 0) + 1;
      const after = Math.min(last, bounded + 1);
      changes[after] = (changes[after] ?? 0) - 1;
      end = last;
    }
  }
  const covered = new Uint32Array(bounded);
  let sum = 0;
  for (let bin = 0; bin < bounded; bin++) covered[bin] = sum += changes[bin] ?? 0;
  return covered;
}

interface Strip {
  readonly at: number;
  readonly width: number;
}

function isBetweenColumns(lines: readonly Line[], { at, width: apart }: Strip): boolean {
  const own = lines.filter((line) => !line.items.some((item) => item.x < at && endOf(item) > at));
  const sides = [(item: TextItem) => item.x < at, (item: TextItem) => item.x >= at];
  return sides.every((isOn) => {
    const spans = own.flatMap((line) => {
      const there = line.items.filter(isOn);
      const [first] = there;
      return first
        ? [
            {
              from: first.x,
              to: Math.max(...there.map(endOf)),
              filled: there.reduce((sum, { width }) => sum + width, 0),
            },
          ]
        : [];
    });
    if (spans.length < fewestLines) return false;
    const width = Math.max(...spans.map(({ to }) => to)) - Math.min(...spans.map(({ from }) => from));
    return apart <= width / 2 && spans.reduce((sum, { filled }) => sum + filled, 0) >= leastFill * width * spans.length;
  });
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? 0;
}

/** Words that are drawn apart get a blank between them. */
function textOf({ items }: Line): string {
  let text = '';
  let end: number | undefined;
  for (const item of items) {
    const isApart = end !== undefined && item.x - end > item.size * 0.15;
    text += (isApart && !/\s$/.test(text) && !/^\s/.test(item.text) ? ' ' : '') + item.text;
    end = endOf(item);
  }
  return text.replace(/\s+/g, ' ').trim();
}

/** Lines that are far apart, and blocks, get an empty line between them. */
function written(blocks: readonly (readonly Line[])[]): string {
  return blocks
    .map((lines) => {
      const gaps = lines.slice(1).map((line, place) => (lines[place]?.y ?? 0) - line.y);
      const usual = median(gaps);
      return lines
        .map((line, place) => {
          const gap = place === 0 ? 0 : (gaps[place - 1] ?? 0);
          return (gap > usual * 1.4 && gap > line.size * 1.5 ? '\n' : '') + textOf(line);
        })
        .join('\n');
    })
    .join('\n\n');
}
