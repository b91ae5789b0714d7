import { join } from 'node:path';
import { bytesHash } from '../../base/hash.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { Failure } from '../../model/attempt.ts';
import type { ChatMessage } from '../../model/message.ts';
import type { Workspace } from '../workspace.ts';

/**
 * What the attachments of messages hold, as base64 by hash: read for each attempt, because memory has no room for those of
 * all that waits. A failure is the item's.
 */
export async function attachedFiles(
  messages: readonly ChatMessage[],
  { base, files }: Pick<Workspace, 'base' | 'files'>,
): Promise<Outcome<ReadonlyMap<string, string> | undefined, Failure>> {
  const attachments = messages.flatMap((message) => message.attachments ?? []);
  if (attachments.length === 0) return success(undefined);
  const read = new Map<string, string>();
  for (const { path, bytes, hash } of attachments) {
    if (read.has(hash)) continue;
    const found = await files.readWithin(join(base, path), bytes, base).catch(() => undefined);
    if (!found || bytesHash(found) !== hash) {
      const message = `The attachment ${path} has changed since the plan: generate again.`;
      return failed({ reason: 'bad-request', message });
    }
    read.set(hash, Buffer.from(found.buffer, found.byteOffset, found.byteLength).toString('base64'));
  }
  return success(read);
}
