import assert from 'node:assert/strict';
import { gatherRows, withGatheredRows } from '../../../src/flow/gatherRows.ts';
import type { Flow } from '../../../src/flow/flow.ts';
import { namesOnly } from '../../support/flow/memoryFlow.ts';

const rows = [
  ['a', 'x'],
  ['b', 'y'],
  ['c', 'x'],
  ['d', 'x'],
].map(([name = '', book = '']) => ({ key: name, label: name.toUpperCase(), values: { name, book } }));

function gathered(more: { readonly by?: string; readonly size?: number }): unknown[] {
  return gatherRows(rows, { kind: 'gather', require: 'any', ...more }, namesOnly).map(({ key, label, values }) => {
    const { group, index, records, missing } = values as { records: { name: string }[] } & Record<string, unknown>;
    return [key, label, group, index, records.map(({ name }) => name).join(''), missing];
  });
}

describe('rows that the first stage gathers', () => {
  it('come together all, by what they have in common, and so many at once', () => {
    assert.deepEqual(gathered({}), [['', 'A', '', 0, 'abcd', []]]);
    assert.deepEqual(gathered({ by: '{{ book }}' }), [
      ['x', 'A', 'x', 0, 'acd', []],
      ['y', 'B', 'y', 0, 'b', []],
    ]);
    assert.deepEqual(gathered({ by: '{{ book }}', size: 2 }), [
      ['x/0', 'A', 'x', 0, 'ac', []],
      ['y/0', 'B', 'y', 0, 'b', []],
      ['x/1', 'D', 'x', 1, 'd', []],
    ]);
    assert.deepEqual(gathered({ size: 3 }), [
      ['/0', 'A', '', 0, 'abc', []],
      ['/1', 'D', '', 1, 'd', []],
    ]);
    assert.deepEqual(gatherRows([], { kind: 'gather', require: 'any' }, namesOnly), []);
  });

  it('without the group that is asked for are one', () => {
    assert.deepEqual(gathered({ by: '{{ nothing }}' }), [['', 'A', '', 0, 'abcd', []]]);
  });

  it('pass into that stage, which gathers no more', () => {
    const stage = { variants: [], priority: 5, reservation: 0 } as const;
    const gather = { name: 'one', input: { kind: 'gather', require: 'any' }, ...stage } as const;
    const flow: Flow = { pipeline: 'a', stages: [gather, { ...gather, name: 'two' }] };
    assert.deepEqual(
      withGatheredRows(flow).stages.map(({ input }) => input.kind),
      ['pass', 'gather'],
    );
    const other: Flow = { pipeline: 'a', stages: [{ ...gather, input: { kind: 'pass' } }, gather] };
    assert.equal(withGatheredRows(other), other);
  });
});
