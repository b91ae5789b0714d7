export type Role = 'system' | 'user' | 'assistant';

export interface ChatMessage {
  readonly role: Role;
  readonly content: string;
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
