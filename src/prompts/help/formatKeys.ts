import type { FormatName } from '../formats/formatNames.ts';
import { candidatesKey, modelKey } from './candidateKeys.ts';
import type { Key, KeyTable } from './key.ts';
import { gitHubParameterKeys, parameterKeys, promptyParameterKeys } from './parameterKeys.ts';
import { anyOf, block, list, text, yesOrNo } from './shapes.ts';

const name: Key = {
  description: 'A title that is shown in place of the name of the file.',
  schema: text,
  example: 'Taglines',
};
const description: Key = {
  description: 'What the prompt makes, in a few words.',
  schema: text,
  example: 'Taglines for a product',
};

function leftAlone(about: string, example: string, more: Partial<Key> = {}): Key {
  return { description: `${about} It is left alone here.`, schema: {}, example, isLeftAlone: true, ...more };
}

const types = ['string', 'number', 'integer', 'boolean', 'array', 'object'];

const declarationKeys: KeyTable = {
  description: {
    description: 'What the input is about; whoever is asked for it reads it.',
    schema: text,
    example: 'The product',
  },
  type: { description: 'What its value is.', schema: text, example: 'string', values: types },
  default: { description: 'Its value, where nobody gives another.', schema: {}, example: 'Mug' },
  required: {
    description: 'Whether it is asked for where it has no value; default true.',
    schema: yesOrNo,
    example: 'false',
    values: ['true', 'false'],
  },
};

const own: KeyTable = {
  name,
  description,
  model: { ...modelKey, description: `${modelKey.description} Of a list, the first.` },
  inputs: {
    description:
      'Values of the variables in the text, by name, or blocks with description, type, default and required.',
    schema: block,
    example: '{ product: Mug }',
    named: declarationKeys,
  },
  candidates: candidatesKey,
};

const tools = leftAlone('Tools that the chat of the editor may call.', '[search]');

const prompt: KeyTable = {
  ...own,
  'argument-hint': leftAlone('What the chat of the editor shows in its empty field.', 'Which product?'),
  agent: leftAlone('The agent that runs the prompt in the chat of the editor.', 'ask'),
  mode: leftAlone('The mode that the chat of the editor runs the prompt in.', 'ask'),
  tools,
  ...parameterKeys,
};

const skill: KeyTable = {
  ...own,
  name: { ...name, description: 'The name of the skill: that of its folder.' },
  description: { ...description, description: 'What the skill does, and when it is of use.' },
  license: leftAlone('The license of the skill.', 'MIT'),
  compatibility: leftAlone('What the skill needs.', 'Needs a network'),
  'allowed-tools': leftAlone('Tools that an agent may call for the skill.', 'Read'),
  metadata: {
    description: 'Settings of others. The block candidates may stand here, where the editor flags nothing.',
    schema: block,
    example: '{ candidates: { count: 8 } }',
    keys: { candidates: candidatesKey },
  },
  ...parameterKeys,
};

const otherModelKeys: KeyTable = {
  id: { description: 'The name of the model.', schema: text, example: 'gpt-4.1-mini', from: 'models' },
  name: { description: 'The name of the model.', schema: text, example: 'gpt-4.1-mini', from: 'models' },
  api: leftAlone('How the model is called.', 'chat', { values: ['chat'] }),
  configuration: {
    description: 'Only the name of its model is read: services, addresses and keys come from your own settings.',
    schema: block,
    example: '{ azure_deployment: gpt-4.1-mini }',
  },
  connection: {
    description: 'Only the name of its model is read: services, addresses and keys come from your own settings.',
    schema: block,
    example: '{ name: gpt-4.1-mini }',
  },
  parameters: {
    description: 'Parameters of the call.',
    schema: block,
    example: '{ temperature: 0.2 }',
    keys: {
      ...promptyParameterKeys,
      response_format: {
        description: 'Its JSON Schema is the schema of the candidates.',
        schema: block,
        example: '{ type: json_schema, json_schema: { schema: { type: object } } }',
      },
    },
  },
  options: {
    description: 'Parameters of the call, as version 2 calls them.',
    schema: block,
    example: '{ temperature: 0.2 }',
    keys: promptyParameterKeys,
  },
  response: leftAlone('Which part of the answer counts.', 'first'),
};

const prompty: KeyTable = {
  name,
  description,
  model: {
    description: 'The model that makes the candidates: its name, or a block with id, configuration and parameters.',
    schema: anyOf(text, block),
    example: '{ id: gpt-4.1-mini }',
    from: 'models',
    keys: otherModelKeys,
  },
  inputs: {
    description: 'The inputs: values by name, declarations by name, or a list of declarations.',
    schema: anyOf(block, list),
    example: '{ product: { default: Mug } }',
    named: declarationKeys,
    entries: {
      name: { description: 'The name of the variable.', schema: text, example: 'product' },
      ...declarationKeys,
    },
  },
  inputSchema: {
    description: 'The inputs as a JSON Schema with properties.',
    schema: block,
    example: '{ properties: { product: { default: Mug } } }',
  },
  sample: {
    description: 'Values of the inputs, by name. The name of a file is told and not read.',
    schema: anyOf(block, text),
    example: '{ product: Mug }',
  },
  authors: leftAlone('Who has written the prompt.', '[me]'),
  tags: leftAlone('Words to find the prompt by.', '[shop]'),
  version: leftAlone('The version of the prompt.', '"1"'),
  outputs: leftAlone('What comes out; give a JSON Schema under candidates.schema.', '{}'),
  outputSchema: leftAlone('What comes out; give a JSON Schema under candidates.schema.', '{}'),
  template: leftAlone('The language of the template, which is read as Jinja.', 'jinja2'),
  tools: leftAlone('Tools: none is called.', '[]'),
  base: leftAlone('Another prompty file.', '""'),
  candidates: candidatesKey,
};

const gitHub: KeyTable = {
  name,
  description,
  model: modelOfGitHub(),
  messages: {
    description: 'The messages, in order.',
    schema: { type: 'array', items: { type: 'object', required: ['role', 'content'] } },
    example: '[{ role: user, content: Write a tagline. }]',
    entries: {
      role: {
        description: 'Whose message it is.',
        schema: { type: 'string', pattern: '^(?:[Ss]ystem|[Uu]ser|[Aa]ssistant|[Dd]eveloper)$' },
        example: 'user',
        values: ['system', 'user', 'assistant'],
      },
      content: {
        description: 'The text, a Liquid template.',
        schema: text,
        example: 'Write a tagline.',
        template: 'liquid',
      },
    },
  },
  modelParameters: {
    description: 'Parameters of the call.',
    schema: block,
    example: '{ temperature: 0.2 }',
    keys: gitHubParameterKeys,
  },
  testData: {
    description: 'The rows, as a list of blocks: candidates are made of each.',
    schema: list,
    example: '[{ product: Mug }]',
  },
  responseFormat: {
    description: 'json_schema: the candidates must match jsonSchema.',
    schema: text,
    example: 'json_schema',
    values: ['text', 'json_schema'],
  },
  jsonSchema: {
    description: 'The JSON Schema of the candidates, as a block or as JSON.',
    schema: anyOf(text, block),
    example: '\'{"type": "object"}\'',
  },
  evaluators: leftAlone('How GitHub compares answers: candidates are compared by you.', '[]'),
  candidates: candidatesKey,
};

function modelOfGitHub(): Key {
  return { ...modelKey, schema: text, example: 'openai/gpt-4.1-mini' };
}

/** Every key that the front matter of a format may have. A plain text has those of a prompt file of the editor. */
export const formatKeys: Readonly<Record<FormatName, KeyTable>> = {
  prompt,
  skill,
  prompty,
  github: gitHub,
  text: prompt,
};
