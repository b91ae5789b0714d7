import assert from 'node:assert/strict';
import type { Journal } from '../../../../../src/storage/journal/journal.ts';
import type { CallHistory } from '../../../../../src/storage/journal/records.ts';
import { attempt, openJournal, startRun, value } from '../../../../support/journal/support.ts';
import { useScratchFolder } from '../../../../support/scratch.ts';

describe('what earlier calls came to', () => {
  const folder = useScratchFolder();
  let journal: Journal;
  beforeEach(() => {
    journal = openJournal(folder());
  });
  afterEach(() => journal.close());

  const asked = (prompt: string, model: string): CallHistory | undefined =>
    value(journal.read('callHistory', prompt, model));

  it('is that of the prompt file once there is enough, else of its model, else nothing', () => {
    const path = 'prompts/tagline.prompt.md';
    const { model } = attempt(0);
    assert.equal(asked(path, model), undefined);
    const lease = startRun(journal, folder(), 3);
    for (let call = 0; call < 10; call++) {
      const usage = { input: 5, output: 100 + call };
      value(
        journal.write('recordAttempt', lease, { ...attempt(call % 3), usage, durationMs: 1000, outcome: 'completed' }),
      );
    }
    value(journal.write('recordAttempt', lease, { ...attempt(0), outcome: 'timeout', usage: { input: 5, output: 9 } }));
    const ofPrompt = asked(path, model);
    assert.deepEqual(ofPrompt && [ofPrompt.of, ofPrompt.calls, ofPrompt.output, ofPrompt.durationMs.mean], [
      'prompt',
      10,
      { mean: 104.5, p10: 101, p90: 108 },
      1000,
    ]);
    assert.deepEqual([asked('other.prompt.md', model)?.of, asked('other.prompt.md', model)?.calls], ['model', 10]);
    assert.equal(asked(path, 'other'), undefined);
  });

  it('is that of the newest calls only', () => {
    const lease = startRun(journal, folder(), 1);
    for (let call = 0; call < 300; call++) {
      const usage = { input: 5, output: call < 200 ? 1000 : 10 };
      value(journal.write('recordAttempt', lease, { ...attempt(0), usage, outcome: 'completed' }));
    }
    const path = 'prompts/tagline.prompt.md';
    assert.deepEqual(asked(path, attempt(0).model)?.output, { mean: 10, p10: 10, p90: 10 });
  });
});
