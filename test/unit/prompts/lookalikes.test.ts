import assert from 'node:assert/strict';
import fc from 'fast-check';
import { splitRoles } from '../../../src/prompts/roles.ts';
import { compileTemplates, renderMessages } from '../../../src/prompts/template.ts';
import { problemsOf, valueOf } from './support.ts';

const inputs = { product: 'Mug', price: 12, 'Product Name': 'Big mug', items: ['a', 'b'], 'a.b': 'dotted' };

function compile(body: string) {
  return compileTemplates({ path: 'a.prompt.md', messages: splitRoles(body, 1), inputs });
}

function rendered(body: string): string {
  return valueOf(renderMessages(valueOf(compile(body)), inputs))[0]!.content;
}

/** What is hinted at, as it stands in the text. */
function hinted(body: string): string[] {
  return valueOf(compile(body)).hints.map(({ line, column, endColumn, message }) => {
    assert.match(message, /^[^\n]+\.$/);
    return (body.split('\n')[line! - 1] ?? '').slice(column! - 1, endColumn === undefined ? undefined : endColumn - 1);
  });
}

const lookalikes: Readonly<Record<string, readonly string[]>> = {
  'GitHub Actions': ['${{ github.ref }}', 'run: echo ${{ secrets.KEY || "none" }}', '${{ matrix.os }}'],
  JSX: ["<p style={{ color: 'red' }} />", '<A {...{{...props}}} />', 'onClick={{ () => go(1) }}'],
  LaTeX: ['{{\\bf x}}', '\\frac{{a}}{{b}}', 'x^{{2}} and x^{{n}}', '\\newcommand{\\x}{%\n  text}', '\\textbf{{x}}'],
  Handlebars: ['{{#each rows}}- {{this}} {{name}}{{else}}none{{/each}}', '{{> partial}}', '{{{raw}}}', '{{! note }}'],
  Jinja: ['{% set x = 1 %}', '{% macro m() %}x{% endmacro %}', '{% extends "base" %}'],
  Vue: ['{{ a ? b : c }}', '{{ a && b }}', '{{ fn(x) }}', '{{ a + 1 }}'],
  Go: ['{{ .Values.image }}', '{{- .Chart.Name }}'],
  C: ['int a[2][2] = {{1,2},{3,4}};'],
  'inline code': ['`{{ foo }}`', '``{{ foo }} ` ``', '`{% if %}` and `{% endif %}`', '`{% raw %}`', '`{{`'],
  'a fence': [
    '```\n{{ foo }} {{ foo.bar | upcase }}\n```',
    '~~~liquid\n{% for i in nothing %}{{ i }}{% endfor %}\n~~~',
    '```\n{% unknown %} {% endif %} {{ a | nofilter }}\n{{ never closed\n```',
  ],
  'a brace that nothing closes': ['if (a) {{ return 1;\n}', 'a {% b'],
};

describe('code that only looks like a template', () => {
  for (const [language, texts] of Object.entries(lookalikes)) {
    for (const text of texts) {
      it(`stays as it is, with a hint: ${language}, ${JSON.stringify(text)}`, () => {
        assert.equal(rendered(text), text);
        assert.ok(hinted(text).length > 0);
      });
    }
  }

  it('stays as it is whatever stands around it, and names with a value are filled in', () => {
    const all = Object.values(lookalikes).flat();
    const piece = fc.oneof(
      fc.constantFrom(...all).map((text) => [text, text] as const),
      fc.constantFrom(['{{ product }}', 'Mug'], ['{{ price }}', '12'], ['words', 'words'] as const),
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        // A paragraph each: code ends there. What nothing closes is closed by the next one.
        const open = pieces.filter(([text]) => /\{%$|\{% b$|\{\{ return|\{%\n/.test(text)).length;
        fc.pre(open === 0);
        const body = pieces.map(([text]) => text).join('\n\n');
        assert.equal(rendered(body), pieces.map(([, text]) => text).join('\n\n'));
      }),
    );
  });

  it('is told with its place', () => {
    assert.deepEqual(hinted('{{ product }}\nuser: x ${{ github.ref }}'.replace('user: ', '')), ['{{ github.ref }}']);
    const [hint] = valueOf(compile('user: `{{ foo }}`')).hints;
    assert.deepEqual([hint!.line, hint!.column, hint!.endColumn], [1, 8, 17]);
    assert.match(hint!.message, /stands in code and "foo" has no value/);
  });
});

describe('names that have a value', () => {
  for (const [text, expected] of [
    ['costs ${{ price }}', 'costs $12'],
    ['{"name":{{{ product }}}}', '{"name":{Mug}}'],
    ['\\textbf{{product}}', '\\textbfMug'],
    ['`{{ product }}`', '`Mug`'],
    ['```\n{{ product }} {% for i in items %}{{ i }}{% endfor %}\n```', '```\nMug ab\n```'],
    [
      '{% for i in items %}\n```{{ i }}\n{{ i }} {{ j }}\n```\n{% endfor %}',
      '```a\na {{ j }}\n```\n\n```b\nb {{ j }}\n```',
    ],
    ['{{#if x}}{{product}}{{/if}}', '{{#if x}}Mug{{/if}}'],
    ['{{ Product Name }} {{ a.b }}', 'Big mug dotted'],
    ['a {{- product -}} b', 'aMugb'],
    ['a {{- Product Name -}} b', 'aBig mugb'],
    ['{{ "a }} b" }} {{ "{{ x" }}', 'a }} b {{ x'],
    ["{{ don't {{ product }}", "{{ don't Mug"],
    ['{% comment %}{{ no } {% what %}{% endcomment %}{{ product }}', 'Mug'],
    ['a {%- raw -%} {{ x }} {%- endraw -%}  b', 'a {{ x }} b'],
  ] as const) {
    it(`are filled in: ${JSON.stringify(text)}`, () => assert.equal(rendered(text), expected));
  }
});

describe('what is no code but wrong', () => {
  for (const [text, column, endColumn, message] of [
    ['a {{ product name }}', 3, 21, /"product name" is no variable.*write \{\{ \["Product Name"\] \}\}/],
    ['{{ Product Name | upcase }}', 1, 28, /must be in brackets .*: write \{\{ \["Product Name"\] \| upcase \}\}\.$/],
    ['{{Product Name.first}}', 1, 23, /must be in brackets .*: write \{\{ \["Product Name"\]\.first \}\}\.$/],
    ['{{ product name|upcase }}', 1, 26, /"product name" is no variable.*write \{\{ \["Product Name"\]\|upcase \}\}/],
    ['{{ Your Town | upcase }}', 1, 25, /"Your Town" is no variable.*write \{\{ Your_Town \| upcase \}\}/],
    ['{% if Product Name == "A" %}a{% endif %}', 1, 29, /no operator.*: write \{% if \["Product Name"\] == "A" %\}\.$/],
    ['{% if product and %}a{% endif %}', 1, 21, /cannot be read, because an operator lacks a value: correct it\.$/],
    [
      '{% if product == "a" && price %}a{% endif %}',
      23,
      30,
      /neither a filter after "\|" nor an operator such as "=="/,
    ],
    ['{% if product is defined %}a{% endif %}', 1, 28, /no operator, such as "==", between two values: correct it\.$/],
    ['{{ product ? 1 : 2 }}', 1, 22, /^This is not valid Liquid/],
    ['{{ product | shout }}', 1, 22, /^Liquid has no filter "shout"/],
    ['a {{ product', 3, 13, /^This is not valid Liquid: output .* not closed/],
    ['{% if product %}a{% elif price %}b{% endif %}', 18, 34, /is not Liquid: write \{% elsif price %\}\.$/],
    ['a {% foo %}', 3, 12, /^This is not valid Liquid: tag "foo" not found/],
    ['{% if a', 1, 8, /^This is not valid Liquid: tag .* not closed/],
    ['{% for x %}{% endfor %}', 1, 12, /^This is not valid Liquid/],
  ] as const) {
    it(`is told with its columns: ${text}`, () => {
      const [problem] = problemsOf(compile(text));
      assert.match(problem!.message, message);
      assert.deepEqual([problem!.line, problem!.column, problem!.endColumn], [1, column, endColumn]);
    });
  }

  it('is all told at once', () => {
    assert.equal(problemsOf(compile('{{ product name }}\n{% foo %}\nuser: {{ a | b }}')).length, 3);
  });
});

describe('a name without a value', () => {
  const told = (text: string) => problemsOf(renderMessages(valueOf(compile(text)), inputs))[0]!;

  it('is told with its columns and the nearest one that there is', () => {
    const { line, column, endColumn, message } = told('system: a\nuser: for {{ prodct }}');
    assert.deepEqual([line, column, endColumn], [2, 14, 20]);
    assert.match(message, /^The variable "prodct" has no value: write \{\{ product \}\} if that is meant/);
    assert.doesNotMatch(told('{{ zebra }}').message, /if that is meant/);
  });

  it('is told of a property too', () => {
    assert.match(told('{{ price.net }}').message, /it has no names in it, so take \{\{ price \}\}/);
  });
});
