import assert from 'node:assert/strict';
import fc from 'fast-check';
import { completionsAt, type Completions } from '../../../../../src/prompts/help/completions.ts';
import { folderAt } from '../../../../../src/prompts/help/helpPlace.ts';
import { momentAt, pipelineHoveredAt, pipelinePlaceAt } from '../../../../../src/runs/pipeline/help/pipelinePlace.ts';
import { pipelineHelpKeys } from '../../../../../src/runs/pipeline/help/pipelineHelpKeys.ts';
import { pipelineSketch } from '../../../../../src/runs/pipeline/help/pipelineSketch.ts';
import { recordSketch, type SketchMaterial } from '../../../../../src/runs/pipeline/help/recordSketch.ts';
import { kindKeys, pipelineKeys } from '../../../../../src/flow/pipelineFile/keys.ts';

const material: SketchMaterial = {
  row: { word: 'tea', links: [{ href: 'a' }] },
  schemas: new Map([
    [
      'references',
      {
        type: 'object',
        properties: {
          items: {
            type: 'array',
            items: { type: 'object', properties: { doi: { type: ['string', 'null'] }, year: { type: 'integer' } } },
          },
        },
      },
    ],
    ['card', null],
  ]),
};

const files = [
  { name: 'card.prompt.md', isFolder: false },
  { name: 'clean.mjs', isFolder: false },
  { name: 'words.csv', isFolder: false },
  { name: 'stages', isFolder: true },
];

/** @param marked a text with `^` where the person is */
function completions(marked: string): Completions | undefined {
  const offset = marked.indexOf('^');
  const text = marked.replace('^', '');
  const place = pipelinePlaceAt(text, offset);
  if (!place) return undefined;
  const sketch = pipelineSketch('a.pipeline.yml', text);
  const names = recordSketch(sketch, material, momentAt(text, sketch, offset));
  return completionsAt(place, {
    ...{ names, lists: names.lists, models: ['demo/demo'], services: ['openalex'] },
    files: folderAt(place) === undefined ? [] : files,
  });
}

function labels(marked: string): readonly string[] {
  return completions(marked)?.items.map(({ label }) => label) ?? [];
}

/** The text with the first of its completions that has a label. */
function chosen(marked: string, label: string): string {
  const found = completions(marked);
  const item = found?.items.find((each) => each.label === label);
  assert.ok(found && item, `${label} is none of ${labels(marked).join(', ')}`);
  const text = marked.replace('^', '');
  return text.slice(0, found.from) + item.insert + text.slice(found.end);
}

function offers(marked: string, ...wanted: readonly string[]): void {
  const found = labels(marked);
  for (const label of wanted) assert.ok(found.includes(label), `${label} is none of: ${found.join(', ')}`);
}

function keepsBack(marked: string, ...unwanted: readonly string[]): void {
  const found = labels(marked);
  for (const label of unwanted) assert.ok(!found.includes(label), `${label} is one of: ${found.join(', ')}`);
}

const source = 'source: { data: words.csv }\n';
const references = `${source}stages:\n  - name: references\n    prompt: references.prompt.md\n`;

describe('what is offered while a pipeline is written', () => {
  it('is every key of an empty file', () => {
    assert.deepEqual(labels('^'), Object.keys(pipelineKeys));
    assert.equal(chosen('sta^', 'stages'), 'stages:\n  - ');
  });

  it('are the keys of a block, without those that are there', () => {
    offers('source:\n  data: a.csv\n  ^', 'key', 'filter', 'delimiter');
    keepsBack('source:\n  data: a.csv\n  ^', 'data', 'files', 'rows', 'watch', 'order');
    offers('source: { files: "*.pdf", ^ }', 'watch', 'order');
    offers('stages:\n  - name: a\n    http:\n      ^', 'url', 'select', 'paging');
    offers('stages:\n  - name: a\n    http: { url: x, paging: { ^', 'next', 'items');
    offers('stages:\n  - name: a\n    gather: { ^ }', 'by', 'size', 'order', 'require');
    offers('deliver:\n  - ^', 'bibtex', 'epub');
    offers('table: { ^ }', 'file', 'columns');
  });

  it('are the kinds of a new stage, and then the keys of its own kind', () => {
    offers('stages:\n  - ^', 'name', ...Object.keys(kindKeys));
    keepsBack('stages:\n  - ^', 'stdin', 'with', 'model');
    offers('stages:\n  - name: a\n    command: [x]\n    ^', 'stdin', 'shell', 'when');
    keepsBack('stages:\n  - name: a\n    command: [x]\n    ^', 'prompt', 'http', 'with', 'model', 'count');
    keepsBack('stages:\n  - name: a\n    each: b.c\n    ^', 'gather');
  });

  it('are the kinds of a delivery, and then the options of its own kind', () => {
    keepsBack('deliver:\n  - ^', 'deck', 'title', 'each');
    offers('deliver:\n  - apkg: a.apkg\n    ^', 'deck', 'front', 'reversed', 'each');
    keepsBack('deliver:\n  - apkg: a.apkg\n    ^', 'epub', 'title', 'cover', 'work');
    offers('deliver: [{ epub: a.epub, ^ }]', 'title', 'cover', 'missing', 'each');
    assert.deepEqual(labels('deliver:\n  - apkg: a.apkg\n    reversed: ^'), ['true', 'false']);
    assert.deepEqual(labels('deliver:\n  - epub: a.epub\n    missing: ^'), ['note', 'leave out']);
    offers(`source: { rows: [{ word: a }] }\ndeliver:\n  - apkg: a.apkg\n    front: ^`, 'word');
  });

  it('is the key in its own stage, whatever the others say', () => {
    const marked = 'stages:\n  - name: a\n    http: { url: [\n  - name: b\n    prompt: x.md\n    co^\n  - name: c\n';
    offers(marked, 'count');
    keepsBack(marked, 'name', 'http');
  });

  it('are values that are known, models, services and files', () => {
    assert.deepEqual(labels('stages:\n  - name: a\n    otherwise: ^'), ['fail', 'keep']);
    assert.deepEqual(labels('source: { watch: ^ }'), ['true', 'false']);
    assert.deepEqual(labels('stages:\n  - service: ^'), ['openalex']);
    assert.deepEqual(labels('stages:\n  - model: ^'), ['demo/demo']);
    assert.deepEqual(labels('stages:\n  - models: [^'), ['demo/demo']);
    assert.deepEqual(labels('source: { data: ^ }'), ['words.csv', 'stages/']);
    assert.deepEqual(labels('stages:\n  - prompt: ^'), ['card.prompt.md', 'stages/']);
    assert.deepEqual(labels('stages:\n  - prompt: { file: ^'), ['card.prompt.md', 'stages/']);
    assert.deepEqual(labels('stages:\n  - module: ^'), ['pdf-text', 'ocr', 'clean.mjs', 'stages/']);
    assert.equal(chosen('stages:\n  - module: ^', 'clean.mjs'), 'stages:\n  - module: ./clean.mjs');
    assert.equal(chosen('stages:\n  - module: ./^', './clean.mjs'), 'stages:\n  - module: ./clean.mjs');
  });

  it('are columns, and what the stages before add', () => {
    const marked = `${references}  - name: meta\n    http: { url: "https://a.example/{{ ^`;
    offers(marked, 'word', 'references', 'key');
    keepsBack(marked, 'meta');
    assert.deepEqual(labels(`${references}  - name: b\n    when: "{{ references.^ }}"\n`), ['items']);
    keepsBack('stages:\n  - name: a\n    when: "{{ ^ }}"\n    prompt: x.md\n  - name: later\n', 'later');
  });

  it('are names wherever a record is read', () => {
    const after = (stage: string): string => `${references}  - name: b\n${stage}`;
    for (const stage of [
      '    command: [echo, "{{ ^"]',
      '    command: [cat]\n    stdin: |\n      Hi {{ ^\n',
      '    http: { url: x, query: { search: "{{ ^ }}" } }',
      '    http:\n      url: x\n      headers:\n        accept-language: "{{ ^ }}"',
      '    http:\n      url: x\n      body:\n        list:\n          - text: "{{ ^ }}"',
      '    module: ocr\n    with: { language: "{{ ^ }}" }',
      '    output: out/{{ ^ }}.md',
      '    prompt: |\n      For {{ ^ }}\n',
      '    key: ^',
      '    gather: { by: ^ }',
    ]) {
      offers(after(stage), 'word');
    }
    offers(after('    command: [x]\n    when: {{ ^'), 'references');
  });

  it('are the fields of an element behind each, and lists to go through', () => {
    offers(`${references}  - name: b\n    each: ^\n`, 'references.items', 'links');
    const inside = `${references}  - name: b\n    each: references.items\n    key: "{{ ^ }}"\n`;
    offers(inside, 'doi', 'year', 'index', 'word');
    keepsBack(`${references}  - name: b\n    each: references.^\n`, 'doi');
  });

  it('are the records behind a gather, and nothing of each', () => {
    const marked = `${references}  - name: b\n    gather: { size: 10 }\n    when: "{{ ^ }}"\n`;
    offers(marked, 'records', 'group', 'missing', 'index');
    keepsBack(marked, 'word', 'references');
  });

  it('are the paths of the record for a table', () => {
    const stages = `${references}  - name: card\n    prompt: card.prompt.md\n    output: a/{{ key }}.md\n`;
    offers(
      `${stages}table: { file: a.csv, columns: [^] }`,
      'word',
      'references.items',
      'card.text',
      'card.file',
      'key',
    );
  });

  it('are filters and tags of templates', () => {
    offers('stages:\n  - key: "{{ doi | ^ }}"', 'default', 'downcase');
    offers('stages:\n  - when: "{% ^ %}"', 'if');
  });

  it('is nothing in comments, names and numbers', () => {
    for (const marked of ['# ^', 'description: ^', 'stages:\n  - name: ^', 'stages:\n  - workers: ^']) {
      assert.deepEqual(labels(marked), [], marked);
    }
  });
});

describe('what the mouse is over in a pipeline', () => {
  /** @param marked a text with `^` where the mouse is */
  function over(marked: string): string | undefined {
    const offset = marked.indexOf('^');
    const found = pipelineHoveredAt(marked.replace('^', ''), offset);
    return found && `${found.kind} ${found.kind === 'value' ? found.path.join('.') : found.name}`;
  }

  for (const [about, marked, expected] of [
    ['a key', 'sta^ges:\n', 'key stages'],
    ['a key of a stage', 'stages:\n  - name: a\n    wh^en: x\n', 'key when'],
    ['a key in braces', 'stages:\n  - http: { url: x, sel^ect: y }\n', 'key select'],
    ['a key in broken YAML', 'stages:\n  - name: [\n    other^wise: keep\n', 'key otherwise'],
    ['a name in a template', 'stages:\n  - output: a/{{ wo^rd }}.md', 'value word'],
    ['a part of a value', 'stages:\n  - when: "{{ metadata.is_^open }}"', 'value metadata.is_open'],
    ['a name without braces', 'stages:\n  - key: do^i', 'value doi'],
    ['a list', 'stages:\n  - each: references.it^ems', 'value references.items'],
    ['a column', 'table: { columns: [title, metadata.do^i] }', 'value metadata.doi'],
    ['a filter', 'stages:\n  - key: "{{ doi | def^ault: title }}"', 'filter default'],
    ['a name of a loop', 'stages:\n  - stdin: "{% for x in records %}{{ x^ }}{% endfor %}"', 'own x'],
    ['a query of the person', 'stages:\n  - http: { query: { sea^rch: "{{ a }}" } }', undefined],
    ['a word', 'description: some wo^rds', undefined],
    ['a comment', '# some wo^rds', undefined],
  ] as const) {
    it(`is ${about}`, () => {
      assert.equal(over(marked), expected);
    });
  }
});

describe('help for half-written pipelines', () => {
  it('has every key of the one table', () => {
    assert.deepEqual(Object.keys(pipelineHelpKeys), Object.keys(pipelineKeys));
    for (const [name, key] of Object.entries(pipelineHelpKeys)) assert.ok(!key.example.startsWith(`${name}:`), name);
  });

  it('comes to something at every place of a text of any beginning', () => {
    const whole = `${references}  - name: b\n    each: references.items\n    http: { url: "https://a/{{ doi }}" }\n`;
    const piece = fc.constantFrom(
      '{{ ',
      '}}',
      '"',
      '[',
      '{',
      '- ',
      '\n',
      '  ',
      ': ',
      'stages:',
      '{% for x in y %}',
      'é',
      '🙂',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.nat(whole.length), fc.nat(), (pieces, cut, at) => {
        const text = whole.slice(0, cut) + pieces.join('') + whole.slice(cut + 3);
        const offset = at % (text.length + 1);
        const found = completions(`${text.slice(0, offset)}^${text.slice(offset)}`);
        if (found) assert.ok(found.from <= found.to && found.to <= found.end && found.end <= text.length);
        pipelineHoveredAt(text, offset);
      }),
    );
  });
});
