import assert from 'node:assert/strict';
import fc from 'fast-check';
import { modelEdit } from '../../../src/prompts/modelEdit.ts';
import { parsePromptFile } from '../../../src/prompts/parse.ts';

function edited(text: string, model = 'openai/gpt-5-mini', path = 'a.prompt.md'): string {
  const { from, to, text: replacement } = modelEdit(path, text, model);
  return text.slice(0, from) + replacement + text.slice(to);
}

describe('the model that a prompt file names', () => {
  for (const [text, expected] of [
    ['Write.\n', '---\nmodel: openai/gpt-5-mini\n---\nWrite.\n'],
    ['\ufeffWrite.\r\n', '\ufeff---\r\nmodel: openai/gpt-5-mini\r\n---\r\nWrite.\r\n'],
    ['---\ndescription: x\n---\nWrite.\n', '---\nmodel: openai/gpt-5-mini\ndescription: x\n---\nWrite.\n'],
    [
      '---\nmodel: old # mine\ncandidates:\n  count: 3\n---\nWrite.\n',
      '---\nmodel: openai/gpt-5-mini # mine\ncandidates:\n  count: 3\n---\nWrite.\n',
    ],
    ['---\nmodel:\n---\nWrite.\n', '---\nmodel: openai/gpt-5-mini\n---\nWrite.\n'],
    ['---\nmodel: [a, b]\n---\nWrite.\n', '---\nmodel: openai/gpt-5-mini\n---\nWrite.\n'],
    ['---\nmodel: "old"\r\n---\r\nWrite.\n', '---\nmodel: openai/gpt-5-mini\r\n---\r\nWrite.\n'],
    [
      '---\ncandidates:\n  models: [a, b]\n---\nWrite.\n',
      '---\ncandidates:\n  models: [openai/gpt-5-mini]\n---\nWrite.\n',
    ],
    [
      '---\ncandidates:\n  models:\n  - a\n  - b\n  count: 2\n---\nWrite.\n',
      '---\ncandidates:\n  models: [openai/gpt-5-mini]\n  count: 2\n---\nWrite.\n',
    ],
    [
      '---\ncandidates:\n  models:\n    - a\n    - b\n---\nWrite.\n',
      '---\ncandidates:\n  models: [openai/gpt-5-mini]\n---\nWrite.\n',
    ],
    ['---\n---\nWrite.\n', '---\nmodel: openai/gpt-5-mini\n---\nWrite.\n'],
    [
      '---\nmodel: a\ncandidates: { model: b }\n---\nWrite.\n',
      '---\nmodel: a\ncandidates: { model: openai/gpt-5-mini }\n---\nWrite.\n',
    ],
    [
      '---\nname: x\nmetadata:\n  candidates:\n    models: [a]\n---\nWrite.\n',
      '---\nname: x\nmetadata:\n  candidates:\n    models: [openai/gpt-5-mini]\n---\nWrite.\n',
    ],
  ] as const) {
    it(`is put into ${JSON.stringify(text)}`, () => assert.equal(edited(text), expected));
  }

  it('is what is read afterwards, whatever its name and the file', () =>
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\w][\w.:/@ -]{0,30}[\w]$/),
        fc.constantFrom(
          'Write.\n',
          '---\ncandidates:\n  count: 2\n---\nWrite.\n',
          '---\r\nmodel: a\r\ncandidates:\r\n  count: 2\r\n---\r\nWrite.\r\n',
          '---\ncandidates: { count: 2, models: [x, y] }\n---\nWrite.\n',
          '---\ncandidates:\n  models:\n  - x # first\n  - y\n  count: 2\n---\nWrite.\n',
          '---\ndescription: >\n  folded\n  text\nmodel: |\n  old\ntools: []\n---\nWrite.\n',
        ),
        (model, text) => {
          const before = parsePromptFile('a.prompt.md', text);
          const after = parsePromptFile('a.prompt.md', edited(text, model));
          assert.ok(before.ok && after.ok, JSON.stringify(after));
          assert.deepEqual(after.value.models, [model]);
          assert.equal(after.value.count, before.value.count);
          assert.equal(after.value.description, before.value.description);
          // Once more changes nothing.
          assert.equal(edited(edited(text, model), model), edited(text, model));
        },
      ),
    ));

  it('leaves a file that is broken as it is, but for a line', () => {
    const broken = '---\nmodel: [a\n---\nWrite.\n';
    assert.equal(edited(broken), '---\nmodel: openai/gpt-5-mini\nmodel: [a\n---\nWrite.\n');
  });

  it('leaves what another tool calls a model as it is, and names ours in our own block', () => {
    const matter = (...lines: string[]) => ['---', ...lines, '---', 'system:', 'Write.', ''].join('\n');
    const model = ['model:', '  id: gpt-4o', '  connection:', '    kind: key', '    apiKey: ${env:KEY}'];
    const inPrompty = (...lines: string[]) => edited(matter(...lines), undefined, 'a.prompty');
    const ours = 'models: [openai/gpt-5-mini]';
    assert.equal(inPrompty('name: a', ...model), matter(`candidates: { ${ours} }`, 'name: a', ...model));
    assert.equal(
      inPrompty(...model, 'candidates:', '  count: 2'),
      matter(...model, 'candidates:', `  ${ours}`, '  count: 2'),
    );
    assert.equal(
      inPrompty(...model, 'candidates: { count: 2 }'),
      matter(...model, `candidates: { ${ours}, count: 2 }`),
    );
    for (const empty of ['candidates:', 'candidates: {}']) {
      assert.equal(inPrompty(...model, empty), matter(...model, `candidates: { ${ours} }`));
    }
    assert.equal(
      inPrompty(...model, 'metadata:', '  candidates:', '    count: 2'),
      matter(...model, 'metadata:', '  candidates:', `    ${ours}`, '    count: 2'),
    );
    assert.equal(inPrompty('model: gpt-4o'), matter('model: openai/gpt-5-mini'));
    const twice = inPrompty(...model);
    assert.equal(edited(twice, undefined, 'a.prompty'), twice);
  });

  for (const ending of ['prompt.yml', 'prompt.yaml']) {
    it(`is put into the YAML of a .${ending}`, () => {
      const messages = 'messages:\n  - role: user\n    content: |\n      ---\n      Write.\n';
      const inYaml = (text: string) => edited(text, undefined, `a.${ending}`);
      assert.equal(inYaml(messages), `model: openai/gpt-5-mini\n${messages}`);
      assert.equal(inYaml(`---\n${messages}`), `---\nmodel: openai/gpt-5-mini\n${messages}`);
      assert.equal(inYaml(`\ufeffname: x\r\n`), `\ufeffmodel: openai/gpt-5-mini\r\nname: x\r\n`);
      assert.equal(
        inYaml(`name: x\nmodel: openai/gpt-4o # mine\n${messages}`),
        `name: x\nmodel: openai/gpt-5-mini # mine\n${messages}`,
      );
      assert.equal(
        inYaml(`${messages}candidates:\n  models: [a, b]\n`),
        `${messages}candidates:\n  models: [openai/gpt-5-mini]\n`,
      );
    });
  }
});
