import {
  allText,
  type AnswerFormat,
  type ChoicePart,
  type Chunk,
  contentOf,
  type Fields,
  fieldsOf,
  finishOf,
  isSaid,
  modelName,
  tellsError,
  text,
  tokenCount,
  type Usage,
} from '../reading/chunk.ts';

/** The first of the names under which reasoning comes; some send it under two of them at once. */
function reasoningOf(delta: Fields): string {
  for (const name of ['reasoning_content', 'reasoning', 'reasoning_details', 'reasoning_text', 'thinking']) {
    const found = allText(delta[name]);
    if (found !== '') return found;
  }
  return '';
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

/**
 * A line of Ollama's own API, which whoever has typed its address gets: `{"message":{"content":"…"},"done":false}`, or with
 * `response` in place of the message.
 */
function ollamaPart({ message, response, done, done_reason: reason }: Fields): ChoicePart | undefined {
  const body = fieldsOf(message);
  if (typeof done !== 'boolean' || (body === undefined && typeof response !== 'string')) return undefined;
  const content = contentOf(body?.content ?? response);
  return {
    index: 0,
    text: content.text,
    reasoning: content.reasoning + reasoningOf(body ?? {}),
    refusal: '',
    finish: done ? (finishOf(reason) ?? 'stop') : undefined,
    isWhole: false,
  };
}

function usageOf(value: unknown): Usage {
  const usage = fieldsOf(value);
  if (usage === undefined) return {};
  const inputDetails = fieldsOf(usage.prompt_tokens_details) ?? fieldsOf(usage.input_tokens_details);
  const outputDetails = fieldsOf(usage.completion_tokens_details) ?? fieldsOf(usage.output_tokens_details);
  const input = tokenCount(usage.prompt_tokens, usage.input_tokens);
  const total = tokenCount(usage.total_tokens);
  const rest = total !== undefined && input !== undefined && total >= input ? total - input : undefined;
  const output = tokenCount(usage.completion_tokens, usage.output_tokens, rest);
  const cached = tokenCount(
    inputDetails?.cached_tokens,
    usage.prompt_cache_hit_tokens,
    usage.cache_read_input_tokens,
    usage.cached_tokens,
  );
  const reasoning = tokenCount(outputDetails?.reasoning_tokens, usage.reasoning_tokens);
  return {
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(cached === undefined ? {} : { cached }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

/** An error as `error`, inside a choice, or as what stands where the choices should. */
function errorOf(chunk: Fields, choices: readonly unknown[]): unknown {
  // Beside the error may stand the status or the wait that belong to it.
  if (isSaid(chunk.error) || isSaid(chunk.errors)) return { ...chunk, choices: undefined, usage: undefined };
  const inChoice = choices.map((choice) => fieldsOf(choice)?.error).find(isSaid);
  if (inChoice !== undefined) return inChoice;
  if (choices.length > 0) return undefined;
  return tellsError(chunk) ? chunk : undefined;
}

function readChunk(value: unknown): Chunk | undefined {
  const chunk = fieldsOf(value);
  if (chunk === undefined) return undefined;
  const choices: readonly unknown[] = Array.isArray(chunk.choices)
    ? chunk.choices
    : fieldsOf(chunk.choices)
      ? [chunk.choices]
      : [];
  const line = choices.length === 0 ? ollamaPart(chunk) : undefined;
  if (line) {
    const counted = { prompt_tokens: chunk.prompt_eval_count, completion_tokens: chunk.eval_count };
    const error = isSaid(chunk.error) ? chunk : undefined;
    return { choices: [line], usage: usageOf(counted), model: modelName(chunk.model), error };
  }
  return {
    choices: choices.map(choiceOf),
    usage: { ...usageOf(fieldsOf(chunk.x_groq)?.usage), ...usageOf(chunk.usage) },
    model: modelName(chunk.model),
    error: errorOf(chunk, choices),
  };
}

function isAnswer(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((each) => !Array.isArray(each) && isAnswer(each));
  const fields = fieldsOf(value);
  return fields !== undefined && ('choices' in fields || (fields.done === true && ollamaPart(fields) !== undefined));
}

/** Chat completions, as OpenAI and those who follow it write them. */
export const openAiFormat: AnswerFormat = {
  read: readChunk,
  isAnswer,
};
