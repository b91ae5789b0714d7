/** Digits of one step of a place: items of a stage are in order when their places are, as texts. */
export const stepDigits = 8;

const mostSteps = 10 ** stepDigits - 1;
/** Sorts before every digit: rows that come before the first. */
const front = '!';
/** Sorts behind whatever stands below a row: rows that come between two. */
const between = '~';

/** What the row at a place of the data starts with. */
export function rowPlace(position: number): string {
  return String(position).padStart(stepDigits, '0');
}

/**
 * A place for a row that comes later, behind one row and before another; undefined stands for neither end. What stands below
 * either of them stays on its side.
 */
export function placeBetween(before: string | undefined, after: string | undefined): string {
  if (before === undefined) return after === undefined ? rowPlace(0) : placeBefore(after);
  const next = placeBehind(before);
  if (after === undefined || next < after) return next;
  const [step = '', share = ''] = before.split(between);
  const [nextStep, limit] = after.split(between);
  return `${step}${between}${shareBetween(share, step === nextStep ? limit : undefined)}`;
}

function placeBefore(after: string): string {
  const step = after.startsWith(front) ? Number(after.slice(1, 1 + stepDigits)) : mostSteps + 1;
  return `${front}${rowPlace(step - 1)}`;
}

function placeBehind(before: string): string {
  return before.startsWith(front) ? rowPlace(0) : rowPlace(Number(before.slice(0, stepDigits)) + 1);
}

/** Digits behind a decimal point, between two others; without a limit, below one. They never end in 0. */
function shareBetween(share: string, limit: string | undefined): string {
  const low = Number(share[0] ?? 0);
  const high = limit === undefined ? 10 : Number(limit[0] ?? 0);
  if (high - low > 1) return String(Math.floor((low + high) / 2));
  if (limit !== undefined && low === high) return `${low}${shareBetween(share.slice(1), limit.slice(1))}`;
  // Whatever goes on from the lower one's first digit is below the limit.
  return `${low}${shareBetween(share.slice(1), undefined)}`;
}
