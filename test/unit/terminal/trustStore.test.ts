import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trustStore } from '../../../src/terminal/trustStore.ts';
import { useScratchFolder } from '../../support/scratch.ts';

describe('remembered trust', () => {
  const scratch = useScratchFolder();
  const state = () => join(scratch(), 'state', 'ours');
  const file = () => join(state(), 'trusted.json');

  it('is of one folder and one content', async () => {
    const store = trustStore(state());
    assert.equal(await store.isTrusted('/a', '1'), false);
    assert.equal(await store.trust('/a', '1'), true);
    assert.equal(await store.isTrusted('/a', '1'), true);
    assert.equal(await store.isTrusted('/a', '2'), false);
    assert.equal(await store.isTrusted('/b', '1'), false);
    assert.equal(await trustStore(state()).trust('/b', '2'), true);
    assert.equal(await store.isTrusted('/a', '1'), true);
    assert.equal(await store.isTrusted('/b', '2'), true);
  });

  it('lies where nobody else can look, and leaves nothing else', async () => {
    await trustStore(state()).trust('/a', '1');
    assert.deepEqual(readdirSync(state()), ['trusted.json']);
    if (process.platform === 'win32') return;
    assert.equal(statSync(state()).mode & 0o777, 0o700);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
  });

  it('forgets the oldest contents of a folder', async () => {
    const store = trustStore(state());
    for (let content = 0; content <= 20; content++) await store.trust('/a', String(content));
    assert.equal(await store.isTrusted('/a', '0'), false);
    assert.equal(await store.isTrusted('/a', '1'), true);
    assert.equal(await store.isTrusted('/a', '20'), true);
  });

  it('trusts nobody by a file that cannot be read, and does without a place', async () => {
    const store = trustStore(state());
    await store.trust('/a', '1');
    for (const text of ['{"/a": "1"}', '{"/a": ["1"', '[]']) {
      writeFileSync(file(), text);
      assert.equal(await store.isTrusted('/a', '1'), false);
    }
    await store.trust('__proto__', '1');
    assert.equal(await store.isTrusted('/a', '1'), false);
    assert.match(readFileSync(file(), 'utf8'), /^\{/);
    assert.equal(await trustStore(join(file(), 'below')).trust('/a', '1'), false);
  });
});
