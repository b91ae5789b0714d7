import {
  type AnswerFormat,
  type ChoicePart,
  type Chunk,
  type Content,
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

/** A message that is all of an answer, or its head at the beginning of a stream. */
function isMessage(fields: Fields): boolean {
  return fields.type === 'message' || (Array.isArray(fields.content) && text(fields.type) === '');
}

/** What is added to a block, by what is there: kinds of deltas that are new to us hold neither. */
function deltaOf(delta: Fields): Content {
  return { text: text(delta.text), reasoning: text(delta.thinking) };
}

/** What an event adds to the text and its end; undefined for one that is not about them. */
function partOf(event: Fields): ChoicePart | undefined {
  const message = fieldsOf(event.message) ?? (isMessage(event) ? event : undefined);
  const block = fieldsOf(event.content_block);
  const delta = fieldsOf(event.delta);
  if (message === undefined && block === undefined && delta === undefined) return undefined;
  const content = message ? contentOf(message.content) : block ? contentOf(block) : deltaOf(delta ?? {});
  return {
    index: 0,
    ...content,
    refusal: '',
    finish: finishOf(delta?.stop_reason ?? message?.stop_reason),
    isWhole: message !== undefined,
  };
}

const eventTypes = /^(?:ping$|message_|content_block_)/;

/** An error as `error`, or as what stands where an event should. */
function errorOf(event: Fields, isAnswer: boolean): unknown {
  if (isSaid(event.error)) return event;
  return !isAnswer && !eventTypes.test(text(event.type)) && tellsError(event) ? event : undefined;
}

/** The parts of the input are counted apart, and not all of them every time. */
class InputCount {
  #fresh: number | undefined;
  #written: number | undefined;
  #cached: number | undefined;

  usage(value: unknown): Usage {
    const usage = fieldsOf(value);
    if (usage === undefined) return {};
    this.#fresh = tokenCount(usage.input_tokens) ?? this.#fresh;
    this.#written = tokenCount(usage.cache_creation_input_tokens) ?? this.#written;
    this.#cached = tokenCount(usage.cache_read_input_tokens) ?? this.#cached;
    const counted = [this.#fresh, this.#written, this.#cached].filter((part) => part !== undefined);
    const input = counted.length === 0 ? undefined : tokenCount(counted.reduce((sum, part) => sum + part, 0));
    const output = tokenCount(usage.output_tokens);
    const reasoning = tokenCount(fieldsOf(usage.output_tokens_details)?.thinking_tokens);
    return {
      ...(input === undefined ? {} : { input }),
      ...(output === undefined ? {} : { output }),
      ...(this.#cached === undefined ? {} : { cached: this.#cached }),
      ...(reasoning === undefined ? {} : { reasoning }),
    };
  }
}

/** Anthropic's messages: a stream of events, or a whole message. One for each answer, because it remembers the usage. */
export function anthropicFormat(): AnswerFormat {
  const input = new InputCount();
  const read = (value: unknown): Chunk | undefined => {
    const event = fieldsOf(value);
    if (event === undefined) return undefined;
    const part = partOf(event);
    const message = fieldsOf(event.message) ?? event;
    return {
      choices: part ? [part] : [],
      usage: { ...input.usage(fieldsOf(event.message)?.usage), ...input.usage(event.usage) },
      model: modelName(message.model),
      error: errorOf(event, part !== undefined),
      isEnd: event.type === 'message_stop',
    };
  };
  return {
    read,
    isAnswer: (value) => {
      const fields = fieldsOf(value);
      return fields !== undefined && isMessage(fields);
    },
  };
}
