import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readPrompty } from '../../../../src/prompts/formats/prompty.ts';
import type { PromptFile } from '../../../../src/prompts/promptFile.ts';
import { problemsOf, valueOf } from '../support.ts';

function read(...settings: string[]): PromptFile {
  return valueOf(readPrompty('a.prompty', ['---', ...settings, '---', 'user:', 'Hi', ''].join('\n')));
}

function hintsOf(...settings: string[]): readonly string[] {
  return read(...settings).hints.map(({ line, message }) => {
    assert.match(message, /^[^\n]+\.$/);
    return `${line ?? 0}: ${message}`;
  });
}

describe('the inputs of a prompt file of Prompty', () => {
  it('are values, or tell about values', () => {
    const prompt = read(
      'inputs:',
      '  plain: Coffee',
      '  typed: string',
      '  declared: { type: string, is_required: false }',
      '  sampled: { type: string, sample: Tea }',
      '  chosen: { kind: string, enum: [a, b], default: a }',
      '  customer: { firstName: Ada, lastName: Lovelace }',
      '  lookalike: { name: Spring }',
      'sample:',
      '  sampled: Milk',
      '  note: { description: a value }',
    );
    assert.deepEqual(prompt.inputs, {
      plain: 'Coffee',
      sampled: 'Milk',
      chosen: 'a',
      customer: { firstName: 'Ada', lastName: 'Lovelace' },
      lookalike: { name: 'Spring' },
      note: { description: 'a value' },
    });
    assert.deepEqual(prompt.inputNotes, {
      typed: { type: 'string' },
      declared: { type: 'string', required: false },
      sampled: { type: 'string' },
      chosen: { type: 'string', choices: ['a', 'b'] },
    });
  });

  it('may be a schema, as a list or a block', () => {
    for (const properties of ['[{ name: a, kind: string, default: 1 }]', '{ a: { kind: string, default: 1 } }']) {
      const prompt = read(`inputSchema: { properties: ${properties} }`);
      assert.deepEqual([prompt.inputs, prompt.inputNotes], [{ a: 1 }, { a: { type: 'string' } }]);
    }
  });

  it('are no variables of the environment', () => {
    assert.deepEqual(hintsOf('inputs:', '  a: ${env:A}', 'sample: { b: "${env:B}" }'), [
      '3: ${env:A} is not read here: write its value in its place.',
      '4: ${env:B} is not read here: write its value in its place.',
    ]);
  });

  it('may have any name', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const { inputs } = read(`inputs: { ${name}: { default: { x: 1 } } }`);
      assert.deepEqual(Object.entries(inputs), [[name, { x: 1 }]]);
      assert.equal(Object.getPrototypeOf(inputs), Object.prototype);
    }
  });
});

describe('the model of a prompt file of Prompty', () => {
  const models: Readonly<Record<string, string>> = {
    'model: gpt-4o': 'gpt-4o',
    'model: { id: gpt-4o, provider: openai }': 'gpt-4o',
    'model: { configuration: { azure_deployment: gpt-4o, api_key: "${env:KEY}" } }': 'gpt-4o',
    'model: { configuration: { type: openai, name: gpt-4o } }': 'gpt-4o',
    'model: { connection: { kind: key, model: gpt-4o } }': 'gpt-4o',
  };
  for (const [setting, model] of Object.entries(models)) {
    it(`is named by ${setting}`, () => {
      assert.deepEqual(read(setting).models, [model]);
    });
  }

  it('has its parameters under any of their names', () => {
    const names = ['max_tokens', 'maxTokens', 'max_output_tokens', 'maxOutputTokens', 'max_completion_tokens'];
    for (const name of names)
      assert.deepEqual(read(`model: { parameters: { ${name}: 9 } }`).parameters, { maxTokens: 9 });
    const given = 'topP: 0.5, stopSequences: [x], seed: 1, presencePenalty: 1, frequency_penalty: 1, temperature: 0';
    assert.deepEqual(read(`model: { options: { ${given} } }`).parameters, {
      top_p: 0.5,
      stop: ['x'],
      seed: 1,
      presence_penalty: 1,
      frequency_penalty: 1,
      temperature: 0,
    });
  });

  it('has parameters that are checked where they stand', () => {
    const text = '---\nmodel:\n  parameters:\n    temperature: 9\n---\nHi';
    assert.deepEqual(
      problemsOf(readPrompty('a.prompty', text)).map(({ line }) => line),
      [4],
    );
  });

  it('has a schema', () => {
    const format = '{ type: json_schema, json_schema: { name: x, schema: { type: object } } }';
    assert.deepEqual(read(`model: { parameters: { response_format: ${format} } }`).schema, {
      kind: 'inline',
      schema: { type: 'object' },
      line: 2,
    });
  });
});

describe('what a prompt file of Prompty says to nobody here', () => {
  const said = [
    'model: { parameters: { constructor: 1 } }',
    'model: { parameters: { tools: [{ type: function }] } }',
    'model: { parameters: { temperature: "${env:T}" } }',
    'model: { parameters: { response_format: { type: json_object } } }',
    'model: { options: { additionalProperties: { user: me } } }',
    'model: { api: embedding }',
    'model: { response: all }',
    'model: { configuration: { api_key: x } }',
    'model: { id: "${env:MODEL}" }',
    'outputs: { a: { type: string } }',
    'outputSchema: { properties: [] }',
    'tools: [{ id: x }]',
    'base: other.prompty',
    'template: handlebars',
  ];
  for (const setting of said) {
    it(`is told of ${setting}`, () => {
      const hints = hintsOf('name: x', setting);
      assert.equal(hints.length, 1, hints.join('\n'));
      assert.match(hints[0] ?? '', /^3: /);
    });
  }

  it('is not told where nothing is meant', () => {
    const nothing = [
      'template: { format: jinja2, parser: prompty }',
      'authors: [a]',
      'tags: [b]',
      'version: 1',
      'tools: []',
    ];
    assert.deepEqual(hintsOf(...nothing, 'model: { api: chat, response: first, parameters: { tools: [] } }'), []);
  });
});

describe('a prompt file of Prompty, whatever its settings are,', () => {
  it('is read or refused', () => {
    const key = fc.constantFrom('model', 'inputs', 'sample', 'parameters', 'options', 'template', 'response_format');
    const other = fc.constantFrom('configuration', 'tools', 'name', 'default', 'type', 'candidates', '__proto__', 'id');
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, 1, true, '', 'x', '${env:X}'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(key, other), tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(key, other), tree), (settings) => {
        const result = readPrompty('a.prompty', `---\n${JSON.stringify(settings)}\n---\nHi`);
        const told = result.ok ? result.value.hints : result.problems;
        for (const { line, message } of told) {
          assert.ok(line !== undefined && line >= 2);
          assert.match(message, /^[^\n]+\.$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the files that a prompt file of Prompty has values in', () => {
  it('are its sample, and those of inputs', () => {
    const files = (...settings: string[]) => read('name: x', ...settings).valueFiles;
    for (const sample of ['sample.json', './sample.json', '"${file:sample.json}"', "'${file: ./sample.json }'"]) {
      assert.deepEqual(
        files(`sample: ${sample}`)?.map(({ line }) => line),
        [3],
        sample,
      );
      assert.match(files(`sample: ${sample}`)?.[0]?.path ?? '', /^(?:\.\/)?sample\.json$/);
    }
    assert.deepEqual(
      files('inputs:', '  a: { default: "${file:a.md}" }', '  b: x', 'sample: { c: "${file:c.json}" }'),
      [
        { path: 'a.md', name: 'a', line: 4 },
        { path: 'c.json', name: 'c', line: 6 },
      ],
    );
    assert.deepEqual(files('inputs: [{ name: a, sample: "${file:a.md}" }]'), [{ path: 'a.md', name: 'a', line: 3 }]);
    assert.equal(files('sample: { a: 1 }'), undefined);
  });
});
