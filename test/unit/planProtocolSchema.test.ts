import assert from 'node:assert/strict';
import fc from 'fast-check';
import type {
  PlanHostMessage,
  PlanPanelMessage,
  PlanSheet,
  PreviewHostMessage,
  PreviewPanelMessage,
  PromptPreview,
} from '../../src/planProtocol.ts';
import {
  readPlanHostMessage,
  readPlanPanelMessage,
  readPreviewHostMessage,
  readPreviewPanelMessage,
} from '../../src/planProtocolSchema.ts';

const amount = { items: 3, cached: 1, tokens: { input: 10, output: 20.5 }, cost: { low: 0.1, high: 0.2 } };
const sheet: PlanSheet = {
  label: 'page',
  estimate: {
    ...amount,
    isInDollars: true,
    eta: null,
    inputBasis: 'sample',
    isLearnt: false,
    attachedBytes: 0,
    ofOtherPlan: 0,
    there: 0,
    replaced: 2,
  },
  parts: [{ ...amount, cost: null, prompt: 'a.prompt.md', model: 's/m' }],
  files: ['candidates/a/01.md'],
  messages: [
    {
      role: 'user',
      tokens: 4,
      pieces: [
        { kind: 'text', text: 'Hi' },
        { kind: 'unknown', name: 'who' },
        { kind: 'asked', name: 'how' },
      ],
      hidden: 0,
      attachments: ['a.png'],
    },
  ],
  changes: ['So.'],
  problems: [{ severity: 'hint', file: 'a.prompt.md', line: 3, message: 'Look.' }],
};
const preview: PromptPreview = {
  file: 'a.prompt.md',
  row: { label: 'mug', place: 0, total: 2, hasMore: false },
  messages: sheet.messages,
  problems: [],
};
const planMessages: readonly PlanPanelMessage[] = [
  { type: 'ready' },
  { type: 'generate' },
  { type: 'edit' },
  { type: 'cancel' },
  { type: 'goTo', problem: 0 },
];
const previewMessages: readonly PreviewPanelMessage[] = [
  { type: 'ready' },
  { type: 'showRow', place: -1 },
  { type: 'pickRow' },
  { type: 'goTo', problem: 2 },
];
const sent = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

describe('messages between plan sheet, preview and their host', () => {
  it('are read as they are, after the way that the editor sends them', () => {
    const plan: PlanHostMessage = { type: 'plan', sheet };
    assert.deepEqual(readPlanHostMessage(sent(plan)), plan);
    const shown: PreviewHostMessage = { type: 'preview', preview };
    assert.deepEqual(readPreviewHostMessage(sent(shown)), shown);
    for (const message of planMessages) assert.deepEqual(readPlanPanelMessage(sent(message)), message);
    for (const message of previewMessages) assert.deepEqual(readPreviewPanelMessage(sent(message)), message);
  });

  it('are nothing when anything in them is not what it should be', () => {
    for (const wrong of [
      { ...sheet, label: 1 },
      { ...sheet, estimate: { ...sheet.estimate, items: -1 } },
      { ...sheet, estimate: { ...sheet.estimate, cost: { low: 'x', high: 1 } } },
      { ...sheet, messages: [{ ...sheet.messages[0], role: 'tool' }] },
      { ...sheet, problems: [{ severity: 'evil', file: '', message: '' }] },
    ]) {
      assert.equal(readPlanHostMessage({ type: 'plan', sheet: wrong }), undefined, JSON.stringify(wrong));
    }
    assert.equal(readPreviewHostMessage({ type: 'preview', preview: { ...preview, row: { label: 'x' } } }), undefined);
    for (const message of [{ type: 'goTo', problem: -1 }, { type: 'goTo', problem: 'x' }, { type: 'run' }, null]) {
      assert.equal(readPlanPanelMessage(message), undefined);
      assert.equal(readPreviewPanelMessage(message), undefined);
    }
    assert.equal(readPreviewPanelMessage({ type: 'generate' }), undefined);
  });

  it('may be anything: reading them never throws', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withMap: true, withBigInt: true }), (message) => {
        for (const read of [
          readPlanHostMessage,
          readPlanPanelMessage,
          readPreviewHostMessage,
          readPreviewPanelMessage,
        ]) {
          assert.equal(read(message), undefined);
        }
      }),
    );
  });
});
