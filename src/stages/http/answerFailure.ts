import { redactAddress } from '../../base/redact.ts';
import type { Failure } from '../../model/attempt.ts';
import { readErrorText, waitAsked } from '../../services/errorBody.ts';
import { refusalOf, type CallSubject } from '../../services/httpFailures.ts';
import { failure } from '../outcomes.ts';

/** An answer that is no success. */
export interface RefusedAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The beginning of its body. */
  readonly text: string;
  /** What was asked. */
  readonly url: URL;
}

/**
 * What an answer that is no success means: the same as with services, but that a missing page is a record's own matter,
 * and that of a host which is no service of the person's one refused page says nothing about the next one.
 *
 * @param isService whether a service of the person's settings was asked
 */
export function answerFailure(answer: RefusedAnswer, subject: CallSubject, isService: boolean, nowMs: number): Failure {
  const { status, headers, text, url } = answer;
  const address = redactAddress(url.href);
  if (status === 404 || status === 410) {
    return failure('not-found', `"${subject.service}" has nothing at ${address} (${status}).`);
  }
  const facts = readErrorText(text, nowMs);
  const waitMs = waitAsked(headers, facts.waitMs, nowMs);
  const told = refusalOf({ ...facts, waitMs }, status, subject);
  switch (told.reason) {
    // There are no models here.
    case 'unknown-model':
      return {
        ...told,
        reason: 'bad-request',
        message: `"${subject.service}" did not accept the request (${status}).`,
      };
    case 'unauthorized':
    case 'forbidden':
    case 'quota-exhausted':
    case 'wrong-address':
      if (isService) return told;
      return failure(
        'bad-request',
        `"${subject.service}" refuses ${address} (${status}): leave this record out, or name a service whose key opens it.`,
      );
    default:
      return told;
  }
}
