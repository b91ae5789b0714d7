export type Role = 'system' | 'user' | 'assistant';

export interface ChatMessage {
  readonly role: Role;
  readonly content: string;
}

/** What shapes a generation; what is absent is left to the service. */
export interface Parameters {
  readonly temperature?: number;
  /** Output tokens. */
  readonly maxTokens?: number;
  readonly seed?: number;
}
