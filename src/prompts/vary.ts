/** Values by variable; no list is empty. */
export type Vary = Readonly<Record<string, readonly unknown[]>>;

/** Beyond so many combinations no prompt file has candidates. */
const mostCombinations = 1_000_000;

/**
 * Which values candidates take of those that are spread over them: each combination once before any comes again, and each
 * list in its own order, so that a few candidates have seen about all of its values.
 *
 * @param place 0-based, of the candidate among those of its row and model
 */
export function variantsOf(vary: Vary, place: number): Record<string, unknown> {
  let combinations = 1;
  const chosen = Object.entries(vary).map(([name, values]) => {
    // Lists whose lengths have a factor in common would meet in some pairs only: each time round, one goes a step further.
    const common = commonDivisor(combinations, values.length);
    const rounds = Math.floor(place / ((combinations / common) * values.length)) % common;
    combinations = Math.min(mostCombinations, combinations * values.length);
    return [name, values[(place + rounds) % values.length]] as const;
  });
  return Object.fromEntries(chosen);
}

/** How many combinations there are; no more than a number of candidates can have. */
export function combinationsOf(vary: Vary): number {
  return Object.values(vary).reduce((product, { length }) => Math.min(mostCombinations, product * length), 1);
}

function commonDivisor(a: number, b: number): number {
  let [high, low] = [a, b];
  while (low > 0) [high, low] = [low, high % low];
  return high;
}
