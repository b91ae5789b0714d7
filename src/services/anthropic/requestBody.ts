import { isJsonObject } from '../../base/jsonObject.ts';
import { filesOf, type SentFile } from '../attachments.ts';
import type { RequestBody } from '../refusedParameter.ts';
import type { GenerationRequest } from '../service.ts';
import { enforceable, schemaInWords } from '../schemaFormat.ts';
import { estimateInputTokens, estimateTokens } from '../tokens.ts';
import { defaultMaxTokens } from './defaults.ts';

/** Left for the text where a prompt sets how much is thought. */
const textBesideThinking = 8192;
/** Shorter prompts are not cached by most models. */
const leastCachedTokens = 1024;

/** What other services take and this API has no word for. */
const unknownHere: ReadonlySet<string> = new Set([
  'n',
  'seed',
  'min_p',
  'top_a',
  'typical_p',
  'presence_penalty',
  'frequency_penalty',
  'repetition_penalty',
  'repeat_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'response_format',
  'stream_options',
  'verbosity',
  'enable_thinking',
  'thinking_budget',
]);

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly files?: readonly SentFile[];
}

const apart = '\n\n';

/** Turns that alternate, none of them blank, and none that a model goes on from ending in a space. */
function turnsOf(request: GenerationRequest): readonly Turn[] {
  const turns: Turn[] = [];
  for (const message of request.messages) {
    const { role, content } = message;
    const files = filesOf(message, request);
    if (role === 'system' || (content.trim() === '' && files.length === 0)) continue;
    const last = turns.at(-1);
    const text = last?.role === role ? [last.content, content].filter((each) => each !== '').join(apart) : content;
    const turn = { role, content: text, files: last?.role === role ? [...(last.files ?? []), ...files] : files };
    if (last?.role === role) turns[turns.length - 1] = turn;
    else turns.push(turn);
  }
  const last = turns.at(-1);
  if (last?.role === 'assistant') turns[turns.length - 1] = { ...last, content: last.content.trimEnd() };
  return turns;
}

function sentTurn({ role, content, files = [] }: Turn): { readonly role: string; readonly content: unknown } {
  if (files.length === 0) return { role, content };
  const text = content.trim() === '' ? [] : [{ type: 'text', text: content }];
  return { role, content: [...files.map(blockOf), ...text] };
}

function blockOf({ mediaType, isPdf, base64 }: SentFile): unknown {
  const source = { type: 'base64', media_type: mediaType, data: base64 };
  return { type: isPdf ? 'document' : 'image', source };
}

function leastLimit(thinking: unknown): number {
  const budget = isJsonObject(thinking) ? thinking.budget_tokens : undefined;
  return typeof budget === 'number' ? Math.max(defaultMaxTokens, budget + textBesideThinking) : defaultMaxTokens;
}

/** Parameters under the names that this API has for them. */
function translated({ parameters, schema }: GenerationRequest): RequestBody {
  const { maxTokens, stop, reasoning_effort: effort, ...others } = parameters;
  const enforced = schema && enforceable(schema);
  const format = enforced && { type: 'json_schema', schema: enforced };
  const known = Object.entries(others).filter(([name, value]) => !unknownHere.has(name) && value !== undefined);
  return {
    max_tokens: maxTokens ?? leastLimit(parameters.thinking),
    ...(stop === undefined ? {} : { stop_sequences: typeof stop === 'string' ? [stop] : stop }),
    ...outputConfig({ ...(effort === undefined ? {} : { effort }), ...(format && { format }) }),
    ...Object.fromEntries(known),
  };
}

function outputConfig(entries: Readonly<Record<string, unknown>>): RequestBody {
  return Object.keys(entries).length === 0 ? {} : { output_config: entries };
}

/** The parameters that this API has no word for. */
export function leftOutOf({ parameters }: GenerationRequest): readonly string[] {
  return Object.keys(parameters).filter((name) => unknownHere.has(name));
}

const ephemeral = { type: 'ephemeral' };

/**
 * A request as it is negotiated: `cache_control` stands beside the other parameters, so that a service that does not
 * know it loses it like any other. `marked` puts it where it is sent.
 */
export function bodyOf(request: GenerationRequest): RequestBody {
  const { model, messages, siblings = 1 } = request;
  const instructions = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const system = instructions.filter((each) => each.trim() !== '').join(apart);
  const turns = turnsOf(request);
  const isShared = siblings > 1 && estimateInputTokens(messages) >= leastCachedTokens;
  return {
    ...translated(request),
    model,
    // Instructions alone are what is asked.
    ...(turns.length === 0 || system === '' ? {} : { system }),
    messages: turns.length === 0 ? [{ role: 'user', content: system }] : turns.map(sentTurn),
    stream: true,
    ...(isShared ? { cache_control: ephemeral } : {}),
  };
}

/** The same with the mark for the cache at the end of the prompt, and of the instructions where they fill it alone. */
export function marked({ cache_control: mark, ...body }: RequestBody): RequestBody {
  const { system, messages } = body;
  if (mark === undefined || !Array.isArray(messages)) return body;
  const turns = messages as readonly { readonly role: string; readonly content: unknown }[];
  const blocks = (content: unknown): unknown => {
    if (!Array.isArray(content)) return [{ type: 'text', text: content, cache_control: mark }];
    const all: unknown[] = content;
    return all.map((block, place) =>
      place === all.length - 1 ? { ...(block as object), cache_control: mark } : block,
    );
  };
  const isLong = typeof system === 'string' && estimateTokens(system) >= leastCachedTokens;
  return {
    ...body,
    ...(isLong ? { system: blocks(system) } : {}),
    messages: turns.map((turn, place) =>
      place === turns.length - 1 ? { ...turn, content: blocks(turn.content) } : turn,
    ),
  };
}

/** A body whose last turn says what the service is not held to by a parameter. */
export function inWords(body: RequestBody, { schema }: GenerationRequest): RequestBody {
  const { output_config: config, messages } = body;
  if (!schema || !Array.isArray(messages) || (isJsonObject(config) && config.format !== undefined)) return body;
  const words = schemaInWords(schema);
  const turns = messages as readonly { readonly role: string; readonly content: unknown }[];
  const last = turns.at(-1);
  if (last?.role !== 'user') return { ...body, messages: [...turns, { role: 'user', content: words }] };
  const said: unknown[] = Array.isArray(last.content) ? last.content : [{ type: 'text', text: last.content }];
  const content =
    typeof last.content === 'string' ? `${last.content}${apart}${words}` : [...said, { type: 'text', text: words }];
  return { ...body, messages: [...turns.slice(0, -1), { ...last, content }] };
}
