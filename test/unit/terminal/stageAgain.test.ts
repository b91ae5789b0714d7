import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { PipelineReport } from '../../../src/terminal/pipelineReport.ts';
import { useWorkbench } from '../../support/terminalHarness.ts';

describe('parallel-candidates run --again', function () {
  this.timeout(60_000);
  const bench = useWorkbench();
  const put = (name: string, text: string): void => writeFileSync(bench().seen(name), text);
  const log = (): string => readFileSync(bench().seen('made.log'), 'utf8');
  const stage = (name: string): string => {
    const code = `require('node:fs').appendFileSync('made.log', '${name} '); process.stdout.write('${name}')`;
    return `  - { name: ${name}, command: [node, -e, ${JSON.stringify(code)}] }\n`;
  };

  beforeEach(() =>
    put('three.pipeline.yml', `source: { rows: [{ a: 1 }] }\nstages:\n${stage('one')}${stage('two')}${stage('three')}`),
  );

  it('makes a stage of the last run once more, and what follows it where that has changed', async () => {
    assert.equal((await bench().run('run', 'three.pipeline.yml')).code, 0);
    const { code, stdout, stderr } = await bench().run('run', 'three.pipeline.yml', '--again', 'two', '--json');
    assert.equal(code, 0, stderr);
    const { stages, run } = JSON.parse(stdout) as PipelineReport;
    const came = stages.map(({ written, skipped }) => [written, skipped]);
    // What comes to the same is not followed by other calls.
    assert.deepEqual(
      [came, log()],
      [
        [
          [1, 0],
          [1, 0],
          [0, 1],
        ],
        'one two three two ',
      ],
    );
    assert.deepEqual(
      (await bench().runs()).map((each) => each.run),
      [run],
    );
    assert.equal((await bench().run('run', 'three.pipeline.yml', '--again', 'one,three')).code, 0);
    assert.equal(log(), 'one two three two one three ');
  });

  it('says what it needs', async () => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['--again', 'four'], 2, /has no stage "four": its stages are "one", "two", "three"\./],
      [['--again', 'two', '--limit', '1'], 2, /--again goes on with the last run as it was begun: leave out --limit\./],
      [['--again', 'two'], 2, /three\.pipeline\.yml has not run yet: run it without --again\./],
    ];
    for (const [args, status, expected] of cases) {
      const { code, stdout, stderr } = await bench().run('run', 'three.pipeline.yml', ...args);
      assert.match(stderr, expected);
      assert.deepEqual([code, stdout], [status, '']);
    }
  });
});
