import { failed, success, type Outcome } from '../base/outcome.ts';
import type { StageText } from '../flow/record.ts';
import type { AttemptOutcome, Failure, FailureReason, RateLimitHints } from '../model/attempt.ts';

/** Stages but those of prompts count no tokens. */
const noTokens = { input: 0, output: 0 };

export type StageOutcome = AttemptOutcome<StageText>;

export function completed(result: StageText, hints?: RateLimitHints): StageOutcome {
  return { kind: 'completed', result, usage: noTokens, ...(hints ? { hints } : {}) };
}

/** @param made whether anything was asked or started */
export function ended(failure: Failure, made = true, hints?: RateLimitHints): StageOutcome {
  return { kind: 'failed', failure, usage: noTokens, ...(made ? {} : { calls: 0 }), ...(hints ? { hints } : {}) };
}

/** What is wrong with the record or the stage itself: no other attempt goes better. */
export function refused(message: string): StageOutcome {
  return ended({ reason: 'bad-request', message }, false);
}

export function failure(reason: FailureReason, message: string): Failure {
  return { reason, message };
}

/**
 * JSON as a stage's result keeps it.
 *
 * @returns the end of a sentence when it is none, or is deeper than others can read
 */
export function jsonText(value: unknown): Outcome<StageText, string> {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? failed('is nothing that JSON can hold') : success({ text, format: 'json' });
  } catch (error) {
    if (error instanceof RangeError) return failed('lies too deep in itself');
    return failed('is nothing that JSON can hold');
  }
}

/** @returns undefined for what is no JSON */
export function parsedJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text.replace(/^\uFEFF/, '')) as unknown };
  } catch {
    return undefined;
  }
}
