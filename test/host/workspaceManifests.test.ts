import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { WorkspaceFiles } from '../../src/editor/files/workspaceFiles.ts';
import { WorkspaceManifests } from '../../src/editor/files/workspaceManifests.ts';
import { readManifest } from '../../src/candidates/manifest.ts';
import { MemoryFileSystem } from './memoryFileSystem.ts';
import { eventually } from './waiting.ts';
import { manifestEntry } from '../support/manifestEntry.ts';

const path = '/ws/manifest.json';
let scheme = 0;

describe('manifests that are not on a disk', () => {
  let memory: MemoryFileSystem;
  let registration: vscode.Disposable;
  let manifests: WorkspaceManifests;
  let reported: string[];

  beforeEach(() => {
    memory = new MemoryFileSystem();
    const base = vscode.Uri.parse(`manifests${++scheme}://host/ws`);
    registration = vscode.workspace.registerFileSystemProvider(base.scheme, memory, { isCaseSensitive: true });
    for (const name of ['01.md', '02.md', '03.md']) memory.put(vscode.Uri.joinPath(base, name), name);
    reported = [];
    manifests = new WorkspaceManifests(new WorkspaceFiles(base), (message) => reported.push(message), 20);
  });
  afterEach(async () => {
    await manifests.close();
    registration.dispose();
  });
  const files = () => readManifest(memory.text(path)).map(({ file }) => file);
  const left = () => memory.names('/ws').filter((name) => !/^\d\d\.md$/.test(name));

  it('get all entries, whoever comes first, those of files that are there once', async () => {
    manifests.add(path, [manifestEntry('02.md'), manifestEntry('04.md')]);
    manifests.add(path, [manifestEntry('01.md')]);
    manifests.add(path, [manifestEntry('02.md', { contentHash: 'newer' }), manifestEntry('03.md')]);
    await manifests.close();
    assert.deepEqual(files(), ['01.md', '02.md', '03.md']);
    assert.equal(readManifest(memory.text(path))[1]!.contentHash, 'newer');
    assert.deepEqual(left(), ['manifest.json']);
  });

  it('are written where nothing can be renamed', async () => {
    memory.canRename = false;
    manifests.add(path, [manifestEntry('01.md')]);
    await manifests.close();
    manifests.add(path, [manifestEntry('02.md')]);
    await manifests.close();
    assert.deepEqual(files(), ['01.md', '02.md']);
    assert.deepEqual(left(), ['manifest.json']);
  });

  it('are set aside when a person has broken them', async () => {
    const broken = '{ "version": 1, "candidates": [ mine';
    for (const [place, canRename] of [true, false].entries()) {
      memory.canRename = canRename;
      memory.entries.set(path, new TextEncoder().encode(broken));
      manifests.add(path, [manifestEntry('01.md')]);
      await manifests.close();
      assert.deepEqual(files(), ['01.md']);
      const aside = left().filter((name) => name.endsWith('.unreadable'));
      assert.equal(aside.length, place + 1);
      for (const name of aside) assert.equal(memory.text(`/ws/${name}`), broken);
    }
  });

  it('leave a file of somebody else that has their name as it is', async () => {
    memory.entries.set(path, new TextEncoder().encode('{ "name": "App" }'));
    manifests.add(path, [manifestEntry('01.md')]);
    await manifests.close();
    assert.equal(memory.text(path), '{ "name": "App" }');
    assert.deepEqual(
      readManifest(memory.text('/ws/candidates.manifest.json')).map(({ file }) => file),
      ['01.md'],
    );
    assert.deepEqual(left(), ['candidates.manifest.json', 'manifest.json']);
  });

  it('get what they lack once they can be written, which is told once', async () => {
    manifests.add(path, [manifestEntry('01.md')]);
    await manifests.close();
    const before = memory.text(path);
    memory.writeFails = '.manifest.tmp';
    manifests.add(path, [manifestEntry('02.md')]);
    await eventually(() => memory.log.filter((each) => each.includes('.manifest.tmp')).length > 4);
    assert.equal(reported.length, 1);
    assert.match(reported[0]!, /^The manifest \/ws\/manifest\.json cannot be written \(.*no\): mend that, and it gets/);
    assert.equal(memory.text(path), before);
    memory.writeFails = undefined;
    // The editor takes the old one away before the new one gets its name.
    await eventually(() => memory.entries.has(path) && files().length === 2);
    assert.deepEqual(left(), ['manifest.json']);
  });
});
