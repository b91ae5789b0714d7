import { hashText, seededRandom } from '../../../src/services/demo/seededRandom.ts';

/**
 * A sequence of its own for everything that is decided by chance: the same call meets the same fate in whatever order
 * the calls arrive, so that two engines can be compared on one scenario.
 *
 * @returns 0 to 1, a new number with each call
 */
export function chanceOf(seed: number, ...about: readonly (string | number)[]): () => number {
  return seededRandom(hashText([seed, ...about].join('/')));
}

/** A normal number with mean 0 and deviation 1 (Box-Muller). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A waiting time with the given mean. */
export function exponential(random: () => number, mean: number): number {
  return -mean * Math.log(1 - random());
}
