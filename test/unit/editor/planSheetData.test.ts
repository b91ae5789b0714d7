import assert from 'node:assert/strict';
import type { PlanEstimate } from '../../../src/runs/plan/estimatePlan.ts';
import { exceeds, mayCostMoney } from '../../../src/runs/plan/confirmation.ts';
import { planSheet, problemSheet, sheetMessage } from '../../../src/editor/views/planSheetData.ts';
import { readPlanHostMessage } from '../../../src/planProtocolSchema.ts';
import { useRunsBench } from '../../support/runsHarness.ts';

const services = { hasKnownPrices: () => true, countsRequests: () => false };

function estimateOf(items: number, more: Partial<PlanEstimate> = {}): PlanEstimate {
  const amount = { items, cached: 0, tokens: { input: 10 * items, output: 5 * items }, cost: { low: 1, high: 3 } };
  return {
    ...amount,
    requests: items,
    eta: { low: 1, high: 2 },
    inputBasis: 'count',
    isOutputLearnt: true,
    parts: [{ ...amount, prompt: 'a.prompt.md', service: 'test', model: 'm' }],
    ...more,
  };
}

describe('the sheet of a plan', () => {
  const bench = useRunsBench();

  it('has the first files, all numbers, and the messages of the first candidate', async () => {
    const plan = await bench().plan(40);
    const sheet = planSheet({ plan, estimate: estimateOf(40), services, tokens: [7], changes: ['So.'] });
    assert.deepEqual([sheet.label, sheet.files.length, sheet.files[0]], ['a', 5, 'candidates/a/01.md']);
    assert.deepEqual(sheet.messages, [
      { role: 'user', tokens: 7, pieces: [{ kind: 'text', text: 'Write.' }], hidden: 0, attachments: [] },
    ]);
    assert.deepEqual([sheet.estimate?.items, sheet.estimate?.isInDollars, sheet.changes], [40, true, ['So.']]);
    assert.deepEqual(sheet.parts[0]?.model, 'test/m');
    assert.deepEqual(readPlanHostMessage({ type: 'plan', sheet }), { type: 'plan', sheet });
  });

  it('counts requests of another plan, and knows a currency only where all prices are known', async () => {
    const plan = await bench().plan(3);
    const others = { hasKnownPrices: () => false, countsRequests: () => true };
    const { estimate } = planSheet({ plan, estimate: estimateOf(3), services: others, tokens: [], changes: [] });
    assert.deepEqual([estimate?.isInDollars, estimate?.ofOtherPlan], [false, 3]);
  });

  it('shows what commands the eye as what it is, and no more of a text than can be looked at', () => {
    const { problems, estimate } = problemSheet('a\u202eb', [{ file: 'x\u0007', line: 2, message: 'No\u001b[31m.' }]);
    assert.equal(estimate, undefined);
    assert.deepEqual(problems, [{ severity: 'problem', file: 'x␇', line: 2, message: 'No␛[31m.' }]);
    const { pieces, hidden } = sheetMessage(
      'user',
      [
        { kind: 'text', text: 'a'.repeat(19_999) },
        { kind: 'unknown', name: 'n' },
        { kind: 'text', text: '😀 and more' },
        { kind: 'asked', name: 'm' },
      ],
      1,
    );
    assert.deepEqual([pieces.length, hidden], [2, '😀 and more'.length]);
  });
});

describe('what is asked before it is spent', () => {
  const bench = useRunsBench();

  it('is what comes to more items or more money; what has no price counts by its items', () => {
    const limits = { items: 10, cost: 2 };
    assert.equal(exceeds(estimateOf(11, { cost: null }), limits), true);
    assert.equal(exceeds(estimateOf(10, { cost: null }), limits), false);
    assert.equal(exceeds(estimateOf(1, { cost: { low: 0, high: 2 } }), limits), false);
    assert.equal(exceeds(estimateOf(1, { cost: { low: 0, high: 2.01 } }), limits), true);
  });

  it('needs no estimate where no price is known', async () => {
    const plan = await bench().plan(3);
    assert.equal(mayCostMoney(plan, { prices: () => undefined }), false);
    assert.equal(mayCostMoney(plan, { prices: () => ({ input: 1, output: 1 }) }), true);
  });
});
