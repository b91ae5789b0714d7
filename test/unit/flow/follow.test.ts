import assert from 'node:assert/strict';
import type { Flow, FlowStage, RecordData } from '../../../src/flow/flow.ts';
import { follow, type Draft } from '../../../src/flow/follow.ts';
import { namesOnly } from '../../support/flow/memoryFlow.ts';

function stage(name: string, input: FlowStage['input'], variants = 1): FlowStage {
  return {
    name,
    input,
    variants: Array.from({ length: variants }, (_, at) => ({ service: 's', model: 'm', index: at + 1 })),
    priority: 5,
    reservation: 0,
  };
}

function followersOf(record: RecordData, key?: string, variants = 1): ReturnType<typeof follow> {
  const each = stage('each', { kind: 'expand', list: 'list', ...(key === undefined ? {} : { key }) }, variants);
  const flow: Flow = { pipeline: 'a.pipeline.yml', stages: [stage('first', { kind: 'pass' }), each] };
  return follow(flow, { stage: 0, key: 'row', place: '00000000', record }, namesOnly);
}

function draftsOf(...args: Parameters<typeof followersOf>): readonly Draft[] {
  const followers = followersOf(...args);
  assert.ok(followers.ok);
  return followers.value;
}

describe('what follows an item', () => {
  it('is bounded, whatever list a stranger sends', () => {
    assert.equal(draftsOf({ list: Array(100_000).fill(0) }).length, 100_000);
    for (const [length, variants] of [
      [100_001, 1],
      [40_000, 3],
    ] as const) {
      const many = followersOf({ list: Array(length).fill(0) }, undefined, variants);
      assert.equal(
        many.ok || many.failure.message,
        'The stage "each" would have more than 100,000 items of one record: select fewer, or take a shorter list.',
      );
    }
  });

  it('has keys of a bounded length that differ where the long ones do', () => {
    const titles = ['a', 'b'].map((end) => ({ title: 'x'.repeat(100_000) + end }));
    const keys = draftsOf({ list: [...titles, { title: 'short' }] }, '{{ title }}').map(({ key }) => key);
    assert.deepEqual(
      keys.map(({ length }) => length),
      [200, 200, 5],
    );
    assert.equal(new Set(keys).size, 3);
    assert.deepEqual(draftsOf({ list: titles }, '{{ title }}')[1]?.key, keys[1]);
  });
});
