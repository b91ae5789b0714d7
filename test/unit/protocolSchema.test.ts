import assert from 'node:assert/strict';
import fc from 'fast-check';
import { emptyCounts } from '../../src/model/item.ts';
import type { ServiceSnapshot } from '../../src/model/activity.ts';
import type { HostMessage, PanelMessage, QueueItem, QueueRun, QueueStep } from '../../src/protocol.ts';
import { readHostMessage, readPanelMessage } from '../../src/protocolSchema.ts';

const run: QueueRun = {
  id: 'r',
  label: 'tagline',
  state: 'running',
  total: 2,
  records: 1,
  stages: [{ name: 'text', held: 1, beyond: 0, queue: 10, workers: 4 }],
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
  record: 'mug',
  model: 'm',
  index: 1,
  state: 'failed',
  priority: 5,
  stage: '',
  stageIndex: 0,
  stageCount: 1,
  progress: 0.5,
  attempts: 1,
  startedAt: 1,
  finishedAt: 2,
  dueAt: 3,
  message: 'no',
  reason: 'timeout',
  file: '01.md',
};
const queue = { runs: [run], items: [item], now: 5 };
const service: ServiceSnapshot = {
  names: ['local'],
  requests: { used: 3, limit: 120 },
  tokens: { used: 40 },
  inFlight: 1,
  concurrency: 5,
  configured: 'auto',
  breaker: 'open',
  trips: 1,
  pause: { reason: 'down', until: 9 },
  stopped: 'no key',
  workers: [
    { slot: 0, since: 1, busy: { run: 'r', item: 'i', stage: 'text' } },
    { slot: 1, since: 1 },
  ],
  workerCount: 2,
};
const step: QueueStep = {
  item: 'i',
  stage: 'text',
  label: 'mug',
  state: 'failed',
  startedAt: 1,
  finishedAt: 2,
  message: 'no',
  attempts: [
    {
      attempt: 1,
      service: 'local',
      model: 'm',
      startedAt: 1,
      durationMs: 2.5,
      outcome: 'rate-limited',
      message: 'wait',
      tokens: 4,
      cost: 0.1,
    },
  ],
};
const fromHost: readonly HostMessage[] = [
  { type: 'snapshot', snapshot: queue },
  { type: 'changes', ...queue },
  { type: 'services', services: [service], now: 5 },
  { type: 'samples', run: 'r', samples: [{ at: 1, perMinute: 2, latency: { p50: 1, p95: 2 }, cost: 0.1 }] },
  { type: 'previews', previews: [{ run: 'r', item: 'i', text: 'once' }] },
  { type: 'record', run: 'r', item: 'i' },
  { type: 'record', run: 'r', item: 'i', way: { steps: [step], further: 2 } },
  { type: 'texts', run: 'r', item: 'i', input: 'in', output: 'out' },
];
const fromPanel: readonly PanelMessage[] = [
  { type: 'ready' },
  { type: 'generate' },
  { type: 'cancelItems', run: 'r', items: ['i'] },
  { type: 'retryItems', run: 'r', items: ['i', 'j'] },
  { type: 'prioritise', run: 'r', items: ['i'], by: -1 },
  { type: 'runStageAgain', run: 'r', stage: 'text' },
  { type: 'watch', services: true, samples: 'r', previews: [{ run: 'r', item: 'i' }] },
  { type: 'showRecord', run: 'r', item: 'i' },
  { type: 'showTexts', run: 'r', item: 'i' },
  { type: 'openCandidate', run: 'r', item: 'i' },
  { type: 'runItemsAgain', run: 'r', items: ['i'] },
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
      { type: 'changes', ...queue, items: [{ ...item, priority: 12 }] },
      { type: 'changes', ...queue, items: [{ ...item, reason: 'completed' }] },
      { type: 'services', services: [{ ...service, breaker: 'ajar' }], now: 1 },
      { type: 'changes', ...queue, runs: [{ ...run, perMinute: null }] },
      { type: 'changes', ...queue, runs: [{ ...run, counts: { ...run.counts, failed: -1 } }] },
    ]) {
      assert.equal(readHostMessage(message), undefined, JSON.stringify(message));
    }
    for (const message of [
      { type: 'run', command: 'workbench.action.quit' },
      { type: 'cancelItems', run: 'r', items: 'i' },
      { type: 'prioritise', run: 'r', items: ['i'], by: 5 },
      { type: 'watch', services: 1, previews: [] },
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
