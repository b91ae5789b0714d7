import type { Key, KeyTable } from './key.ts';
import { anyOf, block, list, number, path, text, texts, whole, word, words } from './shapes.ts';
import { limits } from '../limits.ts';
import { parameterKeys } from './parameterKeys.ts';

/** Names of encodings that old files have; every WHATWG name is taken. */
const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'latin1', 'windows-1252', 'iso-8859-2', 'windows-1251'];

/** A path below the folder of the prompt file that a table can have. */
const tableFile = { allOf: [path, { pattern: '[^/\\\\]\\.(?:[cC][sS][vV]|[jJ][sS][oO][nN][lL])$' }] };

const dataKeys: KeyTable = {
  file: {
    description: 'The file with the rows: CSV, TSV, JSON, JSONL or YAML.',
    schema: path,
    example: 'products.csv',
    from: 'dataFiles',
  },
  files: {
    description: 'A pattern of files, each of which is a row with file.path, file.name, file.stem and file.text.',
    schema: path,
    example: 'notes/**/*.txt',
  },
  rows: { description: 'The rows themselves, as a list of blocks.', schema: list, example: '[{ product: Mug }]' },
  key: {
    description: 'The column that tells rows apart and names their folders, or a Liquid expression such as sku.',
    schema: text,
    example: 'sku',
    from: 'columns',
  },
  filter: {
    description: 'Takes only rows for which this Liquid condition holds.',
    schema: text,
    example: '\'type == "brand" and price > 10\'',
    from: 'expression',
  },
  limit: { description: 'Takes the first so many rows that pass the filter.', schema: whole(1), example: '20' },
  sample: {
    description: 'Takes so many rows, spread by chance, the same ones in every run.',
    schema: whole(1),
    example: '20',
  },
  encoding: {
    description: 'How the file writes its letters, where it is not UTF-8 and says nothing itself.',
    schema: word,
    example: 'latin1',
    values: encodings,
  },
  delimiter: {
    description: 'The character between two cells, where it is not found by itself.',
    schema: { type: 'string', minLength: 1, maxLength: 1 },
    example: '";"',
    values: ['";"', '","', '"\\t"', '"|"'],
  },
};

/** The words of JSON Schema that most schemas need. */
function schemaKeys(): KeyTable {
  return schemaTable;
}

const schemaTable: KeyTable = {
  type: {
    description: 'What the value is.',
    schema: texts,
    example: 'object',
    values: ['object', 'array', 'string', 'number', 'integer', 'boolean', '"null"'],
  },
  properties: {
    description: 'The members of an object, each with a schema of its own.',
    schema: block,
    example: '{ title: { type: string } }',
    named: schemaKeys,
  },
  required: {
    description: 'Members that an object must have.',
    schema: { type: 'array', items: text },
    example: '[title]',
  },
  additionalProperties: {
    description: 'Whether an object may have other members. Some services want false.',
    schema: {},
    example: 'false',
    values: ['false', 'true'],
  },
  items: {
    description: 'The schema of each entry of a list.',
    schema: {},
    example: '{ type: string }',
    keys: schemaKeys,
  },
  enum: { description: 'The values that are allowed.', schema: list, example: '[low, high]' },
  description: { description: 'What is meant; the model reads it.', schema: text, example: 'At most ten words' },
  minItems: { description: 'The least entries of a list.', schema: whole(0), example: '1' },
  maxItems: { description: 'The most entries of a list.', schema: whole(0), example: '5' },
  minLength: { description: 'The least characters of a text.', schema: whole(0), example: '1' },
  maxLength: { description: 'The most characters of a text.', schema: whole(0), example: '120' },
  minimum: { description: 'The least that a number may be.', schema: number(), example: '0' },
  maximum: { description: 'The most that a number may be.', schema: number(), example: '10' },
  pattern: { description: 'A regular expression that a text must match.', schema: text, example: "'^[A-Z]'" },
};

const budgetKeys: KeyTable = {
  requests: { description: 'Calls, repeated ones too.', schema: whole(1), example: '200' },
  tokens: { description: 'Input and output tokens together.', schema: whole(1), example: '100000' },
  cost: {
    description: 'Cost in the currency of the prices; every model needs a price then.',
    schema: number(0),
    example: '2.5',
  },
};

export const modelKey: Key = {
  description:
    'The model that makes the candidates. "service/model" names the service too; a model alone is one of the default service.',
  schema: words,
  example: 'demo/sampler',
  from: 'models',
};

/** The block `candidates`, which every format may have. */
export const candidateKeys: KeyTable = {
  count: {
    description: 'Candidates of each row and model, 1 to 1000; default 5.',
    schema: whole(1, 1000),
    example: '8',
  },
  models: {
    description: 'Several models to compare: each makes count candidates.',
    schema: words,
    example: '[demo/sampler, demo/other]',
    from: 'models',
  },
  model: modelKey,
  data: {
    description:
      'The rows: a file, a pattern of files, a list, or a block with one of file, files and rows. Candidates are made of each row.',
    schema: anyOf(path, list, block),
    example: 'products.csv',
    from: 'dataFiles',
    keys: dataKeys,
  },
  promptBy: {
    description: 'The column that names the prompt file of each row: brand is brand.prompt.md beside this one.',
    schema: word,
    example: 'type',
    from: 'columns',
  },
  output: {
    description:
      'Where candidates go, relative to this file. ${promptName}, ${row}, ${row.column}, ${index} and ${model} are filled in.',
    schema: text,
    example: '"pages/${promptName}-${index}.md"',
    template: 'output',
  },
  schema: {
    description: 'The JSON Schema that each candidate must match: a .json file, or the schema itself.',
    schema: anyOf(path, block),
    example: 'product.schema.json',
    from: 'schemaFiles',
    keys: schemaKeys,
  },
  attach: {
    description: 'Images and PDFs for models that see: a path or a list of paths, with variables such as {{ image }}.',
    schema: anyOf(path, { type: 'array', items: path, maxItems: limits.attachments }),
    example: 'pictures/mug.png',
    from: 'attachments',
    template: 'liquid',
  },
  vary: {
    description: 'Lists of values by variable, spread evenly over the candidates.',
    schema: {
      type: 'object',
      additionalProperties: { type: 'array', minItems: 1 },
    },
    example: '{ angle: [price, comfort] }',
  },
  diversity: {
    description: 'Asks for several different candidates in one call: so many, default 5.',
    schema: anyOf(
      { const: 'verbalized' },
      { type: 'object', required: ['verbalized'], properties: { verbalized: whole(2, 20) } },
    ),
    example: 'verbalized',
    values: ['verbalized', '{ verbalized: 5 }'],
    keys: {
      verbalized: { description: 'How many are asked for in one call.', schema: whole(2, 20), example: '5' },
    },
  },
  table: {
    description: 'The table of the results: a .csv or .jsonl file, or a block with file and columns.',
    schema: anyOf(tableFile, { type: 'object', required: ['file'], properties: { file: tableFile, columns: words } }),
    example: 'results.csv',
    keys: {
      file: { description: 'Ends in .csv or .jsonl.', schema: tableFile, example: 'results.csv' },
      columns: {
        description: 'The fields of the JSON that are wanted; default all.',
        schema: words,
        example: '[title, price]',
      },
    },
  },
  target: {
    description: 'Where a picked candidate goes, as a pattern with ${promptName} and ${row}.',
    schema: text,
    example: 'pages/${row}.md',
  },
  priority: {
    description: 'How urgent the candidates are: 0 (most urgent) to 9; default 5.',
    schema: whole(0, 9),
    example: '5',
    values: ['0', '5', '9'],
  },
  budget: {
    description:
      'What the prompt may spend in a run: requests, tokens and cost. The run stops before a call would exceed it.',
    schema: block,
    example: '{ requests: 200 }',
    keys: budgetKeys,
  },
  ...parameterKeys,
};

export const candidatesKey: Key = {
  description: 'How many candidates there are, of which models and rows, and where they go.',
  schema: block,
  example: '{ count: 8 }',
  keys: candidateKeys,
};
