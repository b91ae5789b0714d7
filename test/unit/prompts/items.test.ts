import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { planItems, planRows, TemplateMemory, type PlanOptions, type PromptItem } from '../../../src/prompts/items.ts';
import { parsePromptFile } from '../../../src/prompts/parse.ts';
import type { PromptFile } from '../../../src/prompts/promptFile.ts';
import type { Row } from '../../../src/model/row.ts';
import { parse, problemsOf, valueOf } from './support.ts';

const options: PlanOptions = { defaultModel: 'demo', defaultPriority: 5 };

function prompt(path: string, text: string): PromptFile {
  return valueOf(parsePromptFile(path, text));
}

function plan(prompts: readonly PromptFile[], changes: Partial<PlanOptions> = {}): PromptItem[] {
  return valueOf(planItems(prompts, { ...options, ...changes }));
}

function row(label: string): Row {
  return { key: `key of ${label}`, label, values: { product: label } };
}

describe('a plan', () => {
  it('has count items for every model, candidate 1 of each model first', () => {
    const items = plan([
      prompt(
        'a.prompt.md',
        '---\ncandidates: { count: 2, models: [x, y], priority: 2, seed: 40, temperature: 1 }\n---\nHi',
      ),
      prompt('b.prompt.md', '---\ncandidates: { count: 1 }\n---\nHo'),
    ]);
    assert.deepEqual(
      items.map((item) => [
        item.position,
        item.prompt.name,
        item.model,
        item.index,
        item.priority,
        item.place.severalModels,
      ]),
      [
        [0, 'a', 'x', 1, 2, true],
        [1, 'a', 'y', 1, 2, true],
        [2, 'a', 'x', 2, 2, true],
        [3, 'a', 'y', 2, 2, true],
        [4, 'b', 'demo', 1, 5, false],
      ],
    );
    assert.deepEqual(items[1]!.parameters, { temperature: 1, seed: 40 });
    assert.deepEqual(items[2]!.parameters, { temperature: 1, seed: 41 });
    assert.deepEqual(items[4]!.parameters, {});
    assert.deepEqual(items[4]!.messages, [{ role: 'user', content: 'Ho' }]);
    assert.equal(items[0]!.messages, items[3]!.messages);
  });

  it('finishes a row before it starts the next, and puts the row over the inputs', () => {
    const source = parse(
      '---\ninputs: { product: none, brand: B }\ncandidates: { count: 2 }\n---\n{{ brand }} {{ product }}',
    );
    const items = plan([{ ...source, rows: [row('Tea'), row('Mug')] }]);
    assert.deepEqual(
      items.map((item) => [item.row, item.index, item.messages[0]!.content]),
      [
        ['Tea', 1, 'B Tea'],
        ['Tea', 2, 'B Tea'],
        ['Mug', 1, 'B Mug'],
        ['Mug', 2, 'B Mug'],
      ],
    );
    assert.deepEqual(items[3]!.variables, { product: 'Mug', brand: 'B' });
  });

  it('gives an item the same id in every run', () => {
    const [item] = plan([parse('Hi')]);
    const hash = createHash('sha256').update('["prompts/tagline.prompt.md","","demo",1]').digest('hex');
    assert.equal(item!.id, hash.slice(0, 16));
    assert.deepEqual(
      plan([parse('Something else')], { count: 3 }).map(({ id }) => id),
      plan([parse('Hi')])
        .slice(0, 3)
        .map(({ id }) => id),
    );
  });

  it('can be told another count and other models', () => {
    const source = parse('---\ncandidates: { count: 2, models: [x, y] }\n---\nHi');
    const items = plan([source], { count: 3, models: ['z', 'z'] });
    assert.deepEqual(
      items.map(({ model, index }) => `${model}${index}`),
      ['z1', 'z2', 'z3'],
    );
    assert.equal(items[0]!.place.severalModels, false);
    assert.equal(plan([source], { models: [] }).length, 4);
  });

  it('asks for the editor variables of each prompt file', () => {
    const items = plan([prompt('a.prompt.md', 'In ${file}'), prompt('b.prompt.md', 'In ${file}')], {
      count: 1,
      variables: ({ path }) => ({ file: path }),
    });
    assert.deepEqual(
      items.map(({ messages }) => messages[0]!.content),
      ['In a.prompt.md', 'In b.prompt.md'],
    );
  });

  it('takes a prompt file once', () => {
    assert.equal(plan([parse('Hi'), parse('Hi')]).length, 5);
  });

  it('tells the problems of all prompt files and rows', () => {
    const good = prompt('good.prompt.md', 'Hi');
    const bad = prompt(
      'bad.prompt.md',
      '---\ncandidates:\n  output: ${row.sku}/${index}.md\n---\n{{ product }}\n{{ brand }}',
    );
    const broken = prompt('broken.prompt.md', 'user: {{ x');
    const told = problemsOf(planItems([good, { ...bad, rows: [row('Tea')] }, broken], options));
    assert.deepEqual(
      told.map(({ file, line }) => `${file}:${line ?? '?'}`),
      ['bad.prompt.md:3', 'bad.prompt.md:6', 'broken.prompt.md:1'],
    );
    assert.equal(
      told[0]!.message,
      '"candidates.output" has "${row.sku}", but the prompt has no data with it: take it out.',
    );
  });

  it('comes row by row, so that nobody needs to hold all of it', () => {
    const unread: Row = {
      ...row('Later'),
      get values(): never {
        throw new Error('This row is not asked for yet.');
      },
    };
    const prompts = [
      { ...prompt('a.prompt.md', '{{ product }}'), rows: [row('Tea')] },
      { ...prompt('b.prompt.md', '{{ product }}'), rows: [unread] },
    ];
    const [first] = planRows(prompts, options);
    assert.deepEqual(
      valueOf(first!).map(({ position, row: label }) => [position, label]),
      [0, 1, 2, 3, 4].map((position) => [position, 'Tea']),
    );
  });

  it('has the values of the row itself where there are no others', () => {
    const tea = row('Tea');
    const [plain] = plan([{ ...parse('{{ product }}'), rows: [tea] }]);
    assert.equal(plain!.variables, tea.values);
    const [withInputs] = plan([{ ...parse('---\ninputs: { tone: warm }\n---\n{{ product }}'), rows: [tea] }]);
    assert.deepEqual(withInputs!.variables, { tone: 'warm', product: 'Tea' });
  });

  it('never has an id or a position twice', () => {
    const name = fc.string({ minLength: 1, maxLength: 4 });
    const scene = fc.record({
      paths: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
      models: fc.array(name, { maxLength: 3 }),
      labels: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
      count: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(scene, ({ paths, models, labels, count }) => {
        const prompts = paths.map((path) => ({ ...prompt(path, 'Hi'), rows: labels.map(row) }));
        const items = plan(prompts, { models, count });
        assert.equal(items.length, paths.length * labels.length * count * Math.max(1, new Set(models).size));
        assert.equal(new Set(items.map(({ id }) => id)).size, items.length);
        assert.ok(items.every(({ position }, at) => position === at));
        assert.ok(items.every(({ id }) => /^[0-9a-f]{16}$/.test(id)));
      }),
    );
  });
});

describe('templates that are planned again and again', () => {
  const template = prompt(
    'a.prompt.md',
    'For {{ product }}{% if tone %} in {{ tone }}{% endif %}.\n\n```\n{{ tone }} {{ other }}\n```\n',
  );
  const ask = (values: Readonly<Record<string, unknown>>, templates?: TemplateMemory) =>
    planItems([{ ...template, rows: [{ key: 'k', label: 'k', values }] }], {
      ...options,
      ...(templates ? { templates } : {}),
    });

  it('say the same as if each plan had compiled its own, whatever names the rows have', () => {
    const values = fc.dictionary(fc.constantFrom('product', 'tone', 'other', 'more'), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(fc.array(values, { maxLength: 40 }), (rows) => {
        const templates = new TemplateMemory();
        for (const each of rows) assert.deepEqual(ask(each, templates), ask(each));
      }),
      { numRuns: 50 },
    );
  });

  it('are compiled once for each set of names', () => {
    let compiled = 0;
    class Counting extends TemplateMemory {
      override of(...[file, names, compile]: Parameters<TemplateMemory['of']>): ReturnType<TemplateMemory['of']> {
        return super.of(file, names, () => {
          compiled += 1;
          return compile();
        });
      }
    }
    const templates = new Counting();
    for (let times = 0; times < 50; times += 1) {
      ask({ product: `p${times}`, tone: 'warm' }, templates);
      ask({ tone: 'warm', product: `p${times}` }, templates);
    }
    assert.equal(compiled, 1);
    ask({ product: 'p' }, templates);
    assert.equal(compiled, 2);
  });
});

describe('what is wrong when rows are filled in', () => {
  const messagesOfRows = (rows: PromptFile['rows'], text = 'On {{ name }}.'): readonly string[] => {
    const prompt = valueOf(parsePromptFile('a.prompt.md', text));
    const planned = planItems([{ ...prompt, rows }], { defaultModel: 'm', defaultPriority: 5 });
    return planned.ok ? [] : planned.problems.map(({ message }) => message);
  };
  const messagesOf = (rows: readonly object[], text?: string): readonly string[] => {
    const named = rows.map((values, place) => ({ key: String(place), label: `r${place}`, values: { ...values } }));
    return messagesOfRows(named, text);
  };

  it('is told once for all rows, or with the row that it is of', () => {
    const [all, ...others] = messagesOf([{ a: 1 }, { a: 2 }, { a: 3 }]);
    assert.match(all ?? '', /^The variable "name" has no value/);
    assert.deepEqual(others, []);
    const some = messagesOf([{ name: 'x' }, { a: 1 }, { b: 2 }]);
    assert.equal(some.length, 1);
    assert.match(some[0] ?? '', /^In row "r1" and 1 more, the variable "name" has no value: /);
    const unnamed = [{ name: 'x' }, { a: 1 }].map((values, at) => ({
      key: `k${at}`,
      label: `k${at}`,
      number: at + 1,
      values,
    }));
    assert.match(messagesOfRows(unnamed)[0] ?? '', /^In row 2, the variable "name" has no value: /);
    const [one = ''] = messagesOf([{ a: { b: {} } }, { a: { b: { c: 1 } } }], 'On {{ a.b.c }}.');
    assert.match(one, /^In row "r0", the variable "a\.b\.c" has no value: .*correct the value of "a\.b"\.$/);
  });
});
