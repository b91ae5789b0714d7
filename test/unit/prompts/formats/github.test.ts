import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readGitHubPrompt } from '../../../../src/prompts/formats/github.ts';
import { problemsOf, valueOf } from '../support.ts';

const path = 'prompts/greeting.prompt.yml';

describe('the messages of a prompt file of GitHub Models', () => {
  const styles: Readonly<Record<string, readonly string[]>> = {
    'on the line of its key': ['    content: Greet {{name}}'],
    'in quotes': ['    content: "Greet {{name}}"'],
    'in single quotes': ["    content: 'Greet {{name}}'"],
    'in a block': ['    content: |', '      Greet {{name}}', '        and others', ''],
    'in a block with blank lines before it': ['    content: |-', '', '', '      Greet {{name}}', '', '      twice'],
    'in a block with an indent of its own': ['    content: |1', '     Greet {{name}}'],
    'in a folded block': ['    content: >-', '      Greet {{name}}', '      and others'],
    'as another text': ['    content: &greeting Greet {{name}}'],
  };

  for (const [style, content] of Object.entries(styles)) {
    for (const end of ['\n', '\r\n']) {
      it(`stand where they stand ${style}, with ${JSON.stringify(end)}`, () => {
        const lines = ['# greets', 'messages:', '  - role: system', '    content: x', '  - role: user', ...content];
        const [, message] = valueOf(readGitHubPrompt(path, lines.join(end))).messages;
        assert.ok(message);
        const column = lines[message.line - 1]?.indexOf('Greet {{name}}') ?? -1;
        assert.notEqual(column, -1, `nothing of it is on line ${message.line}`);
        if (message.column !== undefined) assert.equal(message.column, column + 1);
        if (message.indent === undefined) return;
        for (const [at, line] of message.template.split('\n').entries()) {
          assert.equal(lines[message.line - 1 + at]?.slice(line === '' ? 0 : message.indent), line);
        }
      });
    }
  }

  it('are refused one by one, where they stand', () => {
    const text = [
      'messages:',
      '- role: tool',
      '  content: x',
      '- role: user',
      '- just text',
      '- {role: user, content: y}',
    ];
    assert.deepEqual(
      problemsOf(readGitHubPrompt(path, text.join('\n'))).map(({ line }) => line),
      [2, 4, 5],
    );
  });

  it('may be of references', () => {
    const text = 'a: &a { role: user, content: Hi }\nmessages: [*a, { role: user, content: x }]';
    assert.deepEqual(
      valueOf(readGitHubPrompt(path, text)).messages.map(({ template }) => template),
      ['Hi', 'x'],
    );
  });

  it('are told of with the line of YAML that is broken', () => {
    const [problem] = problemsOf(readGitHubPrompt(path, 'messages:\n  - role: user\n    content: a: b'));
    assert.equal(problem?.line, 3);
    assert.match(problem.message, /^The file is not valid YAML on line 3: /);
  });

  it('keep their text in a block, whatever it is', () => {
    const line = fc.stringMatching(/^[\w{}.,:#'" -]{0,20}$/).map((text) => text.trim());
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 6 }), (texts, indent) => {
        fc.pre(texts.some((text) => text !== ''));
        const block = texts.map((text) => (text === '' ? '' : ' '.repeat(2 + indent) + text));
        const file = ['messages:', '- role: user', '  content: |', ...block];
        const [message] = valueOf(readGitHubPrompt(path, file.join('\n'))).messages;
        assert.equal(message?.template, texts.join('\n').trim());
        assert.equal(file[message.line - 1]?.slice((message.column ?? 1) - 1), message.template.split('\n')[0]);
      }),
    );
  });

  it('and their settings may be many', () => {
    const many = Array.from({ length: 9_000 }, (_, at) => `  p${at}: 1`);
    const text = ['modelParameters:', ...many, 'messages: [{ role: user, content: x }]'].join('\n');
    const { hints } = valueOf(readGitHubPrompt(path, text));
    assert.equal(hints.length, 51);
  });
});

describe('the schema of a prompt file of GitHub Models', () => {
  const withSchema = (schema: string): string =>
    ['messages: [{ role: user, content: x }]', 'responseFormat: json_schema', `jsonSchema: ${schema}`].join('\n');

  it('is a text or a block, with its name or without', () => {
    const schemas = ['{ type: object }', '{ name: x, schema: { type: object } }', '\'{ "type": "object" }\''];
    for (const schema of schemas) {
      assert.deepEqual(valueOf(readGitHubPrompt(path, withSchema(schema))).schema, {
        kind: 'inline',
        schema: { type: 'object' },
        line: 3,
      });
    }
  });

  it('is left alone and told of where it is none', () => {
    const deep = `'{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}'`;
    for (const schema of ['x', '[a]', "'{'", deep]) {
      const prompt = valueOf(readGitHubPrompt(path, withSchema(schema)));
      assert.equal(prompt.schema, undefined);
      assert.deepEqual(
        prompt.hints.map(({ line }) => line),
        [3],
      );
    }
  });
});
