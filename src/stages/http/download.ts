import { failed, success, type Outcome } from '../../base/outcome.ts';
import { redactAddress } from '../../base/redact.ts';
import type { StageText } from '../../flow/record.ts';
import type { Failure } from '../../model/attempt.ts';
import { failure } from '../outcomes.ts';
import { wrongType } from './answer.ts';
import { BrokenBody, bytesOf, type BodyLimits } from './body.ts';
import { contentTypeOf, isAccepted } from './contentType.ts';
import type { StageAnswer } from './exchange.ts';
import type { HttpTools } from './httpTools.ts';

export interface DownloadOptions {
  /** Of the file, relative to the pipeline's folder. */
  readonly path: string;
  readonly limits: BodyLimits;
  readonly accept: string | undefined;
  readonly receiveFile: NonNullable<HttpTools['receiveFile']>;
}

/** Of a body, until its type is known. */
const startBytes = 1100;

/** Takes in an answer for a file, as it comes. The type is checked before anything is written. */
export async function download(answer: StageAnswer, options: DownloadOptions): Promise<Outcome<StageText, Failure>> {
  const { path, limits, accept, receiveFile } = options;
  const type = contentTypeOf(answer.headers);
  const body = bytesOf(answer, limits);
  let broken: Failure | undefined;
  try {
    const start: Uint8Array[] = [];
    let size = 0;
    while (size < startBytes) {
      const read = await body.next();
      if (read.done === true) break;
      start.push(read.value);
      size += read.value.length;
    }
    const beginning = Buffer.concat(start);
    if (accept !== undefined && !isAccepted(accept, type, beginning))
      return failed(wrongType(type.type, accept, limits));
    if (size === 0) return failed(failure('empty', `"${limits.subject.service}" sent an empty file.`));
    const all = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield beginning;
        yield* body;
      } catch (error) {
        if (error instanceof BrokenBody) broken = error.failure;
        throw error;
      }
    };
    const received = await receiveFile(path, all());
    if (broken) return failed(broken);
    if (!received.ok) return failed(failure('write-failed', received.failure));
    const { file, bytes, sha256 } = received.value;
    const text = JSON.stringify({ file, bytes, sha256, type: type.type, url: redactAddress(answer.url.href) });
    return success({ text, format: 'json' });
  } catch (error) {
    if (error instanceof BrokenBody) return failed(error.failure);
    throw error;
  } finally {
    await body.return(undefined);
    answer.body.on('error', () => undefined).destroy();
  }
}
