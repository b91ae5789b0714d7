import assert from 'node:assert/strict';
import fc from 'fast-check';
import { emptyCounts } from '../../../../src/model/item.ts';
import { widthOf } from '../../../../src/terminal/dashboard/cells.ts';
import { pictureLines } from '../../../../src/terminal/dashboard/pictureLines.ts';
import type { RunPicture, StageTally } from '../../../../src/terminal/dashboard/runTally.ts';

function stage(name: string, counts: Partial<StageTally> = {}): StageTally {
  return { name, waiting: 0, running: 0, done: 0, failed: 0, perMinute: 0, ...counts };
}

const picture: RunPicture = {
  run: {
    id: 'r',
    label: 'literature.pipeline.yml',
    state: 'running',
    total: 120,
    counts: { ...emptyCounts(), written: 33, failed: 1 },
    startedAt: 0,
    perMinute: 56.4,
    eta: { low: 100_000, high: 130_000 },
  },
  stages: [
    stage('text', { running: 4, done: 16, perMinute: 31 }),
    stage('references', { waiting: 12, running: 8, done: 9, failed: 1, perMinute: 20.2, queue: 100 }),
    stage('metadata', { waiting: 3, perMinute: 0.5 }),
  ],
  bottleneck: 'references',
  failures: ['references, tea: server error', 'metadata, salt: timed out'],
};

function drawn(of: RunPicture, columns: number, rows = 24): readonly string[] {
  return pictureLines(of, { columns, rows }).map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
}

describe('the picture of a run in a terminal', () => {
  it('has a row for each stage, the bottleneck marked, and what failed last', () => {
    assert.deepEqual(drawn(picture, 100), [
      'literature.pipeline.yml · 34 of 120 · 56/min · about 2 min left',
      '  stage       waiting  running  done  failed  per min   queue',
      '  text              0        4    16       0       31',
      '▸ references       12        8     9       1       20  12/100  the others wait for it',
      '  metadata          3        0     0       0      0.5',
      'What failed last:',
      '  references, tea: server error',
      '  metadata, salt: timed out',
    ]);
  });

  it('leaves out columns where there is little room, those that say least first', () => {
    const [, heads = ''] = drawn(picture, 45);
    assert.equal(heads, '  stage       waiting  running  done  failed');
    const [, fewer = ''] = drawn(picture, 36);
    assert.equal(fewer, '  stage       running  done  failed');
    assert.equal(drawn(picture, 20).length, 4);
  });

  it('shows those stages that have something to do where not all fit', () => {
    const many = Array.from({ length: 30 }, (_, index) => stage(`s${index}`, { running: index === 20 ? 3 : 0 }));
    const lines = drawn({ ...picture, stages: many, bottleneck: undefined, failures: [] }, 80, 8);
    assert.equal(lines.length, 7);
    assert.ok(lines.some((line) => line.startsWith('  s20 ')));
    assert.equal(lines.at(-1), '  … 26 more');
  });

  it('says why nothing starts in place of when it ends', () => {
    const waiting = { ...picture, run: { ...picture.run, waiting: 'the service asked for 20 s' } };
    assert.equal(drawn(waiting, 100)[0], 'literature.pipeline.yml · 34 of 120 · 56/min · the service asked for 20 s');
    const stopping = { ...picture, run: { ...picture.run, state: 'stopping' as const } };
    assert.match(drawn(stopping, 100)[0] ?? '', /Stopping$/);
  });

  it('is never wider or higher than the terminal, and inert, whatever it shows', () => {
    const foreign = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('漢字'.repeat(20), '👩‍💻 é\u001b[2J\n'),
    );
    fc.assert(
      fc.property(
        fc.array(foreign, { minLength: 1, maxLength: 12 }),
        fc.array(foreign, { maxLength: 6 }),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 40 }),
        (names, failures, columns, rows) => {
          const [label = ''] = names;
          const stages = names.map((name, index) => stage(name, { waiting: index * 1_000_000, queue: 7 }));
          const run = { ...picture.run, label };
          const lines = pictureLines({ run, stages, bottleneck: label, failures }, { columns, rows });
          assert.ok(lines.length >= 1 && lines.length <= Math.max(1, rows - 1));
          for (const line of lines) {
            const text = line.map((span) => span.text).join('');
            assert.ok(widthOf(text) < Math.max(2, columns), JSON.stringify(text));
            assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
          }
        },
      ),
    );
  });
});
