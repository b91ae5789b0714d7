import { isJsonObject } from '../../base/jsonObject.ts';
import type { ChatMessage, Parameters } from '../../model/message.ts';
import type { RequestBody } from '../refusedParameter.ts';
import type { GenerationRequest } from '../service.ts';
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
}

const apart = '\n\n';

/** Turns that alternate, none of them blank, and none that a model goes on from ending in a space. */
function turnsOf(messages: readonly ChatMessage[]): readonly Turn[] {
  const turns: Turn[] = [];
  for (const { role, content } of messages) {
    if (role === 'system' || content.trim() === '') continue;
    const last = turns.at(-1);
    if (last?.role === role) turns[turns.length - 1] = { role, content: last.content + apart + content };
    else turns.push({ role, content });
  }
  const last = turns.at(-1);
  if (last?.role === 'assistant') turns[turns.length - 1] = { ...last, content: last.content.trimEnd() };
  return turns;
}

function leastLimit(thinking: unknown): number {
  const budget = isJsonObject(thinking) ? thinking.budget_tokens : undefined;
  return typeof budget === 'number' ? Math.max(defaultMaxTokens, budget + textBesideThinking) : defaultMaxTokens;
}

/** Parameters under the names that this API has for them. */
function translated(parameters: Parameters): RequestBody {
  const { maxTokens, stop, reasoning_effort: effort, ...others } = parameters;
  const known = Object.entries(others).filter(([name, value]) => !unknownHere.has(name) && value !== undefined);
  return {
    max_tokens: maxTokens ?? leastLimit(parameters.thinking),
    ...(stop === undefined ? {} : { stop_sequences: typeof stop === 'string' ? [stop] : stop }),
    ...(effort === undefined ? {} : { output_config: { effort } }),
    ...Object.fromEntries(known),
  };
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
export function bodyOf({ model, messages, parameters, siblings = 1 }: GenerationRequest): RequestBody {
  const instructions = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const system = instructions.filter((each) => each.trim() !== '').join(apart);
  const turns = turnsOf(messages);
  const isShared = siblings > 1 && estimateInputTokens(messages) >= leastCachedTokens;
  return {
    ...translated(parameters),
    model,
    // Instructions alone are what is asked.
    ...(turns.length === 0 || system === '' ? {} : { system }),
    messages: turns.length === 0 ? [{ role: 'user', content: system }] : turns,
    stream: true,
    ...(isShared ? { cache_control: ephemeral } : {}),
  };
}

/** The same with the mark for the cache at the end of the prompt, and of the instructions where they fill it alone. */
export function marked({ cache_control: mark, ...body }: RequestBody): RequestBody {
  const { system, messages } = body;
  if (mark === undefined || !Array.isArray(messages)) return body;
  const turns = messages as readonly Turn[];
  const blocks = (content: string): unknown => [{ type: 'text', text: content, cache_control: mark }];
  const isLong = typeof system === 'string' && estimateTokens(system) >= leastCachedTokens;
  return {
    ...body,
    ...(isLong ? { system: blocks(system) } : {}),
    messages: turns.map((turn, place) =>
      place === turns.length - 1 ? { ...turn, content: blocks(turn.content) } : turn,
    ),
  };
}
