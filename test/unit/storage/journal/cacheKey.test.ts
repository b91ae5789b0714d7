import assert from 'node:assert/strict';
import {
  cacheKey,
  stageCacheKey,
  type CacheSubject,
  type StageSubject,
} from '../../../../src/storage/journal/cacheKey.ts';

const subject: CacheSubject = {
  service: 'openai https://api.example.com/v1',
  model: 'small',
  messages: [{ role: 'user', content: 'Hello' }],
  parameters: { temperature: 0.5, seed: 1 },
  index: 1,
};

describe('cache key', () => {
  it('is the same for the same subject, whatever order its parameters are in', () => {
    assert.match(cacheKey(subject), /^[0-9a-f]{64}$/);
    assert.equal(cacheKey({ ...subject, parameters: { seed: 1, temperature: 0.5 } }), cacheKey(subject));
  });

  it('differs with anything that decides about the text', () => {
    const others: readonly CacheSubject[] = [
      { ...subject, service: 'demo' },
      { ...subject, model: 'large' },
      { ...subject, messages: [{ role: 'system', content: 'Hello' }] },
      { ...subject, messages: [...subject.messages, { role: 'user', content: '' }] },
      { ...subject, parameters: { temperature: 0.5 } },
      { ...subject, parameters: { temperature: 0.5, seed: 2 } },
      { ...subject, index: 2 },
    ];
    assert.equal(new Set([subject, ...others].map(cacheKey)).size, others.length + 1);
  });
});

describe('cache key of a stage', () => {
  it('differs with anything that decides about the result', () => {
    const stageSubject: StageSubject = { service: 'demo', stage: 'a', record: { row: 1 }, model: 'small', index: 1 };
    const others: readonly StageSubject[] = [
      { ...stageSubject, service: 'other' },
      { ...stageSubject, stage: 'b' },
      { ...stageSubject, record: { row: 2 } },
      { ...stageSubject, model: 'large' },
      { ...stageSubject, index: 2 },
    ];
    assert.equal(new Set([stageSubject, ...others].map(stageCacheKey)).size, others.length + 1);
  });
});
