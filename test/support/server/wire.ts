/** What all parts of one chat-completions answer share. `created` is in Unix seconds. */
export interface AnswerHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

export type FinishReason = 'stop' | 'length' | 'content_filter';

export interface Choice {
  /** One string a token; together they are the text. */
  readonly tokens: readonly string[];
  readonly finishReason: FinishReason;
}

export const streamEnd = 'data: [DONE]\n\n';
export const keepaliveComment = ': keepalive\n\n';

/** Writes the events of one stream. */
export class StreamWriter {
  readonly #start: string;
  readonly #end: string;

  constructor(head: AnswerHead, includeUsage: boolean) {
    this.#start =
      `data: {"id":"${head.id}","object":"chat.completion.chunk","created":${head.created},` +
      `"model":${JSON.stringify(head.model)},`;
    this.#end = includeUsage ? ',"usage":null}\n\n' : '}\n\n';
  }

  role(index: number): string {
    return this.#choice(index, '{"role":"assistant","content":""}', 'null');
  }

  content(index: number, text: string): string {
    return this.#choice(index, `{"content":${JSON.stringify(text)}}`, 'null');
  }

  malformed(index: number): string {
    return `${this.#start}"choices":[{"index":${index},"delta":{"content":"\n\n`;
  }

  finish(index: number, reason: FinishReason): string {
    return this.#choice(index, '{}', `"${reason}"`);
  }

  usage(used: TokensUsed): string {
    return `${this.#start}"choices":[],"usage":${JSON.stringify(usage(used))}}\n\n`;
  }

  #choice(index: number, delta: string, finishReason: string): string {
    return (
      `${this.#start}"choices":[{"index":${index},"delta":${delta},"logprobs":null,` +
      `"finish_reason":${finishReason}}]${this.#end}`
    );
  }
}

export interface TokensUsed {
  readonly prompt: number;
  /** Of the prompt's. */
  readonly cached: number;
  readonly completion: number;
}

export function completionBody(head: AnswerHead, choices: readonly Choice[], used: TokensUsed): string {
  return JSON.stringify({
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    choices: choices.map((choice, index) => ({
      index,
      message: { role: 'assistant', content: choice.tokens.join(''), refusal: null },
      logprobs: null,
      finish_reason: choice.finishReason,
    })),
    usage: usage(used),
  });
}

export function countTokens(choices: readonly Choice[]): number {
  return choices.reduce((sum, choice) => sum + choice.tokens.length, 0);
}

function usage({ prompt, cached, completion }: TokensUsed): Record<string, unknown> {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(cached > 0 ? { prompt_tokens_details: { cached_tokens: cached } } : {}),
  };
}
