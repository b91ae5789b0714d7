import assert from 'node:assert/strict';
import { success } from '../../../../src/base/outcome.ts';
import { ItemRecords } from '../../../../src/runs/pipeline/itemRecords.ts';
import type { ItemOverview, PageRequest } from '../../../../src/storage/journal/records.ts';

const stage = { input: { kind: 'pass' }, variants: [], priority: 5, reservation: 0 } as const;
const flow = {
  pipeline: 'a.pipeline.yml',
  stages: [
    { name: 'one', ...stage },
    { name: 'two', ...stage },
  ],
};
const count = 100_000;

describe('records of stages', () => {
  let asked = 0;
  /** Of each record one item in each stage, as they come into being. */
  const overview = (position: number): ItemOverview =>
    ({
      id: `i${position}`,
      position,
      stage: position % 2,
      place: String(position >> 1).padStart(8, '0'),
      key: `k${position >> 1}`,
      service: 's',
      model: 'm',
      state: 'written',
      attempts: 1,
    }) as unknown as ItemOverview;
  const journal = {
    itemOverviews: (_run: string, _states: unknown, { after = -1 }: PageRequest = {}) => {
      const rows = Array.from({ length: Math.min(500, count - after - 1) }, (_, at) => overview(after + 1 + at));
      const next = rows.at(-1)?.position;
      return Promise.resolve(success({ rows, ...(next === undefined || next === count - 1 ? {} : { next }) }));
    },
    recordsAfter: (_run: string, items: readonly string[]) => {
      asked += items.length;
      return Promise.resolve(success(items.map((id) => ({ id }))));
    },
    adaptedOf: () => Promise.resolve(success(new Map())),
  };

  beforeEach(() => {
    asked = 0;
  });

  it('are read as they are taken, stage by stage and in order, however many there are', async () => {
    const listed = await ItemRecords.list(journal, 'r', flow, {});
    assert.ok(listed.ok);
    let seen = 0;
    for await (const some of listed.value.read()) {
      assert.ok(some.ok);
      seen += some.value.length;
      assert.equal(asked, seen, 'nothing is read ahead');
      assert.ok(some.value.length <= 256);
      const [first] = some.value;
      const at = seen - some.value.length;
      assert.deepEqual([first?.stage, first?.key], at < count / 2 ? ['one', `k${at}`] : ['two', `k${at - count / 2}`]);
    }
    assert.equal(seen, count);
  });

  it('are only those of the stage that is asked for', async () => {
    const listed = await ItemRecords.list(journal, 'r', flow, { stage: 'two' });
    assert.ok(listed.ok);
    for await (const some of listed.value.read()) {
      assert.ok(some.ok && some.value.every((each) => each.stage === 'two'));
    }
    assert.equal(asked, count / 2);
  });
});
