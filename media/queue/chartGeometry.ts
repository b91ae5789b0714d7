/** A value at a moment; without a value where there was nothing to measure. */
export interface Point {
  /** Epoch ms. */
  readonly at: number;
  readonly value: number | undefined;
}

export interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Domain {
  readonly from: number;
  readonly to: number;
  readonly most: number;
}

/** From the first moment to the last, and from nothing to a round number above the largest value. */
export function domainOf(series: readonly (readonly Point[])[]): Domain {
  const points = series.flat();
  const moments = points.map(({ at }) => at);
  const from = Math.min(...moments);
  const values = points.map(({ value }) => value ?? 0);
  return { from, to: Math.max(from + 1, ...moments), most: roundAbove(Math.max(0, ...values)) };
}

/** 1, 2 or 5 with noughts, the first that is not smaller. */
export function roundAbove(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((each) => each * magnitude >= value) ?? 10;
  return step * magnitude;
}

/** The line through the points as the data of an SVG path: it is lifted where there is no value. */
export function linePath(points: readonly Point[], domain: Domain, box: Box): string {
  let isDown = false;
  let path = '';
  for (const { at, value } of points) {
    if (value === undefined) {
      isDown = false;
      continue;
    }
    path += `${isDown ? 'L' : 'M'}${place(at, value, domain, box)}`;
    isDown = true;
  }
  return path;
}

/** What lies between the line and nothing. */
export function areaPath(points: readonly Point[], domain: Domain, box: Box): string {
  const known = points.filter(({ value }) => value !== undefined);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return '';
  const line = linePath(known, domain, box).slice(1);
  return `M${place(first.at, 0, domain, box)}L${line}L${place(last.at, 0, domain, box)}Z`;
}

function place(at: number, value: number, { from, to, most }: Domain, { width, height }: Box): string {
  const x = ((at - from) / (to - from)) * width;
  const y = height - (Math.min(value, most) / most) * height;
  return `${round(x)} ${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
