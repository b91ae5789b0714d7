import type { KeyTable } from './key.ts';
import { anyOf, block, number, text, texts, whole, word, yesOrNo } from './shapes.ts';

/** Parameters of the call. They are sent under these names. */
export const parameterKeys: KeyTable = {
  temperature: {
    description: 'How much chance has a say in the text: 0 is the likeliest, 1 is usual. Some models take only 1.',
    schema: number(0, 2),
    example: '0.9',
  },
  max_tokens: {
    description: 'The most tokens that a candidate may have. One that is cut there is marked.',
    schema: whole(1),
    example: '800',
  },
  max_completion_tokens: { description: 'Another name for max_tokens.', schema: whole(1), example: '800' },
  seed: {
    description: 'The number that chance begins with, for services that take one; each candidate has its own.',
    schema: whole(),
    example: '42',
  },
  top_p: {
    description: 'Takes only the likeliest tokens that together have this share of the likelihood.',
    schema: number(0, 1),
    example: '0.95',
  },
  top_k: {
    description: 'Takes only so many of the likeliest tokens; -1 is all of them for some services.',
    schema: whole(-1),
    example: '40',
  },
  min_p: {
    description: 'Takes only tokens that have this share of the likelihood of the likeliest one.',
    schema: number(0, 1),
    example: '0.05',
  },
  top_a: {
    description: 'Like min_p, but by the square of the likelihood of the likeliest token.',
    schema: number(0, 1),
    example: '0.2',
  },
  typical_p: {
    description: 'Takes only tokens that are about as surprising as is usual at their place.',
    schema: number(0, 1),
    example: '0.95',
  },
  presence_penalty: {
    description: 'Above 0, tokens that were there before become less likely.',
    schema: number(-2, 2),
    example: '0.5',
  },
  frequency_penalty: {
    description: 'Above 0, tokens become less likely the more often they were there before.',
    schema: number(-2, 2),
    example: '0.5',
  },
  repetition_penalty: {
    description: 'Above 1, tokens that were there before become less likely.',
    schema: number(0, 10),
    example: '1.1',
  },
  repeat_penalty: {
    description: 'The same as repetition_penalty for Ollama and llama.cpp.',
    schema: number(0, 10),
    example: '1.1',
  },
  logit_bias: {
    description: 'Makes single tokens likelier or less likely: -100 to 100 by the number of the token.',
    schema: { type: 'object', additionalProperties: number(-100, 100) },
    example: '{ "50256": -100 }',
  },
  stop: {
    description: 'Where one of these texts would come, the candidate ends before it.',
    schema: texts,
    example: '["END"]',
  },
  reasoning_effort: {
    description: 'How long a model thinks before it writes, for models that think.',
    schema: word,
    example: 'low',
    values: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
  },
  enable_thinking: {
    description: 'Whether the model thinks before it writes, for services that ask it so (Qwen).',
    schema: yesOrNo,
    example: 'false',
    values: ['true', 'false'],
  },
  thinking_budget: {
    description: 'The most tokens of thinking, for services that ask it so (Qwen).',
    schema: whole(0),
    example: '1024',
  },
  thinking: {
    description: 'How Anthropic and others are asked to think.',
    schema: block,
    example: '{ type: enabled, budget_tokens: 2048 }',
    keys: {
      type: {
        description: 'Whether the model thinks.',
        schema: text,
        example: 'enabled',
        values: ['enabled', 'disabled', 'adaptive'],
      },
      budget_tokens: { description: 'The most tokens of thinking.', schema: whole(1), example: '2048' },
    },
  },
  verbosity: {
    description: 'How long the text is, for models that take it.',
    schema: word,
    example: 'low',
    values: ['low', 'medium', 'high'],
  },
  service_tier: {
    description: 'How soon the service answers, and for what price.',
    schema: word,
    example: 'flex',
    values: ['auto', 'default', 'flex', 'priority'],
  },
};

/** Those that other formats have for their parameters, in the spelling of the format. */
const foreignNames = [
  ...['max_tokens', 'temperature', 'top_p', 'top_k', 'min_p', 'seed', 'stop', 'presence_penalty', 'frequency_penalty'],
  ...['repetition_penalty', 'logit_bias', 'reasoning_effort', 'verbosity', 'max_completion_tokens'],
];

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function foreignKeys(spelling: (name: string) => string): KeyTable {
  return Object.fromEntries(
    foreignNames.flatMap((name) => {
      const key = parameterKeys[name];
      // What else they have there, such as a variable of the environment, is told and not sent.
      return key ? [[spelling(name), { ...key, schema: anyOf(key.schema, text) }]] : [];
    }),
  );
}

export const promptyParameterKeys = foreignKeys((name) => name);
export const gitHubParameterKeys = foreignKeys(camelCase);
