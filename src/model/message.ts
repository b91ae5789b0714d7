export type Role = 'system' | 'user' | 'assistant';

export const attachmentTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf'] as const;

/** A file that goes with a message. What it holds is read when it is sent. */
export interface Attachment {
  /** Relative to the folder of the run's workspace, with `/`. */
  readonly path: string;
  /** What its bytes are, whatever its name says. */
  readonly mediaType: (typeof attachmentTypes)[number];
  readonly bytes: number;
  /** SHA-256 of its bytes, hex. */
  readonly hash: string;
  /** What it is expected to cost. */
  readonly tokens: number;
}

export interface ChatMessage {
  readonly role: Role;
  readonly content: string;
  /** On a message of the user; never empty. */
  readonly attachments?: readonly Attachment[];
}

/**
 * What shapes a generation; what is absent is left to the service. Others than these stand under the names that they are
 * sent under, as JSON.
 */
export interface Parameters {
  readonly [name: string]: unknown;
  readonly temperature?: number;
  /** Output tokens. */
  readonly maxTokens?: number;
  readonly seed?: number;
}
