import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  completionsAt,
  type Completion,
  type Completions,
  type Known,
} from '../../../../src/prompts/help/completions.ts';
import { filterNotes, middleTags, tagNotes } from '../../../../src/prompts/help/filterNotes.ts';
import { folderAt, helpPlaceAt } from '../../../../src/prompts/help/helpPlace.ts';
import { hoveredAt } from '../../../../src/prompts/help/hover.ts';
import { valueNames } from '../../../../src/prompts/help/valueNames.ts';
import { readPrompt } from '../../../../src/prompts/formats/formats.ts';
import { liquid } from '../../../../src/prompts/liquid.ts';

const known: Known = {
  models: ['demo/sampler', 'local/llama3:8b', 'local/a, b'],
  files: [
    { name: 'products.csv', isFolder: false },
    { name: 'other rows.json', isFolder: false },
    { name: 'tone.md', isFolder: false },
    { name: 'mug.png', isFolder: false },
    { name: 'notes', isFolder: true },
    { name: '.git', isFolder: true },
    { name: 'node_modules', isFolder: true },
  ],
  names: {
    names: new Map([
      ['product', { kind: 'row', value: { name: 'Mug', price: 5 } }],
      ['Unit price', { kind: 'row', value: '5' }],
      ['tone', { kind: 'asked', description: 'How it sounds' }],
    ]),
    columns: ['product', 'Unit price'],
    mayHaveMore: false,
  },
};

/** @param marked a text with `^` where the person is */
function completions(marked: string, path = 'a.prompt.md', has = known): Completions | undefined {
  const offset = marked.indexOf('^');
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  const place = helpPlaceAt(path, text, offset);
  return place && completionsAt(place, has);
}

function labels(marked: string, path?: string): readonly string[] {
  return completions(marked, path)?.items.map(({ label }) => label) ?? [];
}

/** The text with the first of its completions that has a label. */
function chosen(marked: string, label: string, path?: string): string {
  const found = completions(marked, path);
  const item = found?.items.find((each) => each.label === label);
  assert.ok(found && item, `${label} is none of ${labels(marked, path).join(', ')}`);
  const text = marked.replace('^', '');
  return text.slice(0, found.from) + item.insert + text.slice(found.end);
}

const matter = (settings: string): string => `---\n${settings}\n---\nHi\n`;

describe('keys of the front matter that are offered', () => {
  for (const [about, text, some, none, path] of [
    ['at the top', '^', ['model', 'inputs', 'candidates', 'temperature'], ['count', 'agent', 'diversity']],
    ['below others', 'model: a\n^\ncandidates: {}', ['inputs'], ['model', 'candidates']],
    ['in the block candidates', 'candidates:\n  count: 5\n  ^', ['data', 'budget', 'top_p'], ['count', 'inputs']],
    ['in the middle of a word', 'candidates:\n  bu^d\n', ['budget'], ['model_']],
    ['in a block in it', 'candidates:\n  data:\n    file: a.csv\n    ^', ['key', 'limit'], ['file', 'count']],
    ['in a budget', 'candidates:\n  budget:\n    ^', ['requests', 'tokens', 'cost'], ['count']],
    ['in braces', 'candidates: { count: 5, ^ }', ['data', 'models'], ['count']],
    ['in braces over lines', 'candidates: {\n  data: { file: a.csv,\n    ^', ['key'], ['file', 'count']],
    ['for a declared input', 'inputs:\n  product:\n    ^', ['description', 'default', 'required'], ['count']],
    ['in a schema', 'candidates:\n  schema:\n    properties:\n      a:\n        ^', ['type', 'enum'], ['count']],
    ['behind a block', 'candidates:\n  count: 5\n^', ['model'], ['candidates', 'data']],
    ['before a broken line', '^\n: [ {\n', ['model'], []],
    ['in braces that nobody closes', 'candidates: { count: 5, ^\nmodel: a', ['data'], ['count']],
    ['of a skill', 'metadata:\n  candidates:\n    ^', ['count'], ['name'], 'a/SKILL.md'],
    ['of a prompty', 'model:\n  parameters:\n    ^', ['max_tokens', 'temperature'], ['count'], 'a.prompty'],
    ['of a list of inputs', 'inputs:\n  - ^', ['name', 'default'], ['count'], 'a.prompty'],
  ] as const) {
    it(`are those that fit ${about}`, () => {
      const offered = labels(matter(text), path);
      assert.deepEqual(
        some.filter((each) => !offered.includes(each)),
        [],
        offered.join(', '),
      );
      assert.deepEqual(
        none.filter((each) => offered.includes(each)),
        [],
      );
    });
  }

  it('are those of messages in a file of GitHub Models', () => {
    assert.deepEqual(labels('messages:\n  - role: user\n    ^', 'a.prompt.yml'), ['content']);
    assert.deepEqual(labels('messages:\n- role: user\n  content: a\n- ^', 'a.prompt.yml'), ['role', 'content']);
    assert.ok(labels('modelParameters:\n  ^', 'a.prompt.yaml').includes('topP'));
    assert.ok(labels('messages:\n- role: user\n^', 'a.prompt.yml').includes('model'));
  });

  for (const [about, text] of [
    ['in the text of a description', 'description: a ^'],
    ['in a text over lines', 'description: |\n  Some ^\n'],
    ['in a comment', '# ^'],
    ['deeper than its neighbours', 'candidates:\n  count: 5\n    ^'],
    ['between two columns', 'candidates:\n  count: 5\n ^'],
    ['among names of inputs', 'inputs:\n  ^'],
    ['in the block of somebody else', 'other:\n  ^'],
  ] as const) {
    it(`are none ${about}`, () => {
      assert.deepEqual(labels(matter(text)), []);
    });
  }

  it('bring what comes behind them', () => {
    assert.equal(chosen(matter('cand^'), 'candidates'), matter('candidates:\n  '));
    assert.equal(chosen(matter('mo^'), 'model'), matter('model: '));
    assert.equal(chosen(matter('mo^: a'), 'model'), matter('model: a'));
    assert.equal(chosen(matter('candidates: {^}'), 'data'), matter('candidates: {data: }'));
    assert.equal(chosen('mess^', 'messages', 'a.prompt.yml'), 'messages:\n  - ');
  });

  it('go to where the front matter has no end yet', () => {
    assert.ok(labels('---\n^').includes('candidates'));
    assert.ok(labels('---\r\nmodel: a\r\n^\r\n').includes('candidates'));
    assert.ok(labels('\ufeff---\r\n^\r\n---\r\nHi').includes('candidates'));
  });
});

describe('values that are offered', () => {
  for (const [about, text, label, expected] of [
    ['a model', 'model: ^', 'demo/sampler', 'model: demo/sampler'],
    ['a model right behind the colon', 'model:^', 'demo/sampler', 'model: demo/sampler'],
    ['a model in quotes', 'model: "de^"', 'demo/sampler', 'model: "demo/sampler"'],
    ['a model with a colon', 'model: lo^', 'local/llama3:8b', 'model: local/llama3:8b'],
    ['a model that needs quotes', 'model: lo^', 'local/a, b', 'model: "local/a, b"'],
    [
      'a model in a list',
      'candidates: { models: [a, ^] }',
      'demo/sampler',
      'candidates: { models: [a, demo/sampler] }',
    ],
    ['a model below', 'candidates:\n  models:\n    - ^', 'demo/sampler', 'candidates:\n  models:\n    - demo/sampler'],
    ['yes or no', 'enable_thinking: t^', 'true', 'enable_thinking: true'],
    ['an effort', 'candidates:\n  reasoning_effort: ^', 'low', 'candidates:\n  reasoning_effort: low'],
    ['an effort in braces', 'candidates: {reasoning_effort: ^}', 'low', 'candidates: {reasoning_effort: low}'],
    ['a delimiter', 'candidates:\n  data:\n    delimiter: ^', '";"', 'candidates:\n  data:\n    delimiter: ";"'],
    [
      'a delimiter in quotes',
      "candidates: { data: { delimiter: '^' } }",
      ';',
      "candidates: { data: { delimiter: ';' } }",
    ],
    ['a data file', 'candidates:\n  data: pro^', 'products.csv', 'candidates:\n  data: products.csv'],
    [
      'a data file in a block',
      'candidates: { data: { file: ^ } }',
      'products.csv',
      'candidates: { data: { file: products.csv } }',
    ],
    ['a folder', 'candidates:\n  data: ^', 'notes/', 'candidates:\n  data: notes/'],
    [
      'a file of a folder',
      'candidates:\n  data: notes/^',
      'notes/products.csv',
      'candidates:\n  data: notes/products.csv',
    ],
    ['a schema', 'candidates:\n  schema: ^', 'other rows.json', 'candidates:\n  schema: other rows.json'],
    ['a picture', 'candidates:\n  attach:\n    - ^', 'mug.png', 'candidates:\n  attach:\n    - mug.png'],
    ['a column', 'candidates:\n  promptBy: ^', 'Unit price', 'candidates:\n  promptBy: Unit price'],
    [
      'a column of a filter',
      'candidates:\n  data:\n    filter: pro^',
      'product',
      'candidates:\n  data:\n    filter: product',
    ],
    ['a variable in a path', 'candidates:\n  attach: "{{ to^"', 'tone', 'candidates:\n  attach: "{{ tone"'],
    ['a name of an output', 'candidates:\n  output: a/${in^}.md', 'index', 'candidates:\n  output: a/${index}.md'],
    ['a cell in an output', 'candidates:\n  output: "${^', 'row.product', 'candidates:\n  output: "${row.product}'],
  ] as const) {
    it(`are ${about}`, () => {
      assert.equal(chosen(matter(text), label), matter(expected));
    });
  }

  it('are files of the right kind', () => {
    assert.deepEqual(labels(matter('candidates:\n  schema: ^')), ['other rows.json', 'notes/']);
    assert.deepEqual(labels(matter('candidates:\n  attach: ^')), ['mug.png', 'notes/']);
  });

  it('ask for files of the folder that is written, and of none above', () => {
    const folder = (marked: string): string | undefined => {
      const offset = marked.indexOf('^');
      const place = helpPlaceAt('a.prompt.md', marked.replace('^', ''), offset);
      return place && folderAt(place);
    };
    assert.equal(folder(matter('candidates:\n  data: ^')), '');
    assert.equal(folder(matter('candidates:\n  data: notes/old/a^')), 'notes/old/');
    assert.equal(folder('See #file:notes/^'), 'notes/');
    assert.equal(folder(matter('candidates:\n  data: ../^')), undefined);
    assert.equal(folder('See #file:../^'), undefined);
    assert.equal(folder(matter('candidates:\n  data: /etc/^')), undefined);
    assert.equal(folder(matter('model: ^')), undefined);
  });

  it('are none behind a whole value', () => {
    assert.deepEqual(labels(matter('model: a ^')), []);
    assert.deepEqual(labels(matter('candidates: { data: { file: a.csv } ^')), []);
  });
});

describe('what is offered in the text of a prompt', () => {
  for (const [about, text, label, expected] of [
    ['a variable', 'For {{ pr^ }}.', 'product', 'For {{ product }}.'],
    ['a variable that is no word', 'For {{ ^', 'Unit price', 'For {{ ["Unit price"]'],
    ['a member', 'For {{ product.^ }}', 'price', 'For {{ product.price }}'],
    ['a filter', '{{ tone | up^ }}', 'upcase', '{{ tone | upcase }}'],
    ['an argument of a filter', '{{ tone | append: ^ }}', 'tone', '{{ tone | append: tone }}'],
    ['a tag', '{% i^ %}', 'if', '{% if %}'],
    ['an end', '{% if a %}x{% ^', 'endif', '{% if a %}x{% endif'],
    ['a variable of a condition', '{% if ^ %}', 'tone', '{% if tone %}'],
    ['what is compared', '{% if tone == ^ %}', 'product', '{% if tone == product %}'],
    ['a list to go through', '{% for x in ^ %}', 'product', '{% for x in product %}'],
    ['an entry of a loop', '{% for x in product %}{{ ^', 'x', '{% for x in product %}{{ x'],
    ['what a loop knows', '{% for x in product %}{{ forloop.^', 'last', '{% for x in product %}{{ forloop.last'],
    ['a name of the editor', 'In ${fi^', 'file', 'In ${file}'],
    ['an input', 'In ${^}', 'input:', 'In ${input:}'],
    ['the name of an input', 'In ${input:^', 'tone', 'In ${input:tone}'],
    ['a file', 'As in #file:to^', 'tone.md', 'As in #file:tone.md'],
    ['a file in quotes', "As in #file:'oth^'", 'other rows.json', "As in #file:'other rows.json'"],
    ['a file that needs quotes', 'As in #file:oth^', 'other rows.json', "As in #file:'other rows.json'"],
    ['a role', 'us^', 'user:', 'user: '],
  ] as const) {
    it(`is ${about}`, () => {
      assert.equal(chosen(text, label), expected);
    });
  }

  it('is a template in a message of GitHub Models', () => {
    const text = 'messages:\n  - role: user\n    content: |\n      About {{ ^ }}\n';
    assert.ok(labels(text, 'a.prompt.yml').includes('product'));
    assert.ok(labels('messages: [{ role: user, content: "{{ tone | ^" }]', 'a.prompt.yml').includes('upcase'));
  });

  for (const [about, text] of [
    ['in plain words', 'Write about ^'],
    ['in a text in quotes', '{{ "to^" }}'],
    ['between {% raw %} and {% endraw %}', '{% raw %}{{ to^'],
    ['behind a whole output', '{{ tone }}^'],
    ['behind a variable and a space', '{{ tone ^'],
    ['for the name that is given', '{% assign ^'],
    ['in a fence, of roles', '```\nus^'],
    ['in a sentence, of roles', 'us^ers are'],
    ['in a fence, of files', '```\n#file:^\n```'],
  ] as const) {
    it(`is nothing ${about}`, () => {
      assert.deepEqual(labels(text), []);
    });
  }

  it('shows the value that a variable has, on one line', () => {
    const names = { ...known.names, names: new Map([['a', { kind: 'row' as const, value: 'x\n'.repeat(200) }]]) };
    const [item] = completions('{{ ^', 'a.prompt.md', { ...known, names })?.items ?? [];
    assert.match(item?.detail ?? '', /^(?:x )+x?…$/);
  });
});

describe('what is told of filters and tags', () => {
  it('is told of each filter that there is', () => {
    assert.deepEqual(Object.keys(filterNotes).sort(), Object.keys(liquid.filters).sort());
  });

  it('is told of tags that there are', () => {
    const names = [...Object.keys(tagNotes), ...Object.keys(middleTags)];
    assert.deepEqual(
      names.filter((name) => !Object.hasOwn(liquid.tags, name)),
      [],
    );
  });
});

const samples: readonly (readonly [string, string])[] = [
  [
    'a.prompt.md',
    [
      '---',
      'description: |',
      '  Taglines, {{ not }} a template',
      'model: "demo/sampler" # the best',
      'inputs:',
      '  product: { name: Mug, price: 5 }',
      "  'a b': { description: What, required: false }",
      'candidates:',
      '  models: [demo/a, "b"]',
      '  data: { file: products.csv, key: sku, filter: \'type == "brand"\' }',
      '  output: "x/${promptName}/${row.sku}.md"',
      '  schema:',
      '    type: object',
      '    properties: { a: { type: string } }',
      '  attach:',
      '    - pictures/{{ image }}.png',
      '  budget:',
      '    cost: 2',
      '---',
      'system: You are {{ tone | default: "kind" | upcase }}.',
      '',
      'user: {% for x in products %}{{ forloop.index }}. {{ x.name }} {% if x == tone %}!{% endif %}{% endfor %}',
      'As in ${file} and ${input:who:Whom?} #file:tone.md `{{ code }}` {% raw %}{{ a }}{% endraw %}',
      '```js',
      'user: {{ a }}',
      '```',
    ].join('\n'),
  ],
  ['a/SKILL.md', '---\r\nname: a\r\nmetadata:\r\n  candidates: { count: 2 }\r\n---\r\n[x](y.md) {{ a }}\r\n'],
  [
    'a.prompty',
    '---\nname: R\nmodel:\n  id: a\n  parameters: { max_tokens: 5 }\ninputs:\n  - name: a\n    default: b\n---\nsystem:\nHi {{ a }}\n',
  ],
  [
    'a.prompt.yml',
    'name: G\nmessages:\n- role: system\n  content: >-\n    You {{ a | upcase }}\n- { role: user, content: "{{ b }}" }\nmodelParameters:\n  topP: 1\ntestData:\n  - b: 1\n',
  ],
];

/** What a completion leads to is what it said. */
function checkFits(path: string, text: string, { from, end }: Completions, item: Completion): void {
  const after = text.slice(0, from) + item.insert + text.slice(end);
  switch (item.kind) {
    case 'key':
    case 'filter': {
      const found = hoveredAt(path, after, from + item.insert.search(/\S/));
      assert.equal(found?.kind, item.kind, JSON.stringify({ after, item }));
      assert.equal(found.name, item.label);
      return;
    }
    case 'role':
      assert.equal(after.slice(from, from + item.label.length), item.label);
      return;
    case 'value':
    case 'model':
    case 'file':
    case 'folder':
    case 'variable':
    case 'tag':
  }
}

describe('help while writing', () => {
  const written = fc.constantFrom(...samples).chain(([path, text]) =>
    fc.record({
      path: fc.constant(path),
      text: fc.oneof(
        fc.nat(text.length).map((end) => text.slice(0, end)),
        fc.tuple(fc.nat(text.length), fc.nat(text.length)).map(([a, b]) => text.slice(0, a) + text.slice(b)),
        fc.nat(text.length).map((at) => `${text.slice(0, at)}\n${text.slice(at)}`),
        fc
          .tuple(
            fc.nat(text.length),
            fc.constantFrom('{', '}', '[', '"', "'", ': ', '- ', '{{ ', '{% ', '|', '\t', '#', '${'),
          )
          .map(([at, more]) => text.slice(0, at) + more + text.slice(at)),
      ),
      place: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  );

  it('never fails, and offers only what fits, wherever a text is cut and whoever asks where', () => {
    fc.assert(
      fc.property(written, ({ path, text, place }) => {
        const offset = Math.round(place * text.length);
        const found = helpPlaceAt(path, text, offset);
        hoveredAt(path, text, offset);
        if (!found) return;
        folderAt(found);
        const all = completionsAt(found, known);
        const { from, to, end, items } = all;
        assert.ok(
          0 <= from && from <= to && to === offset && to <= end && end <= text.length,
          JSON.stringify({ from, to, end, text }),
        );
        assert.ok(!/[\r\n]/.test(text.slice(from, end)), JSON.stringify({ text, from, end }));
        for (const item of items) checkFits(path, text, all, item);
      }),
      { numRuns: 5000 },
    );
  });

  it('never fails at any text at all', () => {
    const pieces = fc.constantFrom(
      '---\n',
      '\n',
      ' ',
      '  ',
      '- ',
      'a',
      ': ',
      ':',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '#',
      '|',
      '\\',
      '\r\n',
      '{{',
      '}}',
      '{%',
      '%}',
      '${',
      '#file:',
      'candidates',
    );
    fc.assert(
      fc.property(
        fc.constantFrom('a.prompt.md', 'a.prompt.yml', 'a.prompty', 'SKILL.md'),
        fc.array(fc.oneof(pieces, fc.string({ maxLength: 4 })), { maxLength: 30 }).map((each) => each.join('')),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (path, text, place) => {
          const offset = Math.round(place * text.length);
          hoveredAt(path, text, offset);
          const found = helpPlaceAt(path, text, offset);
          if (found) completionsAt(found, known);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('looks at no text that is too long to be read at every keystroke', () => {
    assert.equal(helpPlaceAt('a.prompt.md', '{{ '.padEnd(100_001), 3), undefined);
  });
});

describe('names with their values', () => {
  function names(text: string, row?: Readonly<Record<string, unknown>>): unknown {
    const read = readPrompt('a.prompt.md', text);
    assert.ok(read.ok);
    const { names: found, columns, mayHaveMore } = valueNames(read.value, row);
    return { ...Object.fromEntries(found), columns, mayHaveMore };
  }

  it('are those of inputs, the first row and what is spread over the candidates', () => {
    const text =
      '---\ninputs: { a: 1, b: { description: B }, c: { description: C, required: false } }\n' +
      'candidates: { data: x.csv, vary: { v: [1, 2] } }\n---\nHi\n';
    assert.deepEqual(names(text), {
      a: { kind: 'input', value: 1 },
      b: { kind: 'asked', description: 'B' },
      c: { kind: 'optional', description: 'C' },
      v: { kind: 'vary', values: [1, 2] },
      columns: [],
      mayHaveMore: true,
    });
    assert.deepEqual((names(text, { a: 2 }) as { a: unknown }).a, { kind: 'row', value: 2 });
  });

  it('are those of rows in the file itself', () => {
    assert.deepEqual(names('---\ncandidates: { data: [{ a: 1 }] }\n---\nHi\n'), {
      a: { kind: 'row', value: 1 },
      columns: ['a'],
      mayHaveMore: false,
    });
  });
});
