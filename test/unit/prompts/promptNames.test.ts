import assert from 'node:assert/strict';
import { promptNames } from '../../../src/prompts/promptNames.ts';
import { templateNames } from '../../../src/prompts/rowExpressions.ts';
import { parse, problemsOf, valueOf } from './support.ts';

describe('names that a prompt asks a record for', () => {
  it('are those that it needs and does not say itself, with their places', () => {
    const text = [
      '---',
      'inputs: { tone: warm, length: { description: how long } }',
      'candidates: { vary: { angle: [price] } }',
      '---',
      'user: Write about {{ word }}, {{ tone }}, {{ length }}, {{ angle }}.',
      '{% for item in card.items %}{{ item }}{% endfor %}{% if level %}x{% endif %}{{ doi | default: "" }}',
    ].join('\n');
    assert.deepEqual(valueOf(promptNames(parse(text), [])), [
      { name: 'word', line: 5, column: 22, endColumn: 26 },
      { name: 'card', line: 6, column: 16, endColumn: 20 },
    ]);
  });

  it('are not looked for in a prompt that cannot be read', () => {
    const [problem] = problemsOf(promptNames(parse('One.\n{% if %} two'), []));
    assert.equal(problem?.line, 2);
  });
});

describe('names in a template over a record', () => {
  const namesIn = (template: string): string[] => {
    const names = templateNames(template);
    if (!names.ok) assert.fail(names.failure);
    return names.value.map(({ name, begin, end, mayBeMissing }) => {
      assert.equal(template.slice(begin, end), name);
      return name + (mayBeMissing ? '?' : '');
    });
  };

  it('have their places in it', () => {
    assert.deepEqual(namesIn('a/{{ b.c }}-{{- d[e].f -}}.txt'), ['b', 'd', 'e']);
    assert.deepEqual(namesIn('{{ a == "x" and (b or not c) }}'), ['a', 'b', 'c']);
    assert.deepEqual(namesIn('{{ a | append: b }}{{ "c" }}{{ 3 }}'), ['a', 'b']);
  });

  it('may be missing before a default, not behind it', () => {
    assert.deepEqual(namesIn('{{ doi | default: title }}'), ['doi?', 'title']);
    assert.deepEqual(namesIn('{{ a | upcase | default: "" }}'), ['a']);
  });

  it('are told why they cannot be read', () => {
    const failures = ['{{ a', '{{ a b }}', '{% if a %}', '{{ a | nothing }}', `{{ ${'a'.repeat(20_001)} }}`].map(
      (template) => {
        const names = templateNames(template);
        return names.ok ? '' : names.failure.slice(0, 40);
      },
    );
    assert.deepEqual(
      failures,
      [
        'a "{{" is not closed by "}}"',
        'there is no operator, such as "==", between two values',
        'tags such as "{% if %}" cannot be used in',
        'there is no filter "nothing" here, but a',
        'it has more than 20000 characters',
      ].map((failure) => failure.slice(0, 40)),
    );
  });
});
