import assert from 'node:assert/strict';
import fc from 'fast-check';
import { emptyCounts } from '../../src/model/item.ts';
import type { HostMessage, PanelMessage, QueueItem, QueueRun } from '../../src/protocol.ts';
import { readHostMessage, readPanelMessage } from '../../src/protocolSchema.ts';

const run: QueueRun = {
  id: 'r',
  label: 'tagline',
  state: 'running',
  total: 2,
  counts: { ...emptyCounts(), running: 2 },
  startedAt: 1,
  finishedAt: 2,
  perMinute: 1.5,
  eta: { low: 1, high: 2 },
  waiting: 'so',
};
const item: QueueItem = {
  run: 'r',
  id: 'i',
  position: 0,
  promptName: 'tagline',
  row: '',
  model: 'm',
  index: 1,
  state: 'failed',
  stage: '',
  stageIndex: 0,
  stageCount: 1,
  progress: 0.5,
  attempts: 1,
  startedAt: 1,
  finishedAt: 2,
  dueAt: 3,
  message: 'no',
  file: '01.md',
};
const queue = { runs: [run], items: [item], now: 5 };
const fromHost: readonly HostMessage[] = [
  { type: 'snapshot', snapshot: queue },
  { type: 'changes', ...queue },
];
const fromPanel: readonly PanelMessage[] = [
  { type: 'ready' },
  { type: 'generate' },
  { type: 'cancelItem', run: 'r', item: 'i' },
  { type: 'openCandidate', run: 'r', item: 'i' },
  { type: 'runItemAgain', run: 'r', item: 'i' },
  { type: 'pauseRun', run: 'r' },
  { type: 'resumeRun', run: 'r' },
  { type: 'retryFailed', run: 'r' },
  { type: 'discardRun', run: 'r' },
  { type: 'cancelRun', run: 'r' },
  { type: 'clearFinished' },
];

describe('messages between a panel and its host', () => {
  it('are read as they are, after the way that the editor sends them', () => {
    for (const message of fromHost) assert.deepEqual(readHostMessage(JSON.parse(JSON.stringify(message))), message);
    for (const message of fromPanel) assert.deepEqual(readPanelMessage(JSON.parse(JSON.stringify(message))), message);
  });

  it('are nothing when anything in them is not what it should be', () => {
    for (const message of [
      { type: 'snapshot' },
      { type: 'snapshot', snapshot: { ...queue, now: 'soon' } },
      { type: 'snapshot', snapshot: { ...queue, runs: [{ ...run, state: 'evil' }] } },
      { type: 'changes', ...queue, items: [{ ...item, model: { toString: 'x' } }] },
      { type: 'changes', ...queue, items: [{ ...item, index: 1e300 }] },
      { type: 'changes', ...queue, runs: [{ ...run, perMinute: null }] },
      { type: 'changes', ...queue, runs: [{ ...run, counts: { ...run.counts, failed: -1 } }] },
    ]) {
      assert.equal(readHostMessage(message), undefined, JSON.stringify(message));
    }
    for (const message of [
      { type: 'run', command: 'workbench.action.quit' },
      { type: 'cancelItem', run: 'r' },
      { type: 'cancelRun', run: ['r'] },
      { type: 'resumeRun', run: { toString: 'x' } },
    ]) {
      assert.equal(readPanelMessage(message), undefined, JSON.stringify(message));
    }
  });

  it('give nothing more than they should', () => {
    const message = { type: 'cancelRun', run: 'r', command: 'evil' };
    assert.deepEqual(readPanelMessage(message), { type: 'cancelRun', run: 'r' });
  });

  it('may be anything: reading them never throws', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withMap: true, withBigInt: true }), (message) => {
        assert.equal(readHostMessage(message), undefined);
        assert.equal(readPanelMessage(message), undefined);
      }),
    );
  });
});
