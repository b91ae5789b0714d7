import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parsePromptFile } from '../../../src/prompts/parse.ts';
import { promptName } from '../../../src/candidates/promptName.ts';
import { planItems } from '../../../src/prompts/items.ts';
import { parse, path, problemIn, problemsOf, valueOf } from './support.ts';

function withSettings(...lines: string[]): string {
  return ['---', ...lines, '---', 'Write a tagline.', ''].join('\n');
}

describe('a prompt file', () => {
  it('is one user message and five candidates when it has no front matter', () => {
    const text = '\nWrite a haiku.\n';
    assert.deepEqual(parse(text), {
      path,
      name: 'tagline',
      count: 5,
      models: [],
      parameters: {},
      hints: [],
      inputs: {},
      rows: [{ key: '', label: '', values: {} }],
      messages: [{ role: 'user', template: 'Write a haiku.', line: 2 }],
      hash: createHash('sha256').update(text).digest('hex'),
      actionLine: 2,
    });
  });

  it('takes every setting from its front matter', () => {
    const prompt = parse(`---
name: Taglines
description: Short and sweet
argument-hint: nobody reads this
tools: [search]
inputs:
  product: Coffee
  brand: { default: Morrow, description: Who sells it }
  audience: { description: Who reads it }
  offer: { name: Spring, description: A week of spring prices }
candidates:
  count: 8
  models: [gpt-5-mini, local/llama, gpt-5-mini]
  temperature: 0.9
  max_tokens: 200
  seed: 7
  output: out/\${promptName}/\${index}.md
  priority: 3
---

system: You write.
user: Write.
`);
    assert.equal(prompt.title, 'Taglines');
    assert.equal(prompt.name, 'tagline');
    assert.equal(prompt.description, 'Short and sweet');
    assert.equal(prompt.count, 8);
    assert.deepEqual(prompt.models, ['gpt-5-mini', 'local/llama']);
    assert.deepEqual(prompt.parameters, { temperature: 0.9, maxTokens: 200, seed: 7 });
    assert.equal(prompt.output, 'out/${promptName}/${index}.md');
    assert.equal(prompt.outputLine, 17);
    assert.equal(prompt.priority, 3);
    assert.deepEqual(prompt.inputs, {
      product: 'Coffee',
      brand: 'Morrow',
      offer: { name: 'Spring', description: 'A week of spring prices' },
    });
    assert.deepEqual(prompt.messages, [
      { role: 'system', template: 'You write.', line: 21, column: 9 },
      { role: 'user', template: 'Write.', line: 22, column: 7 },
    ]);
    assert.equal(prompt.actionLine, 1);
  });

  it('reads top-level settings, which the block "candidates" wins over', () => {
    const outer = ['model: [first, second]', 'temperature: 0.2', 'max_tokens: 10', 'seed: 1'];
    const plain = parse(withSettings(...outer));
    assert.deepEqual(plain.models, ['first']);
    assert.deepEqual(plain.parameters, { temperature: 0.2, maxTokens: 10, seed: 1 });

    const inner = parse(withSettings(...outer, 'candidates: { model: mine, temperature: 1 }'));
    assert.deepEqual(inner.models, ['mine']);
    assert.deepEqual(inner.parameters, { temperature: 1, maxTokens: 10, seed: 1 });

    assert.deepEqual(parse(withSettings('model: a', 'candidates: { model: b, models: [c, d] }')).models, ['c', 'd']);
    assert.deepEqual(parse(withSettings('candidates: { models: only }')).models, ['only']);
  });

  it('takes an empty setting as absent and does not mind unknown ones', () => {
    const prompt = parse(
      withSettings('model:', 'temperature:', 'mode: agent', 'candidates:', '  count:', '  cuont: x'),
    );
    assert.equal(prompt.count, 5);
    assert.deepEqual(prompt.models, []);
    assert.deepEqual(prompt.parameters, {});
  });

  it('is the same with CRLF and a byte order mark, but for its hash', () => {
    const unix = withSettings('candidates:', '  count: 3') + 'system: x\n```\nuser: y\n```\n';
    const windows = '\ufeff' + unix.replaceAll('\n', '\r\n');
    const { hash: unixHash, ...unixRest } = parse(unix);
    const { hash: windowsHash, ...windowsRest } = parse(windows);
    assert.deepEqual(windowsRest, unixRest);
    assert.notEqual(windowsHash, unixHash);
  });

  it('may have an empty front matter', () => {
    assert.equal(parse('---\n---\nHello').messages[0]?.line, 3);
    assert.equal(parse('---\n# nothing\n---\nHello').count, 5);
  });

  it('keeps a rule in the body', () => {
    assert.equal(parse('One\n---\nTwo\n---\n').messages[0]?.template, 'One\n---\nTwo\n---');
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['candidates:\n  count: many', '3: "candidates.count" must be a whole number from 1 to 1000, not "many".'],
    ['candidates:\n  count: 0', '3: "candidates.count" must be a whole number from 1 to 1000, not 0.'],
    ['candidates:\n  count: 1001', '3: "candidates.count" must be a whole number from 1 to 1000, not 1001.'],
    ['candidates: { count: 2.5 }', '2: "candidates.count" must be a whole number from 1 to 1000, not 2.5.'],
    ['candidates: 8', '2: "candidates" must be a block of "name: value" lines, indented below it, not 8.'],
    ['x: 1\ntemperature: 3', '3: "temperature" must be a number from 0 to 2, not 3.'],
    ['temperature: .nan', '2: "temperature" must be a number from 0 to 2, not NaN.'],
    ['max_tokens: 0', '2: "max_tokens" must be a whole number of 1 or more, not 0.'],
    ['seed: true', '2: "seed" must be a whole number, not true.'],
    ['candidates:\n  priority: 10', '3: "candidates.priority" must be a whole number from 0 to 9, not 10.'],
    ['model: {api: chat}', '2: "model" must be the name of a model or a list of names, not a block.'],
    [
      'candidates:\n  models: [a, 4]',
      '3: "candidates.models" must be the name of a model or a list of names, not a list.',
    ],
    ['inputs: [a]', '2: "inputs" must be a block of "name: value" lines, indented below it, not a list.'],
    ['description: 5', '2: "description" must be a text, not 5.'],
    ['candidates:\n  output: [a]', '3: "candidates.output" must be a text, not a list.'],
    [
      'candidates:\n  output: ../${index}.md',
      '3: "candidates.output" must stay below the folder of the prompt file: leave out "..".',
    ],
    ['a: 1\na: 2', '3: The front matter is not valid YAML on line 3: a key is there twice.'],
    [
      'a: b: c',
      '2: The front matter is not valid YAML on line 2: a value with ": " in it must be in quotes, and a block under a key must start on its own line.',
    ],
    ['a:\n\tb: 1', '3: The front matter is not valid YAML on line 3: indent with spaces, not with tabs.'],
    ['a: "x', '2: The front matter is not valid YAML on line 2: missing closing quote.'],
    [
      'a: *x',
      '2: The front matter is not valid YAML on line 2: Unresolved alias (the anchor must be set before the alias): x.',
    ],
    ['- a', '2: The front matter must be settings, each on a line such as "description: Product page".'],
  ];
  for (const [settings, problem] of wrong) {
    it(`says what is wrong with ${JSON.stringify(settings)}`, () => {
      assert.equal(problemIn(withSettings(...settings.split('\n'))), problem);
    });
  }

  it('says that it has no text', () => {
    assert.equal(problemIn(' \n'), '1: The prompt has no text: write what should be generated.');
    assert.equal(
      problemIn('---\na: 1\n---\n\nuser:\n'),
      '4: The prompt has no text: write below the front matter what should be generated.',
    );
  });

  it('says that its front matter has no end', () => {
    assert.equal(
      problemIn('---\ndescription: x\nHello'),
      '1: The front matter has no end: put a line "---" below its last setting.',
    );
  });

  it('tells all problems at once, in the order of the lines', () => {
    const problems = problemsOf(
      parsePromptFile(path, '---\ntemperature: hot\ncandidates:\n  count: 0\n  output: /x/${what}\n---\n'),
    );
    assert.deepEqual(
      problems.map((problem) => [problem.file, problem.line]),
      [2, 4, 5, 5, 7].map((line) => [path, line]),
    );
  });

  it('survives references that multiply', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 9; level += 1)
      bomb.push(`b${level}: &${'abcdefghij'[level]!} [${`*${'abcdefghij'[level - 1]!},`.repeat(9)}]`);
    assert.match(problemIn(withSettings(...bomb)), /^2: The front matter is not valid YAML/);
  });

  it('never throws, and never leaves a value that its type forbids', () => {
    const piece = fc.constantFrom(
      '---',
      '\n',
      '\r\n',
      'candidates:',
      '  count: ',
      'user:',
      'system: ',
      '```',
      '{{ a }}',
      '${x}',
      ': ',
      '- ',
      '[',
      '{',
      '"',
      '*a',
      '&a ',
      '\t',
      '3',
      'x',
      '#',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), fc.boolean(), (pieces, framed) => {
        const text = pieces.join('');
        const result = parsePromptFile(path, framed ? `---\n${text}\n---\nbody` : text);
        if (!result.ok) {
          assert.ok(problemsOf(result).length > 0);
          return;
        }
        assert.ok(Number.isInteger(result.value.count) && result.value.count >= 1);
        assert.ok(result.value.messages.length > 0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the name of a prompt', () => {
  it('is the file name without its ending', () => {
    assert.equal(promptName('prompts/tagline.prompt.md'), 'tagline');
    assert.equal(promptName('C:\\work\\Product page.prompt.md'), 'Product page');
    assert.equal(promptName('/a.b/v1.2.md'), 'v1.2');
    assert.equal(promptName('notes'), 'notes');
    assert.equal(promptName('.prompt.md'), 'prompt');
  });
});

describe('the sample workspace', () => {
  const folder = new URL('../../../media/samples/prompts/', import.meta.url);
  const prompts = readdirSync(folder).map((file) =>
    valueOf(parsePromptFile(`prompts/${file}`, readFileSync(new URL(file, folder), 'utf8'))),
  );

  it('has prompts that can be planned as they are', () => {
    const items = valueOf(planItems(prompts, { defaultModel: 'demo', defaultPriority: 5 }));
    const counts = Object.fromEntries(
      prompts.map(({ name }) => [name, items.filter((item) => item.prompt.name === name).length]),
    );
    assert.deepEqual(counts, { haiku: 5, 'product-page': 8, tagline: 5 });
    for (const { messages } of items) {
      assert.ok(messages.every(({ content }) => !/[{}]/.test(content)));
    }
  });

  it('takes the parameters of services under their own names, checked', () => {
    const read = (matter: string) => parsePromptFile('a.prompt.md', `---\n${matter}\n---\nHello\n`);
    const good = read(
      'top_p: 0.5\ncandidates:\n  reasoning_effort: low\n  stop: ["a", "b"]\nthinking: { type: adaptive }',
    );
    assert.ok(good.ok);
    assert.deepEqual(good.value.parameters, {
      top_p: 0.5,
      reasoning_effort: 'low',
      stop: ['a', 'b'],
      thinking: { type: 'adaptive' },
    });
    const bad = read('candidates:\n  top_p: high');
    assert.ok(!bad.ok);
    assert.match(bad.problems[0]?.message ?? '', /"candidates.top_p" must be a number from 0 to 1, not "high"/);
  });

  it('has a line and a sentence for each parameter that is not what it must be', () => {
    const lines = [
      'min_p: 2',
      'logit_bias: { a: 1, b: 200 }',
      'enable_thinking: maybe',
      'max_completion_tokens: 0',
      'verbosity: 3',
      'stop: 1',
    ];
    const bad = problemsOf(parsePromptFile(path, withSettings('candidates:', ...lines.map((line) => `  ${line}`))));
    assert.deepEqual(
      bad.map(({ line, message }) => `${line}: ${message}`),
      [
        '3: "candidates.min_p" must be a number from 0 to 1, not 2.',
        '4: "candidates.logit_bias" must be a block of names with numbers from -100 to 100, not a block.',
        '5: "candidates.enable_thinking" must be true or false, not "maybe".',
        '6: "candidates.max_completion_tokens" must be a whole number of 1 or more, not 0.',
        '7: "candidates.verbosity" must be a word, not 3.',
        '8: "candidates.stop" must be a text or a list of texts, not 1.',
      ],
    );
  });

  it('knows the limit of the output under both names', () => {
    assert.equal(parse(withSettings('max_completion_tokens: 5')).parameters.maxTokens, 5);
    const both = parse(withSettings('candidates:', '  max_completion_tokens: 5', '  max_tokens: 6'));
    assert.deepEqual([both.parameters, both.hints], [{ maxTokens: 6 }, []]);
  });

  it('tells of what it does not know among its own settings, and sends nothing of it', () => {
    const { hints, parameters, count } = parse(
      withSettings(
        'mode: agent',
        'extra: { a: 1 }',
        'candidates:',
        '  count: 2',
        '  top_pp: 0.5',
        '  extra: { tools: [] }',
        `  ${'x'.repeat(60)}: 1`,
      ),
    );
    assert.deepEqual([parameters, count], [{}, 2]);
    const rest =
      'is not known and left alone: check its name, or set it under "extra" of the service in your own settings.';
    assert.deepEqual(
      hints.map(({ file, line, message }) => `${file} ${line} ${message}`),
      [
        `${path} 6 "candidates.top_pp" ${rest}`,
        `${path} 7 "candidates.extra" is left alone: what goes into each call unchecked stands under "extra" of a service in your own settings.`,
        `${path} 8 "candidates.${'x'.repeat(39)}…" ${rest}`,
      ],
    );
  });
});
