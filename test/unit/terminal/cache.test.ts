import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { namesTo, useWorkbench } from '../../support/terminalHarness.ts';

describe('parallel-candidates generate --cache', function () {
  this.timeout(30_000);
  const bench = useWorkbench();

  async function cached(...args: readonly string[]) {
    const callsBefore = bench().called().length;
    const { code, stderr, report } = await bench().generate('--cache', 'on', ...args);
    assert.equal(code, 0, stderr);
    const { written, skipped, files } = report;
    return { written, skipped, files, calls: bench().called().length - callsBefore };
  }

  const file = (name: string): string => bench().seen(`candidates/a/${name}`);

  it('on: makes only what it has not made before', async () => {
    bench().prompt(5);
    assert.deepEqual((await cached()).calls, 5);
    const before = bench().candidates();
    bench().prompt(8);
    const { written, skipped, files, calls } = await cached();
    assert.deepEqual([skipped, written, calls], [5, 3, 3]);
    assert.deepEqual(bench().called().toSorted(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(bench().names(), namesTo(8));
    assert.deepEqual(
      files,
      namesTo(8).map((name) => join(bench().folder, 'candidates/a', name)),
    );
    for (const [name, text] of before) assert.equal(bench().candidates().get(name), text);
    assert.deepEqual(
      bench()
        .manifest()
        .map((entry) => entry.file),
      namesTo(8),
    );
    const all = bench().candidates();
    const again = await cached();
    assert.deepEqual([again.skipped, again.written, again.calls], [8, 0, 0]);
    assert.deepEqual(bench().candidates(), all, 'nothing was written');
  });

  it('on: brings back what was deleted, under its name, and keeps what a person has edited', async () => {
    bench().prompt(4);
    await cached();
    const before = bench().candidates();
    for (const name of ['02.md', '04.md']) rmSync(file(name));
    writeFileSync(file('03.md'), 'Better.\n');
    bench().prompt(6);
    const { written, skipped, calls } = await cached();
    assert.deepEqual([skipped, written, calls], [4, 2, 2]);
    assert.deepEqual(bench().names(), namesTo(6));
    const after = bench().candidates();
    assert.deepEqual(
      namesTo(4).map((name) => after.get(name)),
      [before.get('01.md'), before.get('02.md'), 'Better.\n', before.get('04.md')],
    );
  });

  it('on: calls for another model, other parameters and another prompt', async () => {
    bench().prompt(1);
    assert.equal((await cached()).calls, 1);
    assert.equal((await cached('--model', 'other')).calls, 1);
    writeFileSync(bench().seen('a.prompt.md'), `${readFileSync(bench().seen('a.prompt.md'), 'utf8')}Be brief.\n`);
    assert.equal((await cached()).calls, 1);
    bench().prompt(1, 'a', '  temperature: 0.5\n');
    assert.equal((await cached()).calls, 1);
    assert.equal((await cached()).calls, 0);
    assert.deepEqual(bench().names(), namesTo(4));
  });

  it('on: with several prompts and models', async () => {
    bench().prompt(2);
    bench().prompt(2, 'b');
    const both = ['b.prompt.md', '--model', 'one,two'];
    assert.deepEqual((await cached(...both)).calls, 8);
    rmSync(bench().seen('candidates/b/01.two.md'));
    const { written, skipped, calls } = await cached(...both, '--candidates', '3');
    assert.deepEqual([skipped, written, calls], [8, 4, 4]);
    const names = namesTo(3).flatMap((name) => ['one', 'two'].map((model) => name.replace('.md', `.${model}.md`)));
    assert.deepEqual(bench().names('candidates/a'), names);
    assert.deepEqual(bench().names('candidates/b'), names);
    assert.equal((await cached(...both, '--candidates', '3', '--model', 'three')).calls, 6, 'the new model alone');
  });

  it('on: goes on after a kill without a call for what is cached', async () => {
    bench().prompt(4);
    await cached();
    rmSync(file('03.md'));
    bench().prompt(6);
    bench().server.hold(0);
    const running = bench().generating('--cache', 'on');
    await bench().eventually(() => bench().called().length === 6);
    running.process.kill('SIGKILL');
    await running.result;
    bench().server.release();
    const { code, report } = await bench().resume();
    assert.deepEqual([code, report.skipped, report.written], [0, 4, 2]);
    assert.deepEqual(bench().called().slice(6).toSorted(), [5, 6]);
    assert.deepEqual(bench().names(), namesTo(6));
  });

  it('refresh: makes all again, and the cache has the new texts', async () => {
    bench().prompt(2);
    await cached();
    bench().server.configure({ seed: 2 });
    const { report } = await bench().generate('--cache', 'refresh');
    assert.deepEqual([report.written, report.skipped, bench().called().length], [2, 0, 4]);
    assert.deepEqual(bench().names(), namesTo(4));
    rmSync(bench().seen('candidates'), { recursive: true });
    assert.equal((await cached()).calls, 0);
    const [text] = bench().ask<{ text: string }>('SELECT text FROM cache JOIN results USING (text) WHERE position = 0');
    assert.ok([...bench().candidates().values()].includes(`${text?.text}\n`));
  });

  it('off: neither reads nor writes it', async () => {
    bench().prompt(2);
    await bench().generate();
    await bench().generate('--cache', 'off');
    assert.equal(bench().called().length, 4);
    assert.equal((await cached()).calls, 2, 'nothing was cached');
    await bench().generate();
    assert.equal(bench().called().length, 8);
  });

  it("follows the workspace's setting, and the flag before that", async () => {
    bench().prompt(2);
    mkdirSync(bench().seen('.vscode'));
    writeFileSync(bench().seen('.vscode/settings.json'), '{ "parallelCandidates.cache": "on" }');
    await bench().generate('--trust');
    assert.equal((await bench().generate('--trust')).report.skipped, 2);
    assert.equal(bench().called().length, 2);
    assert.equal((await bench().generate('--trust', '--cache', 'off')).report.written, 2);
    assert.equal(bench().called().length, 4);
    writeFileSync(bench().seen('.vscode/settings.json'), '{ "parallelCandidates.cache": "off" }');
    assert.equal((await bench().generate('--trust', '--cache', 'on')).report.skipped, 2);
    const { code, stderr } = await bench().run('generate', 'a.prompt.md', '--cache', 'sometimes');
    assert.equal(code, 2);
    assert.match(stderr, /--cache must be off, on, refresh, not "sometimes"\./);
  });

  it('keeps nothing secret, nor does the journal', async () => {
    const secrets = { OPENAI_API_KEY: 'sk-very-secret', OTHER_KEY: 'another-secret' };
    bench().prompt(2);
    bench().server.configure({ apiKey: 'sk-very-secret', faults: { every: 3, kind: '500' } });
    const args = ['generate', 'a.prompt.md', '--cache', 'on', '--retry-base', '20', '--json'];
    const { code, stderr } = await bench().start([...args, '--base-url', bench().server.baseUrl], secrets).result;
    assert.equal(code, 0, stderr);
    for (const address of [
      `${bench().server.baseUrl}?key=query-secret`,
      bench().server.baseUrl.replace('//', '//user:user-secret@'),
    ]) {
      await bench().start([...args, '--candidates', '3', '--attempts', '1', '--base-url', address], secrets).result;
    }
    await bench().start(
      [
        ...args,
        '--candidates',
        '4',
        '--attempts',
        '1',
        '--api-key-env',
        'OTHER_KEY',
        '--base-url',
        bench().server.baseUrl,
      ],
      secrets,
    ).result;
    const folder = dirname(bench().seenJournal);
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name), 'latin1');
      for (const secret of ['very-secret', 'another-secret', 'query-secret', 'user-secret']) {
        assert.ok(!bytes.includes(secret), `${secret} in ${name}`);
      }
      assert.doesNotMatch(bytes, /authorization|bearer/i);
    }
    assert.doesNotMatch(readFileSync(bench().seen('candidates/a/manifest.json'), 'utf8'), /secret/);
  });
});
