import type { Parameters } from '../model/message.ts';
import type { SettingsReader } from './settingsReader.ts';
import { block, type Kind, number, numbers, texts, wholeNumber, word, yesOrNo } from '../base/valueKinds.ts';

const temperature = number(0, 2);
const maxTokens = wholeNumber(1);
const seed = wholeNumber(Number.MIN_SAFE_INTEGER);
/**
 * Parameters that are sent as they stand, under their own names: what decides about a text and nothing else. What asks
 * for tools, keeps what was sent or says who asks is not for a prompt file, which may be somebody else's, to set.
 */
const plainParameters: Readonly<Record<string, Kind<unknown>>> = {
  top_p: number(0, 1),
  // -1 is "all" for vLLM.
  top_k: wholeNumber(-1),
  min_p: number(0, 1),
  top_a: number(0, 1),
  typical_p: number(0, 1),
  presence_penalty: number(-2, 2),
  frequency_penalty: number(-2, 2),
  repetition_penalty: number(0, 10),
  repeat_penalty: number(0, 10),
  logit_bias: numbers(-100, 100),
  reasoning_effort: word,
  enable_thinking: yesOrNo,
  thinking_budget: wholeNumber(0),
  verbosity: word,
  service_tier: word,
  stop: texts,
  thinking: block,
};

export function readParameters(reader: SettingsReader): Parameters {
  // The same limit has two names.
  const outputLimit = reader.either(maxTokens, 'max_tokens');
  const sameLimit = reader.either(maxTokens, 'max_completion_tokens');
  const parameters = {
    ...Object.fromEntries(Object.entries(plainParameters).map(([name, kind]) => [name, reader.either(kind, name)])),
    temperature: reader.either(temperature, 'temperature'),
    maxTokens: outputLimit ?? sameLimit,
    seed: reader.either(seed, 'seed'),
  };
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
}
