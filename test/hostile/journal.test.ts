import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { namesTo, said, useWorkbench } from '../support/terminalHarness.ts';

describe('a folder that brings a journal', function () {
  this.timeout(30_000);
  const bench = useWorkbench();

  /** What one finds out by looking at a folder: every file with its content. */
  function contents(folder: string): ReadonlyMap<string, string> {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true });
    return new Map(
      names
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
        .sort()
        .map((path) => [path, readFileSync(path, 'latin1')]),
    );
  }

  /** A journal with texts that wait to be written to a place that the attacker chose, wherever one may look for it. */
  async function planted(): Promise<string> {
    const home = join(dirname(bench().folder), 'home');
    mkdirSync(home);
    await bench().killed(4, 1);
    rmSync(bench().seen('candidates'), { recursive: true });
    symlinkSync(home, bench().seen('candidates'));
    const journal = dirname(bench().seenJournal);
    for (const place of ['.parallel-candidates', '.state/parallel-candidates', '.local/state/parallel-candidates']) {
      cpSync(journal, bench().seen(place), { recursive: true });
      cpSync(journal, bench().seen(join(place, basename(journal))), { recursive: true });
    }
    rmSync(bench().state, { recursive: true });
    return home;
  }

  it('has no run: nothing of it is opened, resumed or written', async () => {
    const home = await planted();
    const before = contents(bench().folder);
    const calls = bench().called().length;
    for (const command of [
      ['runs'],
      ['resume'],
      ['resume', '--failed'],
      ['clear'],
      ['clear-cache'],
      ['discard', 'x'],
    ]) {
      const { code, stdout, stderr } = await bench().run(...command);
      assert.deepEqual(
        [code, stdout, stderr],
        [2, '', 'parallel-candidates: There are no runs in this folder: generate something first.\n'],
      );
    }
    const all = await bench().run('runs', '--all');
    assert.deepEqual([all.code, all.stdout, all.stderr], [0, '', 'There are no runs yet.\n']);
    assert.deepEqual(contents(bench().folder), before);
    assert.deepEqual(readdirSync(home), []);
    assert.equal(bench().called().length, calls);
  });

  it('has runs of its own when the person generates there', async () => {
    await planted();
    rmSync(bench().seen('candidates'));
    const before = contents(bench().seen('.parallel-candidates'));
    bench().prompt(2);
    const { code, stderr, report } = await bench().generate();
    assert.deepEqual([code, said(stderr), report.written], [0, [], 2]);
    assert.deepEqual(
      (await bench().runs()).map(({ run }) => run),
      [report.run],
    );
    assert.deepEqual(bench().names(), namesTo(2));
    assert.deepEqual(contents(bench().seen('.parallel-candidates')), before);
  });

  it('does not move the state folder: neither by its settings nor by a file of variables', async () => {
    bench().prompt(1);
    mkdirSync(bench().seen('.vscode'));
    writeFileSync(
      bench().seen('.vscode/settings.json'),
      JSON.stringify({ 'parallelCandidates.stateFolder': bench().folder }),
    );
    writeFileSync(bench().seen('.env'), `PARALLEL_CANDIDATES_STATE=${bench().folder}\n`);
    await bench().generate();
    assert.ok(existsSync(bench().seenJournal));
    assert.deepEqual(readdirSync(bench().folder).sort(), ['.env', '.vscode', 'a.prompt.md', 'candidates']);
  });
});
