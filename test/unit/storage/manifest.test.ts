import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManifestWriter, type ManifestEntry } from '../../../src/storage/manifest.ts';
import { PathLocks } from '../../../src/storage/pathLocks.ts';
import { useScratchFolder } from '../../support/scratch.ts';

function entry(file: string, attempts = 1): ManifestEntry {
  return {
    file,
    item: 'item',
    run: 'run',
    prompt: { path: 'a.prompt.md', hash: 'hash' },
    row: '',
    index: 1,
    service: 'demo',
    model: 'demo',
    variables: {},
    parameters: {},
    tokens: { input: 1, output: 1 },
    attempts,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:01.000Z',
  };
}

describe('manifest', () => {
  const folder = useScratchFolder();
  const path = () => join(folder(), 'manifest.json');
  const read = () => JSON.parse(readFileSync(path(), 'utf8')) as { version: number; candidates: ManifestEntry[] };

  it('keeps every entry that arrives at once, sorted by file', async () => {
    const manifests = new ManifestWriter(new PathLocks());
    const files = Array.from({ length: 50 }, (_, place) => `${String(50 - place).padStart(2, '0')}.md`);
    await Promise.all(files.map((file) => manifests.add(path(), entry(file))));
    assert.equal(read().version, 1);
    assert.deepEqual(
      read().candidates.map(({ file }) => file),
      files.sort(),
    );
    assert.deepEqual(readdirSync(folder()), ['manifest.json']);
  });

  it('adds to what an earlier run wrote, and replaces the entry of the same file', async () => {
    await new ManifestWriter(new PathLocks()).add(path(), entry('01.md'));
    await new ManifestWriter(new PathLocks()).add(path(), entry('02.md'));
    await new ManifestWriter(new PathLocks()).add(path(), entry('01.md', 2));
    assert.deepEqual(
      read().candidates.map(({ file, attempts }) => [file, attempts]),
      [
        ['01.md', 2],
        ['02.md', 1],
      ],
    );
  });

  it('sets a manifest that it cannot read aside and starts a new one', async () => {
    writeFileSync(path(), '{ broken');
    await new ManifestWriter(new PathLocks()).add(path(), entry('01.md'));
    assert.equal(read().candidates.length, 1);
    const aside = readdirSync(folder()).find((name) => name.endsWith('.unreadable'));
    assert.equal(readFileSync(join(folder(), aside!), 'utf8'), '{ broken');
  });

  it('rejects everyone whose entry was not written', async () => {
    mkdirSync(join(folder(), 'manifest.json'));
    const manifests = new ManifestWriter(new PathLocks());
    const results = await Promise.allSettled([manifests.add(path(), entry('01.md')), manifests.add(path(), entry('02.md'))]);
    assert.deepEqual(results.map(({ status }) => status), ['rejected', 'rejected']);
  });
});
