import { failed, success, type Outcome } from '../../base/outcome.ts';
import { brief } from '../../base/sentence.ts';
import type { Failure } from '../../model/attempt.ts';
import { isWebPage } from '../../services/errorBody.ts';
import { unreadable } from '../../services/httpFailures.ts';
import { failure, parsedJson } from '../outcomes.ts';
import { wholeBody, type BodyLimits } from './body.ts';
import { contentTypeOf, decodedText, isAccepted, isJsonType } from './contentType.ts';
import type { StageAnswer } from './exchange.ts';
import type { KeptAnswer } from './httpTools.ts';

export type ReadAnswer =
  { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'text'; readonly text: string };

export interface HowToRead {
  readonly accept: string | undefined;
  /** Nothing else makes sense. */
  readonly isJson: boolean;
}

/** UTF-16 units. Larger answers are fetched again. */
const mostKept = 2_000_000;

/** Of what type an answer was, in place of what was asked for. */
export function wrongType(type: string, accept: string, { subject }: BodyLimits): Failure {
  const named = type === '' ? 'something else' : brief(type, 80);
  return failure('invalid-output', `"${subject.service}" sent ${named} where ${accept} is asked for.`);
}

/** @param kept what a 304 stands for */
export async function readAnswer(
  answer: StageAnswer,
  how: HowToRead,
  limits: BodyLimits,
  kept: KeptAnswer | undefined,
): Promise<Outcome<{ readonly answer: ReadAnswer; readonly toKeep: KeptAnswer | undefined }, Failure>> {
  if (answer.status === 304 && kept) {
    answer.body.on('error', () => undefined).destroy();
    const known = valueOf(kept.body, contentTypeOf(new Headers({ 'content-type': kept.type })).type, how, limits);
    return known.ok ? success({ answer: known.value, toKeep: undefined }) : known;
  }
  const bytes = await wholeBody(answer, limits);
  if (!bytes.ok) return bytes;
  const type = contentTypeOf(answer.headers);
  if (how.accept !== undefined && !isAccepted(how.accept, type, bytes.value)) {
    return failed(wrongType(type.type, how.accept, limits));
  }
  const text = decodedText(bytes.value, type);
  const read = valueOf(text, type.type, how, limits);
  if (!read.ok) return read;
  return success({ answer: read.value, toKeep: text.length <= mostKept ? keptOf(answer.headers, text) : undefined });
}

function keptOf(headers: Headers, body: string): KeptAnswer | undefined {
  const [etag, lastModified] = [headers.get('etag'), headers.get('last-modified')];
  const mayNot = /\bno-store\b/i.test(headers.get('cache-control') ?? '') || headers.get('vary') === '*';
  if ((etag === null && lastModified === null) || mayNot) return undefined;
  return {
    type: headers.get('content-type') ?? '',
    body,
    ...(etag === null ? {} : { etag }),
    ...(lastModified === null ? {} : { lastModified }),
  };
}

function valueOf(
  text: string,
  type: string,
  { isJson }: HowToRead,
  { subject }: BodyLimits,
): Outcome<ReadAnswer, Failure> {
  const mustBeJson = isJson || isJsonType(type);
  const mayBeJson = mustBeJson || ((type === '' || type === 'text/plain') && /^\s*[[{]/.test(text));
  const json = mayBeJson ? parsedJson(text) : undefined;
  if (json) return success({ kind: 'json', value: json.value });
  if (!mustBeJson) return success({ kind: 'text', text });
  const sample = isWebPage(text) ? 'it is a web page and no JSON' : `it is no JSON, but "${brief(text.trim(), 100)}"`;
  return failed(unreadable(text.trim() === '' ? 'it is empty' : sample, subject));
}
