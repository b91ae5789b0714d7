import { PNG } from 'pngjs';

type Point = readonly [number, number];
type Stroke = readonly Point[];

/** Part of an ellipse, in degrees against the clock from the right. */
function arc(x: number, y: number, rx: number, ry: number, from: number, to: number): Stroke {
  const steps = Math.max(6, Math.ceil(Math.abs(to - from) / 10));
  return Array.from({ length: steps + 1 }, (_, step) => {
    const angle = ((from + ((to - from) * step) / steps) * Math.PI) / 180;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
}

const bowl = arc(2, 2.5, 2, 2.5, 0, 360);

/**
 * A plain sans-serif of strokes: width, then lines through points. Small letters are 5 high, tall ones 7.2, and hang 2.2
 * below their line.
 */
// prettier-ignore
const glyphs: Readonly<Record<string, readonly [number, ...Stroke[]]>> = {
  a: [4, [...arc(2.1, 3.4, 1.7, 1.6, 155, 0), [3.8, 0]], [[3.8, 3], ...arc(1.8, 1.5, 1.8, 1.5, 90, 270), ...arc(1.8, 1.9, 2, 1.9, 280, 345)]],
  b: [4, [[0, 7.2], [0, 0]], bowl],
  c: [3.6, arc(2, 2.5, 2, 2.5, 45, 315)],
  d: [4, [[4, 7.2], [4, 0]], bowl],
  e: [4, [[0, 2.6], [4, 2.6], ...arc(2, 2.5, 2, 2.5, 2, 320)]],
  f: [2.6, [...arc(2.2, 5.8, 1.2, 1.4, 70, 180), [1, 0]], [[0, 5], [2.4, 5]]],
  g: [4, bowl, [[4, 5], [4, -0.4], ...arc(2, -0.4, 2, 1.8, 0, -150)]],
  h: [4, [[0, 7.2], [0, 0]], [[0, 2.6], ...arc(2, 3.2, 1.9, 1.8, 160, 0), [3.9, 0]]],
  i: [0.2, [[0, 5], [0, 0]], [[0, 6.8], [0, 7]]],
  j: [1.2, [[1.2, 5], [1.2, -1], ...arc(0.2, -1, 1, 1.2, 0, -90)], [[1.2, 6.8], [1.2, 7]]],
  k: [3.8, [[0, 7.2], [0, 0]], [[3.4, 5], [0, 1.8]], [[1.4, 3.1], [3.8, 0]]],
  l: [0.2, [[0, 7.2], [0, 0]]],
  m: [6.6, [[0, 5], [0, 0]], [[0, 2.8], ...arc(1.65, 3.4, 1.6, 1.6, 160, 0), [3.25, 0]], [[3.3, 2.8], ...arc(4.95, 3.4, 1.6, 1.6, 160, 0), [6.55, 0]]],
  n: [4, [[0, 5], [0, 0]], [[0, 2.8], ...arc(2, 3.2, 1.9, 1.8, 160, 0), [3.9, 0]]],
  o: [4, bowl],
  p: [4, [[0, 5], [0, -2.2]], bowl],
  q: [4, [[4, 5], [4, -2.2]], bowl],
  r: [2.6, [[0, 5], [0, 0]], [[0, 2.8], ...arc(2, 3, 2, 2, 170, 75)]],
  s: [3.4, [...arc(1.7, 3.7, 1.5, 1.3, 35, 200), ...arc(1.7, 1.3, 1.7, 1.3, 50, -155)]],
  t: [2.4, [[0.9, 6.6], [0.9, 1.2], ...arc(2.1, 1.2, 1.2, 1.2, 180, 285)], [[0, 5], [2.3, 5]]],
  u: [4, [[0, 5], [0, 1.8], ...arc(1.9, 1.8, 1.9, 1.8, 180, 340), [3.9, 2.4]], [[3.9, 5], [3.9, 0]]],
  v: [4, [[0, 5], [2, 0], [4, 5]]],
  w: [6, [[0, 5], [1.5, 0], [3, 5], [4.5, 0], [6, 5]]],
  x: [3.8, [[0, 5], [3.8, 0]], [[3.8, 5], [0, 0]]],
  y: [4, [[0, 5], [2, 0.2]], [[4, 5], [1.4, -1.4], [0.2, -2.2]]],
  z: [3.6, [[0, 5], [3.6, 5], [0, 0], [3.7, 0]]],
  A: [5.4, [[0, 0], [2.7, 7.2], [5.4, 0]], [[1, 2.5], [4.4, 2.5]]],
  S: [4.6, [...arc(2.3, 5.4, 2.1, 1.8, 30, 210), ...arc(2.3, 1.9, 2.3, 1.9, 55, -155)]],
  T: [5, [[0, 7.2], [5, 7.2]], [[2.5, 7.2], [2.5, 0]]],
  W: [7.6, [[0, 7.2], [1.9, 0], [3.8, 7.2], [5.7, 0], [7.6, 7.2]]],
  ',': [0.6, [[0.5, 0.2], [0.1, -1.2]]],
  '.': [0.2, [[0, 0.1], [0, 0.3]]],
};

const blank = 2.6;
const between = 1.5;
/** Pixels of one unit, and half of a stroke's width. */
const scale = 6;
const half = 2.6;
const lineHeight = 15;
const margin = 60;

/** A page with these lines of text as a PNG, black on white with smooth edges. */
export function drawnPage(lines: readonly string[]): Buffer {
  const widest = Math.max(...lines.map(widthOf));
  const width = Math.ceil(widest * scale) + 2 * margin;
  const height = lines.length * lineHeight * scale + 2 * margin;
  const ink = new Float32Array(width * height);
  for (const [row, line] of lines.entries()) {
    let x = margin;
    const y = margin + (row * lineHeight + 9) * scale;
    for (const letter of line) {
      const [own, ...strokes] = glyphOf(letter);
      for (const stroke of strokes)
        draw(
          ink,
          width,
          stroke.map(([px, py]) => [x + px * scale, y - py * scale]),
        );
      x += (own + (letter === ' ' ? 0 : between)) * scale;
    }
  }
  const png = new PNG({ width, height });
  for (const [place, dark] of ink.entries())
    png.data.set([...Array<number>(3).fill(Math.round(255 * (1 - dark))), 255], place * 4);
  return PNG.sync.write(png);
}

function glyphOf(letter: string): readonly [number, ...Stroke[]] {
  if (letter === ' ') return [blank];
  const glyph = glyphs[letter];
  if (!glyph) throw new Error(`There is no letter ${letter}.`);
  return glyph;
}

function widthOf(line: string): number {
  return Array.from(line).reduce((sum, letter) => sum + glyphOf(letter)[0] + between, 0);
}

function draw(ink: Float32Array, width: number, points: Stroke): void {
  for (const [place, [ax, ay]] of points.entries()) {
    const [bx, by] = points[place + 1] ?? [ax, ay];
    const reach = half + 1;
    for (let y = Math.floor(Math.min(ay, by) - reach); y <= Math.max(ay, by) + reach; y++) {
      for (let x = Math.floor(Math.min(ax, bx) - reach); x <= Math.max(ax, bx) + reach; x++) {
        const [dx, dy] = [bx - ax, by - ay];
        const length = dx * dx + dy * dy;
        const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
        const distance = Math.hypot(x - ax - along * dx, y - ay - along * dy);
        const dark = Math.min(1, Math.max(0, half + 0.5 - distance));
        ink[y * width + x] = Math.max(ink[y * width + x] ?? 0, dark);
      }
    }
  }
}

/** Characters to be changed, put in or left out, for each character of what is right (Levenshtein). */
export function errorRate(read: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, place) => place);
  for (const [i, character] of Array.from(read).entries()) {
    const next = [i + 1];
    for (const [j, wanted] of Array.from(right).entries()) {
      next.push(Math.min((row[j] ?? 0) + (character === wanted ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return (row[right.length] ?? 0) / right.length;
}
