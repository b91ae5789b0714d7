import { hash } from 'node:crypto';
import { type ApiError, invalidRequest } from './errors.ts';
import { type FaultMarker, readMarker } from './faults.ts';

/** A chat-completions call, as far as the server cares. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  readonly messagesHash: string;
  /** Header `x-item`, which tells one item's attempts from another's. */
  readonly itemHeader: string | null;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Completions asked for. */
  readonly n: number;
  /** Most output tokens per completion. */
  readonly maxTokens: number | null;
  readonly seed: number | null;
  /** Estimate: four characters a token, four tokens a message. */
  readonly promptTokens: number;
  readonly marker: FaultMarker | null;
  /** The whole body. */
  readonly body: Readonly<Record<string, unknown>>;
}

export class BadRequest extends Error {
  readonly error: ApiError;

  constructor(error: ApiError) {
    super(error.message);
    this.error = error;
  }
}

/** Throws BadRequest. */
export function parseChatRequest(body: string, itemHeader: string | null): ChatRequest {
  const input = parseJson(body);
  if (!isRecord(input)) {
    throw bad('The body must be a JSON object.');
  }
  if (typeof input.model !== 'string' || input.model === '') {
    throw bad('you must provide a model parameter', 'model');
  }
  if (!Array.isArray(input.messages) || input.messages.length === 0) {
    throw bad("'messages' must be an array of at least one message.", 'messages');
  }
  const messages = input.messages.map(parseMessage);
  const streamOptions = input.stream_options;
  return {
    model: input.model,
    messages,
    messagesHash: hash('sha1', JSON.stringify(input.messages)).slice(0, 16),
    itemHeader,
    stream: input.stream === true,
    includeUsage: isRecord(streamOptions) && streamOptions.include_usage === true,
    n: positiveInteger(input, 'n', 128) ?? 1,
    maxTokens: positiveInteger(input, 'max_completion_tokens') ?? positiveInteger(input, 'max_tokens'),
    seed: typeof input.seed === 'number' ? input.seed : null,
    promptTokens: messages.reduce((sum, message) => sum + 4 + Math.ceil(message.text.length / 4), 0),
    marker: findMarker(messages),
    body: input,
  };
}

function parseMessage(message: unknown, index: number): { role: string; text: string } {
  if (!isRecord(message) || typeof message.role !== 'string') {
    throw bad('A message needs a role.', `messages[${index}]`);
  }
  return { role: message.role, text: textOf(message.content) };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') {
    return content;
  }
  if (!Array.isArray(content)) {
    return '';
  }
  const parts: unknown[] = content;
  return parts.map((part) => (isRecord(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

function findMarker(messages: ChatRequest['messages']): FaultMarker | null {
  for (const message of messages) {
    const marker = message.role === 'user' ? readMarker(message.text) : null;
    if (marker === 'unknown') {
      throw bad('The message names an unknown fault.', 'messages');
    }
    if (marker !== null) {
      return marker;
    }
  }
  return null;
}

function positiveInteger(
  input: Record<string, unknown>,
  key: string,
  highest = Number.MAX_SAFE_INTEGER,
): number | null {
  const value = input[key];
  if (value === undefined || value === null) {
    return null;
  }
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > highest) {
    throw bad(`Invalid '${key}': expected an integer from 1 to ${highest}.`, key);
  }
  return value;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw bad('We could not parse the JSON body of your request.');
  }
}

function bad(message: string, param?: string): BadRequest {
  return new BadRequest(invalidRequest(message, param));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
