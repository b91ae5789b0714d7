import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { promptName } from '../../../../src/candidates/promptName.ts';
import { candidateKeys } from '../../../../src/prompts/promptSettings.ts';
import { decodePrompt } from '../../../../src/prompts/decode.ts';
import {
  formatNames,
  formatOf,
  promptFilePattern,
  type FormatName,
} from '../../../../src/prompts/formats/formatNames.ts';
import { readPrompt } from '../../../../src/prompts/formats/formats.ts';
import type { PromptFile } from '../../../../src/prompts/promptFile.ts';

const root = join(import.meta.dirname, '../../../..');

function read(path: string, text: string, format?: FormatName): PromptFile {
  const result = readPrompt(path, text, format ?? formatOf(path, true));
  if (!result.ok) assert.fail(result.problems.map(({ message }) => message).join(' '));
  return result.value;
}

function problems(path: string, text: string): readonly string[] {
  const result = readPrompt(path, text);
  return result.ok ? [] : result.problems.map(({ line, message }) => `${line ?? 0}: ${message}`);
}

const hintsOf = ({ hints }: PromptFile): string => hints.map(({ line, message }) => `${line}: ${message}`).join('\n');

describe('formats of prompt files', () => {
  it('go by the names of the files', () => {
    const names: readonly [string, FormatName | undefined][] = [
      ['a/page.prompt.md', 'prompt'],
      ['skills/translate/SKILL.md', 'skill'],
      ['a.prompty', 'prompty'],
      ['a.prompt.yml', 'github'],
      ['a.prompt.yaml', 'github'],
      ['README.md', undefined],
      ['a.json', undefined],
      ['my-skill.md', undefined],
    ];
    for (const [path, format] of names) assert.equal(formatOf(path), format, path);
    assert.deepEqual([formatOf('a.md', true), formatOf('a.txt', true)], ['text', 'text']);
    assert.equal(formatOf('a.yml', true), undefined);
  });

  it('name candidates after the prompt, and after the folder of a skill', () => {
    const names = ['x/review.prompty', 'a.prompt.yml', 'my-skill/SKILL.md', 'notes.txt', 'page.prompt.md'];
    assert.deepEqual(names.map(promptName), ['review', 'a', 'my-skill', 'notes', 'page']);
  });

  it('that are not read are refused by name', () => {
    for (const path of ['a.ipynb', 'a.yml', 'a.json', 'a.prompt']) {
      const [problem] = problems(path, 'messages: []');
      assert.match(problem ?? '', /prompt files are \*\.prompt\.md, SKILL\.md, \*\.prompty, \*\.prompt\.yml/);
    }
  });

  it('are what package.json looks for', () => {
    const manifest = readFileSync(join(root, 'package.json'), 'utf8');
    assert.ok(manifest.includes(`"default": ${JSON.stringify(promptFilePattern)}`));
  });

  it('never break, whatever they are given', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '---\n',
        'messages:\n',
        '- role: user\n',
        '  content: x\n',
        'model: { api: chat }\n',
        '{% if',
        '{#',
        '\n',
      ),
      fc.constantFrom(
        'inputs:\n',
        '  a: { default: 1 }\n',
        'candidates:\n',
        '  data: a.csv\n',
        'user:\n',
        '{{ x | tojson }}',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.constantFrom(...formatNames), (pieces, format) => {
        const result = readPrompt('a', pieces.join(''), format);
        if (result.ok) assert.ok(result.value.messages.length > 0);
        else assert.ok(result.problems.length > 0 && result.problems.every(({ message }) => message.endsWith('.')));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the bytes of a prompt file', () => {
  it('are UTF-8, or UTF-16 by their mark', () => {
    const text = 'Käse 🧀';
    const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le');
    const wells = [Buffer.from(text), Buffer.from(`\ufeff${text}`), utf16, Buffer.from(utf16).swap16()];
    for (const bytes of wells) assert.deepEqual(decodePrompt(bytes), { ok: true, value: text });
  });

  it('are refused with the place of the first that is none', () => {
    const sentences = [
      [Buffer.from([0x61, 0xc3, 0xa4, 0xe9, 0x62]), /^is no UTF-8 text at byte 4: save it as UTF-8\.$/],
      [Buffer.from([0x61, 0, 0x62]), /^has a zero character at byte 2 and is no text/],
      [Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x61]), /^is no UTF-16 text at byte 3/],
    ] as const;
    for (const [bytes, sentence] of sentences) {
      const decoded = decodePrompt(bytes);
      assert.ok(!decoded.ok);
      assert.match(decoded.failure, sentence);
    }
  });

  it('are read or refused, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const decoded = decodePrompt(bytes);
        if (!decoded.ok) assert.match(decoded.failure, /\.$/);
      }),
    );
  });
});

describe('a skill', () => {
  const text = [
    '---',
    'name: translate',
    'description: Translates',
    'metadata: { candidates: { count: 2, models: [m] } }',
    '---',
    'Follow [the rules](rules.md), not [this](https://example.com/a.md) or [that](../secret.md).',
  ].join('\n');

  it('has its settings where the editor lets them be, and takes in the files of its folder', () => {
    const prompt = read('translate/SKILL.md', text);
    assert.deepEqual([prompt.count, prompt.models, prompt.name], [2, ['m'], 'translate']);
    assert.deepEqual(prompt.references, [{ path: 'rules.md', line: 6 }]);
  });

  it('takes in what its text names of its folder of references, each once', () => {
    const more = `${text}\nSee \`references/a.md\`, ./references/b.txt and references/a.md; not x/references/c.md.\n`;
    assert.deepEqual(
      read('translate/SKILL.md', more).references?.map(({ path, line }) => `${line} ${path}`),
      ['6 rules.md', '7 references/a.md', '7 references/b.txt'],
    );
  });

  it('is told what is wrong where it stands', () => {
    assert.deepEqual(problems('a/SKILL.md', text.replace('count: 2', 'count: many')), [
      '4: "candidates.count" must be a whole number from 1 to 1000, not "many".',
    ]);
  });
});

describe('a plain text', () => {
  it('is one message of the user, with the settings of its front matter', () => {
    const prompt = read('a.md', '---\ncandidates: { count: 3 }\n---\n\nsystem: no role here\n');
    assert.equal(prompt.count, 3);
    assert.deepEqual(prompt.messages, [{ role: 'user', template: 'system: no role here', line: 5 }]);
  });
});

describe('a prompt file of Prompty', () => {
  const v1 = [
    '---',
    'name: Review',
    'authors: [me]',
    'model:',
    '  api: chat',
    '  configuration: { type: azure_openai, azure_endpoint: "${env:ENDPOINT}", azure_deployment: gpt-4o }',
    '  parameters: { max_tokens: 300, temperature: 0.2, tools: [] , logprobs: 1 }',
    'inputs:',
    '  firstName: { type: string, description: Who, default: Jane }',
    '  question: { type: string }',
    'sample:',
    '  items: [{ name: a }, { name: b }]',
    '---',
    'system:',
    'You help {{firstName}}. {# a',
    'note #}',
    '{% for item in items %}{{ loop.index }} {{ item.name | upper }}{% endfor %}',
    '{% if not items %}none{%- elif items is defined %}some{% endif %}',
    '',
    'user:',
    '{{question|safe}}',
  ].join('\n');

  it('of the first version: model, parameters, inputs, sample and Jinja', () => {
    const prompt = read('r.prompty', v1);
    assert.deepEqual(prompt.models, ['gpt-4o']);
    assert.deepEqual(prompt.parameters, { temperature: 0.2, maxTokens: 300 });
    assert.deepEqual(prompt.inputs, { firstName: 'Jane', items: [{ name: 'a' }, { name: 'b' }] });
    assert.deepEqual(prompt.inputNotes?.question, { type: 'string' });
    assert.match(hintsOf(prompt), /6: "model\.configuration" is left alone.*your own settings/);
    assert.match(hintsOf(prompt), /7: "logprobs" is not sent/);
    const [system, user] = prompt.messages;
    assert.ok(system && !/\{#|elif|\sloop\.|upper|not /.test(system.template), system?.template);
    assert.match(system.template, /forloop\.index.*upcase/s);
    assert.deepEqual(user, { role: 'user', template: '{{question}}', line: 21 });
  });

  it('of the second version: options, and inputs as a list, a block or single values', () => {
    const head = 'name: x\nmodel: { id: gpt-5-mini, provider: openai, options: { maxOutputTokens: 9, topP: 0.5 } }';
    const asList = read(
      'a.prompty',
      `---\n${head}\ninputs: [{ name: a, kind: string, default: 1 }, { name: b }]\n---\n{{a}}`,
    );
    assert.deepEqual([asList.models, asList.parameters], [['gpt-5-mini'], { maxTokens: 9, top_p: 0.5 }]);
    assert.deepEqual([asList.inputs, Object.keys(asList.inputNotes ?? {})], [{ a: 1 }, ['a', 'b']]);
    assert.deepEqual(read('a.prompty', `---\n${head}\ninputs: { a: 1, b: "\${env:B}" }\n---\n{{a}}`).inputs, { a: 1 });
    assert.deepEqual(read('a.prompty', '---\nmodel: gpt-4o\n---\nHi').models, ['gpt-4o']);
    assert.deepEqual(read('a.prompty', '---\nmodel: "${env:MODEL}"\n---\nHi').models, []);
  });
});

describe('a prompt file of GitHub Models', () => {
  const text = [
    'name: Greeting',
    'model: openai/gpt-4o-mini',
    'modelParameters:',
    '  temperature: 0.5',
    '  maxTokens: 50',
    'messages:',
    '  - role: system',
    '    content: Be kind.',
    '  - role: user',
    '    content: "Greet {{name}}"',
    'testData:',
    '  - { name: Ada, expected: Hi }',
    'evaluators: [{ name: x }]',
    'responseFormat: json_schema',
    'jsonSchema: \'{"name":"g","schema":{"type":"object"}}\'',
  ].join('\n');

  it('has messages, parameters, rows and a schema', () => {
    const prompt = read('g.prompt.yml', text);
    assert.deepEqual(
      prompt.messages.map(({ role, template }) => [role, template]),
      [
        ['system', 'Be kind.'],
        ['user', 'Greet {{name}}'],
      ],
    );
    assert.deepEqual([prompt.models, prompt.parameters], [['openai/gpt-4o-mini'], { temperature: 0.5, maxTokens: 50 }]);
    assert.deepEqual(prompt.data?.source, { kind: 'rows', rows: [{ name: 'Ada', expected: 'Hi' }] });
    assert.deepEqual([prompt.data.line, prompt.schema?.kind], [11, 'inline']);
    assert.match(hintsOf(prompt), /13: "evaluators" are left alone/);
  });

  it('is refused in a sentence where it is none, and never sent as text', () => {
    assert.match(problems('a.prompt.yml', 'name: x\n')[0] ?? '', /^1: .*needs "messages"/);
    assert.match(
      problems('a.prompt.yml', 'messages:\n - role: tool\n   content: x\n')[0] ?? '',
      /Message 1 needs a "role"/,
    );
    assert.match(problems('a.prompt.yml', 'a: b: c')[0] ?? '', /^1: The file is not valid YAML/);
    assert.deepEqual(problems('a.prompt.yml', text.replace('0.5', 'warm')), [
      '4: "candidates.temperature" must be a number from 0 to 2, not "warm".',
    ]);
  });
});

describe('the documentation of formats', () => {
  it('has every key of our own block', () => {
    const documented = readFileSync(join(root, 'docs/formats.md'), 'utf8');
    assert.deepEqual(
      candidateKeys.filter((key) => !documented.includes(`| \`${key}\` |`)),
      [],
    );
  });

  it('are read with sentences that need quotes and have none, which is told', () => {
    const text = '---\nname: cards\ndescription: Use it for: cards, as in "@ab: c"\n---\nWrite {{ n }} cards.\n';
    for (const path of ['a/SKILL.md', 'a.prompt.md', 'a.prompty']) {
      const prompt = read(path, text);
      assert.match(
        hintsOf(prompt),
        /^3: This line is read as it stands, which strict YAML forbids: put its text in quotes\.$/m,
      );
      assert.equal(prompt.messages[0]?.line, 5);
    }
    assert.match(problems('a.prompt.md', '---\ndescription: a: b\ncandidates: [\n---\nA').join(), /front matter/);
    assert.match(problems('a.prompt.md', '---\nmodel: a: b\n---\nA').join(), /^2: /);
  });

  it('are refused for no sentence in a line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (sentence) => {
        fc.pre(/^\S[^\p{C}\p{Z}]*$/u.test(sentence.replaceAll(' ', '')) && !/^[|>]/.test(sentence));
        const text = (description: string): string =>
          `---\ndescription: ${description}\ncandidates: { count: 3 }\n---\nA`;
        assert.equal(read('a/SKILL.md', text(sentence)).count, 3);
        assert.equal(read('a/SKILL.md', text(`${sentence}: b`)).count, 3);
      }),
    );
  });
});
