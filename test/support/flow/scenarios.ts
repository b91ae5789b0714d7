import fc from 'fast-check';
import type { Flow, FlowStage, StageInput } from '../../../src/flow/flow.ts';
import type { StageText } from '../../../src/flow/record.ts';
import { chanceOf } from '../simulation/chance.ts';

export interface Scenario {
  readonly seed: number;
  readonly rows: number;
  readonly maxConcurrent: number;
  readonly failing: number;
  readonly stages: readonly StageScenario[];
}

export interface StageScenario {
  readonly kind: 'pass' | 'expand' | 'gather';
  readonly by: boolean;
  readonly size: number | undefined;
  readonly require: 'any' | 'all';
  readonly when: boolean;
  readonly variants: number;
  readonly workers: number | undefined;
  readonly queue: number | undefined;
}

const stage: fc.Arbitrary<StageScenario> = fc.record({
  kind: fc.constantFrom('pass', 'expand', 'gather'),
  by: fc.boolean(),
  size: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  require: fc.constantFrom('any', 'any', 'all'),
  when: fc.boolean(),
  variants: fc.constantFrom(1, 1, 1, 2),
  workers: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  queue: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
});

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  rows: fc.nat({ max: 7 }),
  maxConcurrent: fc.integer({ min: 1, max: 6 }),
  failing: fc.constantFrom(0, 0.1, 0.4),
  stages: fc.array(stage, { minLength: 1, maxLength: 4 }),
});

export function flowOf({ stages }: Scenario): Flow {
  return {
    pipeline: 'a.pipeline.yml',
    stages: stages.map(({ kind, by, size, require, when, variants }, index): FlowStage => {
      const name = `s${index}`;
      const before = index === 0 ? 'list' : `s${index - 1}.list`;
      const inputs: Record<StageScenario['kind'], StageInput> = {
        pass: { kind: 'pass' },
        expand: { kind: 'expand', list: before },
        gather: {
          kind: 'gather',
          require,
          ...(by ? { by: index % 2 === 0 ? '{{ parity }}' : `{{ s${index - 1}.tag }}` } : {}),
          ...(size === undefined ? {} : { size }),
        },
      };
      return {
        name,
        input: index === 0 && kind === 'gather' ? inputs.pass : inputs[kind],
        ...(when && kind !== 'gather' ? { when: '{{ odd }}' } : {}),
        variants: Array.from({ length: variants }, (_, number) => ({ service: 'test', model: 'm', index: number + 1 })),
        priority: 5,
        reservation: 1,
      };
    }),
  };
}

export const rowsOf = ({ rows }: Scenario): Record<string, unknown>[] =>
  Array.from({ length: rows }, (_, row) => ({
    row,
    parity: row % 2 === 0 ? 'even' : 'odd',
    odd: row % 3 !== 0,
    list: Array.from({ length: row % 4 }, (_element, at) => ({ at })),
  }));

/** Whatever happens when: what an item comes to depends on the item alone. */
export function resultOf({ seed, failing }: Scenario, item: { readonly id: string }): StageText | undefined {
  const chance = chanceOf(seed, item.id);
  if (chance() < failing) return undefined;
  const list = Array.from({ length: Math.floor(chance() * 4) }, (_, at) => ({ at }));
  return { format: 'json', text: JSON.stringify({ list, tag: chance() < 0.5 ? 'a' : 'b' }) };
}
