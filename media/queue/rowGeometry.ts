/** Geometry of the list in numbers alone. The style sheet repeats the height: rows are laid out by it. */
export const rowHeight = 22;

/** Rows kept above and below what is seen, so that scrolling meets no blank. */
const overscan = 8;

/** Half-open range of rows. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

export interface Viewport {
  readonly scrollTop: number;
  readonly height: number;
}

/** Rows of a list that starts at `top` and must exist for the viewport to look complete. */
export function rangeToRender(top: number, count: number, { scrollTop, height }: Viewport): RowRange {
  const from = Math.floor((scrollTop - top) / rowHeight) - overscan;
  const to = Math.ceil((scrollTop + height - top) / rowHeight) + overscan;
  const first = Math.min(count, Math.max(0, from));
  return { first, end: Math.max(first, Math.min(count, to)) };
}

/** Places to render: the range, and the row that holds the focus wherever it has been scrolled to. */
export function placesToRender({ first, end }: RowRange, kept: number): number[] {
  const places = Array.from({ length: end - first }, (_, offset) => first + offset);
  if (kept >= 0 && kept < first) {
    places.unshift(kept);
  } else if (kept >= end) {
    places.push(kept);
  }
  return places;
}

/** Least scrolling that shows the row at `top` in full below a header that covers `covered` of the viewport. */
export function scrollToReveal(top: number, covered: number, { scrollTop, height }: Viewport): number {
  if (top < scrollTop + covered) {
    return Math.max(0, top - covered);
  }
  return Math.max(scrollTop, top + rowHeight - height);
}

/** Where in the viewport the work is kept while a person watches: some of what is done, less of what is to come. */
const workAt = 0.6;

/** Scrolling only ever follows forwards, by as little as possible, like a log. */
export function scrollToFollow(top: number, { scrollTop, height }: Viewport): number {
  return Math.max(scrollTop, Math.round(top + rowHeight - height * workAt));
}

export function isInView(top: number, { scrollTop, height }: Viewport): boolean {
  return top + rowHeight > scrollTop && top < scrollTop + height;
}
