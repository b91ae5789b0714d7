import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { structuredText } from '../../../src/candidates/structured/structuredText.ts';
import { planRun, type Plan } from '../../../src/runs/plan/plan.ts';
import { DemoService } from '../../../src/services/demo/demo.ts';
import { demoService } from '../../../src/services/demo/kind.ts';
import { DiskFiles } from '../../../src/storage/diskFiles.ts';

const root = join(import.meta.dirname, '../../../media/samples');
const types = { product: 36, category: 8, brand: 6, inspire: 6, engage: 4 };

async function planned(...names: readonly string[]): Promise<Plan> {
  const plan = await planRun({
    sources: names.map((name) => {
      const path = join(root, 'shop', `${name}.prompt.md`);
      return { path, text: readFileSync(path, 'utf8') };
    }),
    root,
    services: [demoService],
    defaultService: 'demo',
    serviceKey: () => 'demo',
    files: new DiskFiles(),
  });
  if (!plan.ok) assert.fail(plan.problems[0]?.message);
  return plan.value;
}

function countsOf({ items }: Plan): Record<string, number> {
  const groups = Map.groupBy(items, ({ prompt }) => prompt.path.replace(/^shop\/|\.prompt\.md$/g, ''));
  return Object.fromEntries([...groups].map(([name, own]) => [name, own.length]));
}

describe('the sample of a shop', () => {
  it('makes the pages of 24 rows by their types, in one table, within one budget', async () => {
    const plan = await planned('pages');
    assert.deepEqual(countsOf(plan), types);
    assert.deepEqual(plan.hints, []);
    assert.deepEqual(
      plan.tables?.map(({ path, rows }) => [path, rows.length]),
      [['shop/results.csv', 24]],
    );
    assert.deepEqual(plan.budgets, { 'shop/pages.prompt.md': { requests: 100, cost: 0.5 } });
    assert.equal(plan.budgetMembers?.['shop/pages.prompt.md']?.length, 5);
    assert.deepEqual(
      plan.items.slice(0, 3).map(({ vary }) => vary?.angle),
      ['the moment it is used', 'how it is made', 'how long it lasts'],
    );
    for (const { messages } of plan.items) {
      assert.deepEqual(
        messages.map(({ role }) => role),
        ['system', 'user'],
      );
      assert.match(messages[0]?.content ?? '', /# How the shop talks/);
      assert.doesNotMatch(messages.map(({ content }) => content).join('\n'), /[{}]|#file/);
    }
  });

  it('has types that can be worked on alone, and makes no row twice where all are generated at once', async () => {
    for (const [type, count] of Object.entries(types))
      assert.deepEqual(countsOf(await planned(type)), { [type]: count });
    assert.deepEqual(countsOf(await planned('pages', ...Object.keys(types))), types);
  });

  it('is answered by the demo service with pages that match the schema at once', async () => {
    const service = new DemoService('demo', 0);
    const { items } = await planned('pages');
    const signal = new AbortController().signal;
    for (const { messages, parameters, index, schema, variables } of items) {
      assert.ok(schema);
      const request = { model: 'demo', messages, parameters, index, schema };
      const outcome = await service.generate(request, { signal, onProgress: () => undefined });
      assert.ok(outcome.kind === 'completed');
      const answer = await structuredText(outcome.result.text, schema);
      assert.ok(answer.kind === 'valid', `${String(variables.sku)}: ${JSON.stringify(answer)}`);
      const page = JSON.parse(answer.text) as { readonly heading: string; readonly title: string };
      assert.equal(page.heading, variables.name);
      assert.ok(page.title.length >= 15, page.title);
    }
  });
});
