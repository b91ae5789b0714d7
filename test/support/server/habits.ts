/** An answer as it goes over the wire, whatever a service should have said. */
export interface RawAnswer {
  /** Default 200. */
  readonly status?: number;
  /** Default: a stream of events. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Pieces, each sent by itself. */
  readonly body?: readonly (string | Uint8Array)[];
  /** Milliseconds before each piece; default 0. */
  readonly gapMs?: number;
  /** After the last piece: the body ends (default), the connection is reset, or nothing more comes. */
  readonly end?: 'whole' | 'reset' | 'hang';
}

/** What a habit is asked about. */
export interface HabitCall {
  readonly model: string;
  /** 1 for the first admitted call of the item. */
  readonly attempt: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** `null`: as if there were no habit. */
export type Habit = (call: HabitCall) => RawAnswer | null;

export const jsonType = { 'content-type': 'application/json' };
export const htmlType = { 'content-type': 'text/html; charset=utf-8' };

export function event(value: unknown): string {
  return `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
}

/** A chunk in the usual shape. */
export function chunk(delta: unknown, finishReason: unknown = null, more: Record<string, unknown> = {}): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return event({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...more });
}

const done = event('[DONE]');
const stop = chunk({}, 'stop');
const usage = event({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 } });

function stream(...body: readonly (string | Uint8Array)[]): RawAnswer {
  return { body };
}

function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): RawAnswer {
  return { status, headers: { ...jsonType, ...headers }, body: [JSON.stringify(value)] };
}

function always(answer: RawAnswer): Habit {
  return () => answer;
}

function first(attempts: number, answer: RawAnswer): Habit {
  return ({ attempt }) => (attempt <= attempts ? answer : null);
}

/** Refuses calls with one of these parameters, as OpenAI does; with a name in its place where there is one. */
export function refusing(parameters: Readonly<Record<string, string | null>>): Habit {
  return ({ body }) => {
    const [refused] = Object.entries(parameters).filter(([name]) => name in body);
    if (!refused) return null;
    const [param, instead] = refused;
    const hint = instead === null ? '' : ` Use '${instead}' instead.`;
    const message = `Unsupported parameter: '${param}' is not supported with this model.${hint}`;
    return json(400, { error: { message, type: 'invalid_request_error', param, code: 'unsupported_parameter' } });
  };
}

/** Knows only these models, as OpenAI does. */
export function knowing(...models: readonly string[]): Habit {
  return ({ model }) => {
    if (models.includes(model)) return null;
    const message = `The model \`${model}\` does not exist or you do not have access to it.`;
    return json(404, { error: { message, type: 'invalid_request_error', param: null, code: 'model_not_found' } });
  };
}

const text = { type: 'text', text: 'Rain falls.' };
const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3s' };

/** What services were seen to do, by name. Each stands for a kind. */
export const habits = {
  'parts-list': always(stream(chunk({ content: [text] }), chunk({ content: [text] }), stop, usage, done)),
  'thinking-parts': always(
    stream(
      chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Weather?' }] }] }),
      chunk({ content: [{ type: 'reference', reference_ids: [1] }, text] }, 'stop'),
      done,
    ),
  ),
  'bare-chunks': always(
    stream(
      event({ choices: [{ delta: { content: 'Rain ' } }] }),
      event({ choices: [{ index: null, delta: { content: 'falls.' } }] }),
      event({ choices: [{ delta: null, finish_reason: 'stop' }], usage: null }),
      event({ choices: null }),
      event({}),
      done,
    ),
  ),
  'usage-holes': always(
    stream(chunk({ content: text.text }), chunk({}, 'stop', { usage: { prompt_tokens: 3 } }), done),
  ),
  'usage-nonsense': always(
    stream(
      chunk({ content: text.text }, 'stop'),
      event('{"choices":[],"usage":{"prompt_tokens":NaN,"completion_tokens":1e300,"total_tokens":"7"}}'),
      done,
    ),
  ),
  'usage-everywhere': always(
    stream(
      chunk({ content: 'Rain ' }, null, { usage: { prompt_tokens: 9, completion_tokens: 1 } }),
      chunk({ content: 'falls.' }, 'stop', { usage: { prompt_tokens: 9, completion_tokens: 2 } }),
      done,
    ),
  ),
  'empty-reason': always(stream(chunk({ content: 'The first half' }, ''), chunk({ content: ' of a' }, ''))),
  'done-no-reason': always(stream(chunk({ content: text.text }), done)),
  'whole-json': always(
    json(200, {
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content: text.text }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
    }),
  ),
  'think-tags': always(
    stream(chunk({ content: '<thi' }), chunk({ content: 'nk>Weather?</think>\n\nRain falls.' }), stop, done),
  ),
  'reasoning-content': always(
    stream(chunk({ reasoning_content: 'Weather?', content: null }), chunk({ content: text.text }), stop, done),
  ),
  'cut-half': always(stream(chunk({ content: 'The river begins in the' }), chunk({}, 'length'), usage, done)),
  'cut-empty': always(
    stream(
      chunk({ reasoning: 'Hm.' }),
      chunk({}, 'length'),
      event({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 100 } }),
      done,
    ),
  ),
  'crlf-and-comments': always(
    stream(
      '\uFEFF: hello\r\n\r\nevent: message\r\nid: 1\r\ndata: {"choices":[{"delta":\r\ndata: {"content":"Rain falls."}}]}\r\n',
      '\r\n:\r\n\r\ndata:{"choices":[{"finish_reason":"stop","delta":{}}]}\r',
      '\n\r\ndata: [DONE]\r\n\r\n',
    ),
  ),
  'stream-429': first(
    1,
    stream(
      event({
        choices: [],
        error: { code: 429, message: 'upstream is full', metadata: { headers: { 'Retry-After': '2' } } },
      }),
    ),
  ),
  'event-error': always(
    stream('event: error\n', event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })),
  ),
  'list-error': first(
    2,
    json(429, [
      { error: { code: 429, message: 'quota per minute used up', status: 'RESOURCE_EXHAUSTED', details: [retryInfo] } },
    ]),
  ),
  'detail-only': always(json(503, { detail: 'The model is being loaded.' })),
  'login-page': always({
    headers: htmlType,
    body: ['<!DOCTYPE html><html><head><title>Sign in &amp; go on</title></head><body>…</body></html>'],
  }),
  'gateway-page': always({
    status: 502,
    headers: htmlType,
    body: ['<html>\r\n<head><title>502 Bad\nGateway</title></head><body>nginx</body></html>'],
  }),
  'no-credit': always(
    json(400, {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'the credit of this account is used up' },
    }),
  ),
  'far-index': always(stream(event({ choices: [{ index: 4294967290, delta: { content: 'x' } }] }), stop, done)),
  'reasoning-then-silence': always({
    body: [...Array<string>(8).fill(chunk({ reasoning_content: 'Hm. ' })), chunk({ content: text.text }), stop, done],
    gapMs: 40,
  }),
} as const satisfies Record<string, Habit>;

export type HabitName = keyof typeof habits;

export const habitNames = Object.keys(habits) as readonly HabitName[];
