import assert from 'node:assert/strict';
import { RecentLatency } from '../../../../src/runs/session/recentLatency.ts';

describe('latency of the last minute', () => {
  it('knows nothing before an attempt and after a quiet minute', () => {
    const latency = new RecentLatency();
    assert.equal(latency.summary(0), undefined);
    latency.add(10, 1000);
    assert.deepEqual(latency.summary(1000), { p50: 10, p95: 10 });
    assert.equal(latency.summary(61_000), undefined);
  });

  it('is of the newest attempts', () => {
    const latency = new RecentLatency();
    for (let at = 0; at < 1000; at++) latency.add(at < 900 ? 5000 : at, at);
    const { p50 = 0, p95 = 0 } = latency.summary(1000) ?? {};
    assert.equal(p95, 5000);
    assert.equal(p50, 5000);
    for (let at = 0; at < 256; at++) latency.add(at + 1, 1000);
    assert.deepEqual(latency.summary(1000), { p50: 128, p95: 244 });
  });
});
