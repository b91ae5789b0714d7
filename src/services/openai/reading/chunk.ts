import { isJsonObject } from '../../../base/jsonObject.ts';

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

type Fields = Readonly<Record<string, unknown>>;

const deepest = 4;
/** No call uses more: what is above it is no count, and would spoil every sum. */
const mostTokens = 1e9;
const longestModelName = 200;

function fieldsOf(value: unknown): Fields | undefined {
  return isJsonObject(value) ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

interface Content {
  readonly text: string;
  readonly reasoning: string;
}

const noContent: Content = { text: '', reasoning: '' };

/** The text of a thinking part, which may again be a list of parts. */
function allText(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (depth > deepest) return '';
  if (Array.isArray(value)) return value.map((part) => allText(part, depth + 1)).join('');
  const part = fieldsOf(value);
  return part ? allText(part.text ?? part.thinking ?? part.summary ?? part.content, depth + 1) : '';
}

/** Content as a string, a part, or a list of parts: of those with text, and of those with thinking. */
function contentOf(value: unknown, depth = 0): Content {
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

/** The first of the names under which reasoning comes; some send it under two of them at once. */
function reasoningOf(delta: Fields): string {
  for (const name of ['reasoning_content', 'reasoning', 'reasoning_details', 'reasoning_text', 'thinking']) {
    const found = allText(delta[name]);
    if (found !== '') return found;
  }
  return '';
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
function finishOf(value: unknown): FinishReason | undefined {
  const reason = text(value).trim().toLowerCase();
  if (reason === '' || reason === 'null' || reason === 'none') return undefined;
  return finishReasons.find(([pattern]) => pattern.test(reason))?.[1] ?? 'other';
}

function indexOf(value: unknown, place: number): number {
  if (value === undefined || value === null) return place;
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : typeof value === 'number' ? value : -1;
}

function choiceOf(value: unknown, place: number): ChoicePart {
  const choice = fieldsOf(value) ?? {};
  const delta = fieldsOf(choice.delta);
  const message = fieldsOf(choice.message);
  const hasDelta = delta !== undefined && Object.keys(delta).length > 0;
  const body = (hasDelta ? delta : message) ?? choice;
  const content = contentOf(body.content ?? body.text);
  return {
    index: indexOf(choice.index, place),
    text: content.text,
    reasoning: content.reasoning + reasoningOf(body),
    refusal: text(body.refusal),
    finish: finishOf(choice.finish_reason ?? choice.finishReason),
    isWhole: !hasDelta && message !== undefined,
  };
}

/** What is no number of tokens is absent. */
function count(...values: readonly unknown[]): number | undefined {
  for (const value of values) {
    if (typeof value === 'number' && value >= 0 && value <= mostTokens) return Math.round(value);
  }
  return undefined;
}

function usageOf(value: unknown): Usage {
  const usage = fieldsOf(value);
  if (usage === undefined) return {};
  const inputDetails = fieldsOf(usage.prompt_tokens_details) ?? fieldsOf(usage.input_tokens_details);
  const outputDetails = fieldsOf(usage.completion_tokens_details) ?? fieldsOf(usage.output_tokens_details);
  const input = count(usage.prompt_tokens, usage.input_tokens);
  const total = count(usage.total_tokens);
  const rest = total !== undefined && input !== undefined && total >= input ? total - input : undefined;
  const output = count(usage.completion_tokens, usage.output_tokens, rest);
  const cached = count(
    inputDetails?.cached_tokens,
    usage.prompt_cache_hit_tokens,
    usage.cache_read_input_tokens,
    usage.cached_tokens,
  );
  const reasoning = count(outputDetails?.reasoning_tokens, usage.reasoning_tokens);
  return {
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(cached === undefined ? {} : { cached }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

/** Whether a value is there, and not only its name. */
function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  const fields = fieldsOf(value);
  if (fields) return Object.values(fields).some((each) => each !== null && each !== '');
  return value !== undefined && value !== null && value !== false && value !== '' && value !== 0;
}

/** An error as `error`, inside a choice, or as what stands where the choices should. */
function errorOf(chunk: Fields, choices: readonly unknown[]): unknown {
  // Beside the error may stand the status or the wait that belong to it.
  if (isSaid(chunk.error) || isSaid(chunk.errors)) return { ...chunk, choices: undefined, usage: undefined };
  const inChoice = choices.map((choice) => fieldsOf(choice)?.error).find(isSaid);
  if (inChoice !== undefined) return inChoice;
  if (choices.length > 0) return undefined;
  const isError = [chunk.type, chunk.object].includes('error');
  const isTold = ['detail', 'message', 'error_msg', 'msg', 'error_code'].some((name) => isSaid(chunk[name]));
  const status = Number(chunk.status ?? chunk.code ?? chunk.status_code);
  return isError || isTold || (status >= 400 && status < 600) ? chunk : undefined;
}

/** Reads what one event, or the body of an answer, holds; undefined when it is nothing that a service would say. */
export function readChunk(value: unknown): Chunk | undefined {
  const chunk = fieldsOf(value);
  if (chunk === undefined) return undefined;
  const choices: readonly unknown[] = Array.isArray(chunk.choices)
    ? chunk.choices
    : fieldsOf(chunk.choices)
      ? [chunk.choices]
      : [];
  const model = text(chunk.model);
  return {
    choices: choices.map(choiceOf),
    usage: { ...usageOf(fieldsOf(chunk.x_groq)?.usage), ...usageOf(chunk.usage) },
    model: model !== '' && model.length <= longestModelName ? model : undefined,
    error: errorOf(chunk, choices),
  };
}
