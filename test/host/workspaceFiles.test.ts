import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { WorkspaceFiles } from '../../src/editor/files/workspaceFiles.ts';
import { CandidateWriter } from '../../src/storage/candidateWriter.ts';
import { PathLocks } from '../../src/storage/pathLocks.ts';
import { MemoryFileSystem } from './memoryFileSystem.ts';

let scheme = 0;

describe('candidates that are not on a disk', () => {
  let memory: MemoryFileSystem;
  let files: WorkspaceFiles;
  let registration: vscode.Disposable;
  let base: vscode.Uri;
  const start = (isReadonly = false) => {
    memory = new MemoryFileSystem();
    base = vscode.Uri.parse(`memory${++scheme}://host/ws`);
    registration = vscode.workspace.registerFileSystemProvider(base.scheme, memory, {
      isCaseSensitive: true,
      isReadonly,
    });
    files = new WorkspaceFiles(base);
  };
  beforeEach(() => start());
  afterEach(() => {
    registration.dispose();
  });
  const text = (path: string): string => memory.text(path);
  const names = () => [...memory.entries.keys()].sort();

  it('are created with their folders, read and listed', async () => {
    assert.deepEqual(await files.names('/ws/a'), []);
    assert.equal(await files.read('/ws/a/01.md'), undefined);
    assert.equal(await files.create('/ws/a/b/01.md', '\ufefftéxt', '/ws'), true);
    assert.equal(await files.read('/ws/a/b/01.md'), '\ufefftéxt');
    assert.equal(await files.read('/ws/a/b'), undefined);
    assert.deepEqual(await files.names('/ws/a/b'), ['01.md']);
    assert.deepEqual(names(), ['/', '/ws', '/ws/a', '/ws/a/b', '/ws/a/b/01.md']);
  });

  it('and their manifests stay inside, and out of what programs run or read as configuration', async () => {
    const before = names();
    for (const [path, code] of [
      ['/ws/../x/a.md', 'OUTSIDE_ROOT'],
      ['/x/a.md', 'OUTSIDE_ROOT'],
      ['/ws/.vscode/manifest.json', 'GUARDED'],
      ['/ws/a/node_modules/a.md', 'GUARDED'],
    ] as const) {
      await assert.rejects(files.create(path, 'new', '/ws'), { code }, path);
      await assert.rejects(files.replace(path, 'new'), { code }, path);
      await assert.rejects(files.setAside(path, '/ws/aside'), { code }, path);
      await assert.rejects(files.setAside('/ws/a.md', path), { code }, path);
    }
    assert.deepEqual(names(), before);
  });

  it('never take the place of a file', async () => {
    memory.entries.set('/ws/01.md', new TextEncoder().encode('mine'));
    assert.equal(await files.create('/ws/01.md', 'new', '/ws'), false);
    assert.equal(text('/ws/01.md'), 'mine');
    assert.deepEqual(names(), ['/', '/ws', '/ws/01.md']);
  });

  it('never take the place of a file that comes meanwhile', async () => {
    for (const canRename of [true, false]) {
      memory.canRename = canRename;
      const path = `/ws/${canRename}.md`;
      const write = memory.writeFile.bind(memory);
      memory.writeFile = (uri, content) => {
        write(uri, content);
        memory.entries.set(path, new TextEncoder().encode('mine'));
      };
      assert.equal(await files.create(path, 'new', '/ws'), false);
      assert.equal(text(path), 'mine');
      memory.writeFile = write;
    }
    assert.deepEqual(names(), ['/', '/ws', '/ws/false.md', '/ws/true.md']);
  });

  it('are written where nothing can be renamed', async () => {
    memory.canRename = false;
    assert.equal(await files.create('/ws/01.md', 'new', '/ws'), true);
    assert.equal(await files.create('/ws/01.md', 'newer', '/ws'), false);
    assert.equal(text('/ws/01.md'), 'new');
    assert.deepEqual(names(), ['/', '/ws', '/ws/01.md']);
    memory.writeFails = '02.md';
    await assert.rejects(files.create('/ws/02.md', 'new', '/ws'), { code: 'Unavailable' });
    assert.deepEqual(names(), ['/', '/ws', '/ws/01.md']);
  });

  it('leave nothing partial', async () => {
    memory.writeFails = '.tmp';
    await assert.rejects(files.create('/ws/01.md', 'new', '/ws'), { code: 'Unavailable' });
    assert.deepEqual(names(), ['/', '/ws']);
    assert.deepEqual(
      memory.log.filter((each) => each.includes('01.md')),
      [],
    );
  });

  it('stay inside', async () => {
    await assert.rejects(files.create('/ws/../01.md', 'new', '/ws'), { code: 'OUTSIDE_ROOT' });
    assert.match((await files.folderProblem('/other', '/ws')) ?? '', /^is outside/);
  });

  it('say what is wrong with a folder', async () => {
    memory.entries.set('/ws/file', new Uint8Array());
    assert.equal(await files.folderProblem('/ws/a/b', '/ws'), undefined);
    assert.match(
      (await files.folderProblem('/ws/file/a', '/ws')) ?? '',
      /^cannot be made because \/ws\/file is a file/,
    );
    registration.dispose();
    start(true);
    // The editor learns late that it can only be read.
    while (vscode.workspace.fs.isWritableFileSystem(base.scheme) === undefined) await vscode.workspace.fs.stat(base);
    assert.match((await files.folderProblem('/ws', '/ws')) ?? '', /^is not writable: files of "memory/);
  });

  it('are as many as were written', async () => {
    const writer = new CandidateWriter(files, new PathLocks());
    function* paths(): Iterable<string> {
      for (let n = 1; ; n++) yield `/ws/c/${n}.md`;
    }
    const written = await Promise.all(
      Array.from({ length: 30 }, (_, place) =>
        writer.write({
          root: '/ws',
          paths: paths(),
          text: String(place),
          recovered: false,
          mayAdopt: () => Promise.resolve(false),
        }),
      ),
    );
    assert.equal(new Set(written.map(({ path }) => path)).size, 30);
    for (const [place, { path }] of written.entries()) assert.equal(text(path), String(place));
    assert.equal((await files.names('/ws/c')).length, 30);
  });
});
