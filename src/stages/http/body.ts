import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Readable, Transform } from 'node:stream';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { Failure } from '../../model/attempt.ts';
import type { CallSubject } from '../../services/httpFailures.ts';
import type { Watchdog } from '../../services/timeouts.ts';
import { failure } from '../outcomes.ts';
import { brokenOff, type StageAnswer } from './exchange.ts';

/** Why a body ended before its end. */
export class BrokenBody extends Error {
  readonly failure: Failure;

  constructor(why: Failure) {
    super(why.message);
    this.failure = why;
  }
}

export const acceptedEncodings = 'gzip, deflate, br';

function decoderOf(headers: Headers): Transform | 'unknown' | undefined {
  switch ((headers.get('content-encoding') ?? '').trim().toLowerCase()) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return 'unknown';
  }
}

/** What reading a body is bounded by. */
export interface BodyLimits {
  readonly mostBytes: number;
  readonly watchdog: Watchdog;
  readonly subject: CallSubject;
}

/**
 * The bytes of an answer as they come, decompressed. However large a body says it is, however long it goes on and whatever
 * it unpacks to, no more than `mostBytes` come out of it.
 *
 * @throws BrokenBody
 */
export async function* bytesOf(
  answer: StageAnswer,
  { mostBytes, watchdog, subject }: BodyLimits,
): AsyncGenerator<Uint8Array> {
  const tooLong = (): BrokenBody =>
    new BrokenBody(
      failure(
        'too-long',
        `"${subject.service}" sent more than ${mostBytes} bytes: raise the stage's "maxBytes", or ask for less.`,
      ),
    );
  const decoder = decoderOf(answer.headers);
  const { body } = answer;
  try {
    if (decoder === 'unknown') {
      throw new BrokenBody(
        failure('malformed', `"${subject.service}" packed its answer in a way that it was not asked for.`),
      );
    }
    if (decoder === undefined && Number(answer.headers.get('content-length') ?? 0) > mostBytes) throw tooLong();
    let size = 0;
    for await (const bytes of unpacked(body, decoder)) {
      watchdog.contentArrived();
      size += bytes.length;
      if (size > mostBytes) throw tooLong();
      yield bytes;
    }
  } catch (error) {
    if (error instanceof BrokenBody) throw error;
    const code = (error as { readonly code?: unknown } | null)?.code;
    const isPacking = typeof code === 'string' && /^(?:Z_|ERR__?BROTLI|ERR_BROTLI|ERR_PADDING)/.test(code);
    throw new BrokenBody(
      isPacking
        ? failure('malformed', `"${subject.service}" sent an answer that cannot be unpacked.`)
        : brokenOff(error, watchdog, subject),
    );
  } finally {
    body.on('error', () => undefined).destroy();
    if (typeof decoder === 'object') decoder.destroy();
  }
}

function unpacked(body: Readable, decoder: Transform | undefined): AsyncIterable<Uint8Array> {
  if (!decoder) return body as AsyncIterable<Uint8Array>;
  body.on('error', (error) => decoder.destroy(error));
  return body.pipe(decoder) as AsyncIterable<Uint8Array>;
}

/** All bytes of an answer together. */
export async function wholeBody(answer: StageAnswer, limits: BodyLimits): Promise<Outcome<Buffer, Failure>> {
  const parts: Uint8Array[] = [];
  try {
    for await (const bytes of bytesOf(answer, limits)) parts.push(bytes);
  } catch (error) {
    if (error instanceof BrokenBody) return failed(error.failure);
    throw error;
  }
  return success(Buffer.concat(parts));
}

const longestErrorBody = 64 * 1024;

/** The beginning of a body that tells of an error; empty when it cannot be read. */
export async function errorText(answer: StageAnswer, limits: BodyLimits): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const bytes of bytesOf(answer, { ...limits, mostBytes: longestErrorBody })) {
      parts.push(bytes);
      size += bytes.length;
    }
  } catch {
    // What came is told.
  }
  return size === 0 ? '' : Buffer.concat(parts).toString('utf8');
}
