import assert from 'node:assert/strict';
import {
  previewOf,
  queueItem,
  queueService,
  recordMessage,
  textsMessage,
} from '../../../src/editor/views/queueMessages.ts';
import type { ItemOverview } from '../../../src/storage/journal/records.ts';
import { readHostMessage } from '../../../src/protocolSchema.ts';

const evil = 'a\u202Eb\u001B[31m';
const shown = 'a⟨U+202E⟩b␛[31m';

const overview: ItemOverview = {
  id: 'i',
  position: 0,
  stage: 0,
  key: evil,
  root: 0,
  place: '',
  prompt: { path: '/a.pipeline.yml', name: 'a', hash: '' },
  row: '',
  index: 1,
  number: 1,
  service: 's',
  model: 'm',
  priority: 5,
  reservation: 1,
  state: 'failed',
  attempts: 1,
  usage: { input: 0, output: 0 },
  failure: { reason: 'timeout', message: evil, stage: 'text' },
};

describe('what the queue panel is sent', () => {
  it('holds nothing that an eye could miss, and nothing that its schema does not know', () => {
    const attempt = { item: 'i', attempt: 1, service: evil, model: evil, startedAt: 1, durationMs: 2, queueWaitMs: 0 };
    const failed = { ...attempt, outcome: 'timeout', message: evil, cost: 0.5 } as const;
    const message = recordMessage('r', 'i', {
      steps: [{ item: overview, stage: evil, attempts: [failed] }],
      further: 0,
    });
    assert.deepEqual(readHostMessage(message), message);
    assert.ok(message.type === 'record' && message.way);
    const [step] = message.way.steps;
    assert.deepEqual([step?.label, step?.stage, step?.message], [shown, shown, shown]);
    assert.deepEqual([step?.attempts[0]?.service, step?.attempts[0]?.message], [shown, shown]);
    const texts = textsMessage('r', 'i', { input: `${evil}\nsecond line` });
    assert.deepEqual(texts, { type: 'texts', run: 'r', item: 'i', input: `${shown}\nsecond line` });
  });

  it('names a record by its key, and says why an item failed', () => {
    const item = queueItem({
      ...{ run: 'r', id: 'i', position: 0, prompt: '/x', promptName: 'a', row: '', record: evil, model: 'm', index: 1 },
      ...{ state: 'failed', priority: 5, stage: 'text', stageIndex: 0, stageCount: 2, progress: 0, attempts: 1 },
      failure: { reason: 'timeout', message: 'Too late.', stage: 'text' },
    });
    assert.deepEqual([item.record, item.reason, item.message], [shown, 'timeout', 'Too late.']);
    assert.ok(!('prompt' in item) && !('failure' in item));
  });

  it('keeps the end of a text for its preview, on one line', () => {
    assert.equal(previewOf('  first\n\nsecond\t line '), 'first second line');
    const preview = previewOf(`${'a'.repeat(500)}😀 the end`);
    assert.ok(preview.length <= 160 && preview.endsWith('the end'));
    assert.equal(previewOf(`😀${'a'.repeat(159)}`), 'a'.repeat(159));
  });

  it('tells of services in words that are shown', () => {
    const service = queueService({
      ...{ names: [evil], requests: { used: 1 }, tokens: { used: 1 }, inFlight: 0, concurrency: 1, configured: 1 },
      ...{ breaker: 'closed', trips: 0, stopped: evil, workerCount: 1 },
      workers: [{ slot: 0, since: 1, busy: { run: 'r', item: 'i', stage: evil } }],
    });
    assert.deepEqual([service.names, service.stopped, service.workers[0]?.busy?.stage], [[shown], shown, shown]);
  });
});
