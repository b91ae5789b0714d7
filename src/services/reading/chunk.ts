import { isJsonObject } from '../../base/jsonObject.ts';

/**
 * What a service puts into a chunk of a stream, or into a whole answer, read leniently: everything may be missing, null,
 * or of another type than it should be, and is then absent.
 */
export interface Chunk {
  readonly choices: readonly ChoicePart[];
  readonly usage: Usage;
  readonly model: string | undefined;
  /** An error, as the service gives it; undefined when there is none. */
  readonly error: unknown;
  /** The service says that nothing follows. */
  readonly isEnd?: boolean;
}

export interface ChoicePart {
  readonly index: number;
  readonly text: string;
  readonly reasoning: string;
  /** What the model says instead of a text. */
  readonly refusal: string;
  readonly finish: FinishReason | undefined;
  /** Text and reasoning are all of it, not what has been added. */
  readonly isWhole: boolean;
}

/** How a text ended: by itself, at the output limit, withheld, broken off by the service, or in a way of the service's own. */
export type FinishReason = 'stop' | 'length' | 'content-filter' | 'broken' | 'other';

/** Every number is finite, not negative, and whole. */
export interface Usage {
  readonly input?: number;
  readonly output?: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

/** How a kind of services writes its chunks. */
export interface AnswerFormat {
  /** Reads what one event, or the body of an answer, holds; undefined when it is nothing that a service would say. */
  readonly read: (value: unknown) => Chunk | undefined;
  /** Whether a whole body is an answer and not a part of one, with or without a text in it. */
  readonly isAnswer: (value: unknown) => boolean;
}

export type Fields = Readonly<Record<string, unknown>>;

const deepest = 4;
/** No call uses more: what is above it is no count, and would spoil every sum. */
const mostTokens = 1e9;
const longestModelName = 200;

export function fieldsOf(value: unknown): Fields | undefined {
  return isJsonObject(value) ? value : undefined;
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function modelName(value: unknown): string | undefined {
  const name = text(value);
  return name !== '' && name.length <= longestModelName ? name : undefined;
}

export interface Content {
  readonly text: string;
  readonly reasoning: string;
}

const noContent: Content = { text: '', reasoning: '' };

/** The text of a thinking part, which may again be a list of parts. */
export function allText(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (depth > deepest) return '';
  if (Array.isArray(value)) return value.map((part) => allText(part, depth + 1)).join('');
  const part = fieldsOf(value);
  return part ? allText(part.text ?? part.thinking ?? part.summary ?? part.content, depth + 1) : '';
}

/** Content as a string, a part, or a list of parts: of those with text, and of those with thinking. */
export function contentOf(value: unknown, depth = 0): Content {
  if (typeof value === 'string') return { text: value, reasoning: '' };
  if (depth > deepest) return noContent;
  if (Array.isArray(value)) {
    const parts = value.map((part) => contentOf(part, depth + 1));
    return {
      text: parts.map((part) => part.text).join(''),
      reasoning: parts.map((part) => part.reasoning).join(''),
    };
  }
  const part = fieldsOf(value);
  if (part === undefined) return noContent;
  if (part.thought === true || /think|reason/i.test(text(part.type))) return { text: '', reasoning: allText(part) };
  // `{ type: 'text', text: { value: '…' } }` is how some wrap it once more.
  if (/^(?:output_)?text$|^$/.test(text(part.type))) {
    return { text: text(part.text) || text(fieldsOf(part.text)?.value), reasoning: '' };
  }
  return noContent;
}

const finishReasons: readonly (readonly [RegExp, FinishReason])[] = [
  [/^(?:stop|end_turn|stop_sequence|eos|eos_token|completed?|end|done)$/, 'stop'],
  [
    /^(?:length|max_tokens|max_output_tokens|model_length|max_length|model_context_window_exceeded|incomplete)$/,
    'length',
  ],
  [/content_?filter|safety|sensitive|recitation|prohibited|blocklist|refusal|moderation/, 'content-filter'],
  [/error|abort|cancel|insufficient_system_resource|overloaded|timeout|fail/, 'broken'],
];

/** No reason and an empty one are the same; some write "null". */
export function finishOf(value: unknown): FinishReason | undefined {
  const reason = text(value).trim().toLowerCase();
  if (reason === '' || reason === 'null' || reason === 'none') return undefined;
  return finishReasons.find(([pattern]) => pattern.test(reason))?.[1] ?? 'other';
}

/** What is no number of tokens is absent. */
export function tokenCount(...values: readonly unknown[]): number | undefined {
  for (const value of values) {
    if (typeof value === 'number' && value >= 0 && value <= mostTokens) return Math.round(value);
  }
  return undefined;
}

/** Whether a value is there, and not only its name. */
export function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  const fields = fieldsOf(value);
  if (fields) return Object.values(fields).some((each) => each !== null && each !== '');
  return value !== undefined && value !== null && value !== false && value !== '' && value !== 0;
}

/** Whether what stands where an answer should is an error, whatever its shape. */
export function tellsError(fields: Fields): boolean {
  const isError = [fields.type, fields.object].includes('error');
  const isTold = ['detail', 'message', 'error_msg', 'msg', 'error_code'].some((name) => isSaid(fields[name]));
  const status = Number(fields.status ?? fields.code ?? fields.status_code);
  return isError || isTold || (status >= 400 && status < 600);
}
