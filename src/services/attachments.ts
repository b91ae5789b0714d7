import { posix } from 'node:path';
import type { Attachment } from '../model/message.ts';
import type { GenerationRequest } from './service.ts';

/** A file on its way to a service. */
export interface SentFile {
  readonly name: string;
  readonly mediaType: Attachment['mediaType'];
  readonly isPdf: boolean;
  readonly base64: string;
}

/** What goes with a message, with what it holds. */
export function filesOf(
  { attachments = [] }: { readonly attachments?: readonly Attachment[] },
  { files }: Pick<GenerationRequest, 'files'>,
): readonly SentFile[] {
  return attachments.map(({ path, mediaType, hash }) => {
    const base64 = files?.get(hash);
    if (base64 === undefined) throw new Error(`The attachment ${path} was not read.`);
    return { name: posix.basename(path), mediaType, isPdf: mediaType === 'application/pdf', base64 };
  });
}
