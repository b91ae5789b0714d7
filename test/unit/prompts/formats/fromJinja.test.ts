import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromJinja } from '../../../../src/prompts/formats/fromJinja.ts';
import { compileTemplates, renderMessages } from '../../../../src/prompts/template.ts';
import { valueOf } from '../support.ts';

const values: Readonly<Record<string, unknown>> = {
  name: 'Ada',
  none_yet: '',
  no_items: [],
  yes: true,
  items: [{ name: 'a' }, { name: 'b' }],
  prices: { tea: 3, milk: 2 },
};

/** What a service gets of a template of Jinja. */
function rendered(jinja: string): string {
  const messages = [{ role: 'user' as const, template: fromJinja(`>${jinja}`), line: 1 }];
  const prompt = valueOf(compileTemplates({ path: 'a.prompty', messages, inputs: values }));
  const [message] = valueOf(renderMessages(prompt, values));
  return (message?.content ?? '').slice(1);
}

describe('a template of Jinja', () => {
  const says: readonly (readonly [string, string])[] = [
    ['{{ name }}', 'Ada'],
    ['{{name|safe}} {{ name | e }} {{ name|escape|upper }} {{ name | lower() }}', 'Ada Ada ADA ada'],
    ['{{ items | length }} {{ items|count }}', '2 2'],
    ['{{ items | tojson }} {{ items|tojson(indent=0) }}', '[{"name":"a"},{"name":"b"}] [{"name":"a"},{"name":"b"}]'],
    ['{{ items | map(attribute="name") | join(", ") }}', 'a, b'],
    ["{{ name | replace('A', 'O') }} {{ missing | default('x', true) }} {{ missing | d(\"y\") }}", 'Oda x y'],
    ['{% for item in items %}{{ loop.index }}{{ loop.index0 }}{{ item.name }} {% endfor %}', '10a 21b'],
    ['{% for item in items %}{{ item.name }}{% if not loop.last %}, {% endif %}{% endfor %}', 'a, b'],
    ['{% for item in items %}{% if loop.first %}{{ loop.length }}{% endif %}{% endfor %}', '2'],
    ['{% for k, v in prices.items() %}{{ k }}={{ v }} {% endfor %}', 'tea=3 milk=2'],
    ['{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(1, 3) %}{{ i }}{% endfor %}', '01212'],
    ['{% if not name %}a{%- elif yes -%} b {%- else -%}c{% endif %}', 'b'],
    ['{% if none_yet %}a{% else %}b{% endif %}{% if no_items %}a{% else %}b{% endif %}', 'bb'],
    ['{% if not none_yet %}a{% endif %}{% if not no_items %}a{% endif %}{% if not missing %}a{% endif %}', 'aaa'],
    ['{% if name is defined %}a{% endif %}{% if missing is defined %}b{% endif %}', 'a'],
    ['{% if missing is not defined and name is not none %}a{% endif %}', 'a'],
    ['{% if "d" in name %}a{% endif %}', 'a'],
    ['{% if yes == True %}a{% endif %}', 'a'],
    ['{% set title = name | upper %}{{ title }}', 'ADA'],
    ['{{ "a" if yes else "b" }} {{ "a" if none_yet else name|lower }}', 'a ada'],
    ['{{ "True | e if loop.index" }} {# {{ nothing }} #}b', 'True | e if loop.index b'],
    ['{% raw %}{{ a|e }} {# b #}{% endraw %} {# c #}d', '{{ a|e }} {# b #} d'],
    ['a {# never closed', 'a {# never closed'],
  ];
  for (const [jinja, text] of says) {
    it(`says "${text}" with ${jinja}`, () => {
      assert.equal(rendered(jinja), text);
    });
  }

  const parts = ['{#', '#}', '{%', '%}', '{{', '}}', '{% raw %}', '{% endraw %}', '{% for a, b in c.items() %}'];
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(...parts, '\n', ' ', '"', "'", '(', ')', '|', ' if ', ' else ', 'elif ', ' is not '),
      fc.constantFrom('{{ a if b else c }}', '{{ a |\n join(",") }}', '{% if\na %}', '{% set x\n= 1 %}', '- ', 'x'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 30 },
  );

  it('keeps its lines, whatever it is', () => {
    fc.assert(
      fc.property(pieces, (texts) => {
        const jinja = texts.join('');
        assert.equal(fromJinja(jinja).split('\n').length, jinja.split('\n').length);
      }),
      { numRuns: 1_000 },
    );
  });

  it('stays as it is where nothing in it is of Jinja', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('{'));
        assert.equal(fromJinja(text), text);
      }),
    );
  });

  it('is read in time that grows with its length', () => {
    const length = 1_000_000;
    const repeated = ['{#', '{{', '{%', '{{ a', '{{ a|b(', '{% raw %}', '{% if a', '{%-  ', '{{"', '{{ a }}', "{{ '"];
    for (const piece of repeated) {
      const text = piece.repeat(length / 2 / piece.length);
      for (const end of ['', '#}', '}}', '%}']) fromJinja(text + end);
    }
    for (const piece of ['a', ' ', '|', '(', '"', 'a is ', '|e(', 'a.']) {
      fromJinja(`{{${piece.repeat(length / piece.length)}}}`);
      fromJinja(`{{${piece.repeat(1_900 / piece.length)}}}`.repeat(500));
      fromJinja(`{% for ${piece.repeat(1_900 / piece.length)}%}`.repeat(500));
    }
  }).timeout(10_000);
});
