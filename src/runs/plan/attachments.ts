import { join } from 'node:path';
import { bytesHash } from '../../base/hash.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { Attachment, ChatMessage } from '../../model/message.ts';
import { inspectAttachment } from '../../prompts/attachments.ts';
import { limits } from '../../prompts/limits.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { whyUnread } from './readProblem.ts';

const megabyte = 1024 * 1024;

/** The attachments of one plan: each file is read once, and nothing of what it holds is kept. */
export class AttachmentFiles {
  readonly #files: FileStore;
  readonly #root: string;
  readonly #known = new Map<string, Promise<Outcome<Attachment, string>>>();
  readonly #attached = new WeakMap<readonly string[], Promise<Outcome<readonly ChatMessage[], string>>>();

  /** @param root the folder that they must lie in, absolute; their paths are relative to it */
  constructor(files: FileStore, root: string) {
    this.#files = files;
    this.#root = root;
  }

  /**
   * Messages with the files that go with their last one of the user. A failure is one sentence.
   *
   * @param paths shared by reference where the messages are
   */
  async attach(
    messages: readonly ChatMessage[],
    paths: readonly string[],
  ): Promise<Outcome<readonly ChatMessage[], string>> {
    if (paths.length === 0) return success(messages);
    const known = this.#attached.get(paths) ?? this.#attach(messages, paths);
    this.#attached.set(paths, known);
    return known;
  }

  async #attach(
    messages: readonly ChatMessage[],
    paths: readonly string[],
  ): Promise<Outcome<readonly ChatMessage[], string>> {
    if (paths.length > limits.attachments) {
      return failed(`More than ${limits.attachments} files are attached to one prompt: attach fewer.`);
    }
    const attachments: Attachment[] = [];
    for (const path of paths) {
      const read = await this.#of(path);
      if (!read.ok) return read;
      attachments.push(read.value);
    }
    if (attachments.reduce((sum, { bytes }) => sum + bytes, 0) > limits.attachedBytes) {
      return failed(`The attachments have more than ${limits.attachedBytes / megabyte} MB together: attach fewer.`);
    }
    const last = messages.findLastIndex(({ role }) => role === 'user');
    if (last === -1) return success([...messages, { role: 'user', content: '', attachments }]);
    return success(messages.map((message, place) => (place === last ? { ...message, attachments } : message)));
  }

  #of(path: string): Promise<Outcome<Attachment, string>> {
    const known = this.#known.get(path) ?? this.#read(path);
    this.#known.set(path, known);
    return known;
  }

  async #read(path: string): Promise<Outcome<Attachment, string>> {
    let bytes: Uint8Array;
    try {
      bytes = await this.#files.readWithin(join(this.#root, path), limits.attachmentBytes, this.#root);
    } catch (error) {
      return failed(`The attachment ${path} ${whyUnread(error, `${limits.attachmentBytes / megabyte} MB`)}`);
    }
    const inspected = inspectAttachment(bytes);
    if (!inspected) return failed(`The attachment ${path} is no PNG, JPEG, GIF or WebP image and no PDF: convert it.`);
    return success({ path, bytes: bytes.byteLength, hash: bytesHash(bytes), ...inspected });
  }
}
