import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RunSamples } from '../../../../src/runs/board/runSamples.ts';

describe('samples of a run', () => {
  it('are few however long it takes, in order, and begin where the run began', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 1, maxLength: 3000 }), (gaps) => {
        const samples = new RunSamples();
        let at = 1_000_000;
        const first = at + (gaps[0] ?? 0);
        for (const gap of gaps) samples.add((at += gap), () => ({ perMinute: 1 }));
        samples.add(at, () => ({ perMinute: 7 }), true);
        assert.ok(samples.all.length <= 241, String(samples.all.length));
        assert.equal(samples.all[0]?.at, first);
        assert.deepEqual(samples.all.at(-1), { at, perMinute: 7 });
        for (const [place, sample] of samples.all.entries()) assert.ok(sample.at >= (samples.all[place - 1]?.at ?? 0));
      }),
      { numRuns: 30 },
    );
  });

  it('are measured only when it is time for one', () => {
    const samples = new RunSamples();
    let measured = 0;
    const measure = () => ({ perMinute: ++measured });
    for (let at = 0; at < 2000; at += 10) samples.add(at, measure);
    assert.equal(measured, 4);
  });
});
