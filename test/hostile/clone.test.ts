import assert from 'node:assert/strict';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { useWorkbench } from '../support/terminalHarness.ts';
import { contentsOf, fillHostileClone } from './support/clone.ts';

describe('a hostile clone in a terminal', function () {
  this.timeout(60_000);
  const bench = useWorkbench();
  const home = () => join(realpathSync(dirname(bench().folder)), 'home');

  beforeEach(() => {
    mkdirSync(home());
    writeFileSync(join(home(), 'notes.md'), 'My secret notes.\n');
    fillHostileClone(realpathSync(bench().folder), { home: home(), address: bench().server.baseUrl });
  });

  it('calls no service that its settings name, and changes no service that is built in', async () => {
    const before = contentsOf(home());
    const { code, stderr } = await bench().run('generate', 'prompts/tagline.prompt.md');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^The settings in \S+settings\.json were left alone, .* give --trust to use them\.$/m);
    assert.equal(bench().visible('prompts/candidates/tagline').length, 5);
    for (const name of ['attacker', 'demo', 'openai']) {
      await bench().run('generate', 'prompts/tagline.prompt.md', '--service', name, '--candidates', '1', '--dry-run');
    }
    const { code: refused } = await bench().run('generate', 'prompts/tagline.prompt.md', '--service', 'attacker');
    assert.equal(refused, 2);
    assert.deepEqual(bench().server.ledger.records, []);
    assert.deepEqual(contentsOf(home()), before);
  });

  it('sends nothing of what its links lead to, not even with --trust', async () => {
    for (const more of [[], ['--trust', '--service', 'attacker'], ['--base-url', bench().server.baseUrl]]) {
      const { code, stderr } = await bench().run('generate', 'prompts/notes.prompt.md', ...more);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /prompts\/notes\.prompt\.md is or lies behind a link out of /);
      assert.doesNotMatch(stderr, /secret/);
    }
    assert.deepEqual(bench().server.ledger.records, []);
  });

  it('writes nothing elsewhere, not even with --trust', async () => {
    const before = contentsOf(home());
    for (const name of ['outside', 'through']) {
      const { code, stderr } = await bench().run('generate', `prompts/${name}.prompt.md`, '--trust');
      assert.equal(code, 2, stderr);
      assert.match(stderr, new RegExp(`${name}\\.prompt\\.md:.*\\.$`, 'm'));
    }
    assert.deepEqual(bench().server.ledger.records, []);
    assert.deepEqual(contentsOf(home()), before);
  });
});
