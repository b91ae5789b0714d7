import { compile, search } from '@jmespath-community/jmespath';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { describeError } from '../../base/redact.ts';
import { brief } from '../../base/sentence.ts';
import { withinTime } from '../../base/timeLimit.ts';

/** How long one expression may take, ms. */
const mostMs = 2000;

type Json = Parameters<typeof search>[0];

/**
 * What a JMESPath expression finds in a value; null and undefined: nothing.
 *
 * @returns one sentence when the expression is none, or takes too long
 */
export function select(expression: string, value: unknown): Outcome<unknown, string> {
  try {
    const found = withinTime(mostMs, () => search(value as Json, expression) as unknown);
    if (found) return success(found.value);
    return failed(`"${brief(expression, 100)}" takes longer than ${mostMs / 1000} s for this answer: make it simpler.`);
  } catch (error) {
    const why = error instanceof Error ? error.message : describeError(error);
    return failed(
      `"${brief(expression, 100)}" cannot be used on this answer (${brief(why.replace(/\s+/g, ' '), 150)}): correct it.`,
    );
  }
}

/** What is wrong with an expression by itself, before anything is asked, in a few words; undefined when it can be read. */
export function whyNoSelection(expression: string): string | undefined {
  try {
    compile(expression);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : describeError(error);
    return brief(why.replace(/\s+/g, ' '), 150);
  }
}
