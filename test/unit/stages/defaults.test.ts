import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { defaultRetry, defaultWorkers } from '../../../src/stages/defaults.ts';

describe('the defaults of stages', () => {
  it('give the cores to what computes, and no bound to what waits', () => {
    assert.equal(defaultWorkers({ kind: 'command' }), availableParallelism());
    assert.equal(defaultWorkers({ kind: 'module', module: 'pdf-text' }), availableParallelism());
    const readers = defaultWorkers({ kind: 'module', module: 'ocr' })!;
    assert.ok(readers >= 1 && readers <= availableParallelism());
    assert.equal(defaultWorkers({ kind: 'http' }), undefined);
    assert.equal(defaultWorkers({ kind: 'prompt' }), undefined);
  });

  it('try a program once', () => {
    assert.equal(defaultRetry({ kind: 'command' })?.attempts, 1);
    assert.equal(defaultRetry({ kind: 'module' })?.attempts, 1);
    assert.equal(defaultRetry({ kind: 'http' }), undefined);
    assert.equal(defaultRetry({ kind: 'prompt' }), undefined);
  });
});
