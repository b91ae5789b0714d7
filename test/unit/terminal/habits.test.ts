import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonReport } from '../../../src/terminal/report.ts';
import { worstHabits } from '../../support/server/worstHabits.ts';
import { said, useWorkbench } from '../../support/terminalHarness.ts';

describe('parallel-candidates on services with the habits of real ones', function () {
  this.timeout(60_000);
  const bench = useWorkbench();

  for (const { habit, text, isCut, reason, mostCalls } of worstHabits) {
    it(`${reason === undefined ? 'writes what it is sent' : `fails with ${reason} and one line`}: ${habit}`, async () => {
      bench().prompt(2);
      bench().server.configure({ habit });
      const ran = await bench().generating('--json', '--attempts', '2', '--retry-base', '10').result;
      const report = JSON.parse(ran.stdout) as JsonReport;
      const written = reason === undefined ? 2 : 0;
      assert.deepEqual([report.written, report.failed, report.cut], [written, 2 - written, isCut ? 2 : 0], ran.stderr);
      assert.equal(ran.code, reason === undefined ? 0 : 1);
      for (const error of report.errors) assert.equal(error.reason, reason, error.message);
      const calls = bench().called().length;
      assert.ok(calls <= mostCalls, `${calls} calls`);
      for (const name of bench().visible()) {
        const made = readFileSync(join(bench().folder, 'candidates/a', name), 'utf8');
        if (text !== undefined) assert.equal(made, `${text}\n`);
        assert.ok(!made.includes('[object Object]') && made.trim() !== '');
      }
      assert.ok(Number.isFinite(report.tokens.input) && Number.isFinite(report.tokens.output));
      assert.ok(
        said(ran.stderr).every((line) => line.length < 400 && !line.includes('{')),
        ran.stderr,
      );
    });
  }

  it('keeps the thinking of a model in the manifest, where that is asked for', async () => {
    bench().prompt(1);
    bench().server.configure({ habit: 'reasoning-content' });
    mkdirSync(bench().seen('.vscode'));
    const { baseUrl } = bench().server;
    const thinker = { name: 'thinker', kind: 'openai', baseUrl, models: ['m'], reasoning: 'keep' };
    writeFileSync(bench().seen('.vscode/settings.json'), JSON.stringify({ 'parallelCandidates.services': [thinker] }));
    const { code, stderr } = await bench().run('generate', 'a.prompt.md', '--service', 'thinker', '--trust');
    assert.equal(code, 0, stderr);
    const [entry] = bench().manifest();
    assert.equal(entry?.reasoning, 'Weather?');
    assert.equal(readFileSync(bench().seen('candidates/a/01.md'), 'utf8'), 'Rain falls.\n');
  });
});
