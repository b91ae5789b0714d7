import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { CandidateShelves } from '../../src/editor/candidateShelves.ts';
import { EventStream } from '../../src/runs/board/eventStream.ts';
import { MemoryFileSystem } from './memoryFileSystem.ts';
import { WorkspaceFiles } from '../../src/editor/files/workspaceFiles.ts';
import { until } from './waiting.ts';

const id = (name: string): string => `parallelCandidates.${name}`;

describe('choosing in the editor', function () {
  this.timeout(60_000);
  let folder = '';
  const uri = (...names: readonly string[]): vscode.Uri => vscode.Uri.file(join(folder, ...names));
  const candidate = (name: string): vscode.Uri => uri('candidates', 'line', name);
  const read = (...names: readonly string[]): string => readFileSync(join(folder, ...names), 'utf8');
  const shelf = (): Record<string, unknown>[] =>
    (JSON.parse(read('candidates', 'line', 'shelf.json')) as { candidates: Record<string, unknown>[] }).candidates;

  beforeEach(() => {
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    folder = join(workspace?.uri.fsPath ?? '', `choosing-${Date.now()}`);
    mkdirSync(join(folder, 'candidates/line'), { recursive: true });
    writeFileSync(join(folder, 'line.prompt.md'), '---\ncandidates:\n  count: 3\n---\nWrite a line.\n');
    for (const number of [1, 2, 3]) writeFileSync(candidate(`0${number}.md`).fsPath, `Line ${number}.\n`);
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    rmSync(folder, { recursive: true, force: true });
  });

  it('picks, rates and archives what it is given, and takes it back, the last first', async () => {
    await vscode.commands.executeCommand(id('rate4'), candidate('02.md'));
    await vscode.commands.executeCommand(id('pick'), candidate('02.md'));
    assert.equal(read('line.picked.md'), 'Line 2.\n');
    assert.deepEqual(
      shelf().map(({ file, rating, picked, pickedTo }) => ({ file, rating, picked, pickedTo })),
      [{ file: '02.md', rating: 4, picked: true, pickedTo: '../../line.picked.md' }],
    );
    await vscode.commands.executeCommand(id('archiveOthers'), uri('line.prompt.md'));
    assert.ok(existsSync(candidate('archive/01.md').fsPath) && existsSync(candidate('archive/03.md').fsPath));
    await vscode.commands.executeCommand(id('undoChoice'));
    assert.ok(existsSync(candidate('01.md').fsPath) && existsSync(candidate('03.md').fsPath));
    await vscode.commands.executeCommand(id('undoChoice'));
    assert.ok(!existsSync(join(folder, 'line.picked.md')));
    await vscode.commands.executeCommand(id('undoChoice'));
    assert.equal(shelf().find(({ file }) => file === '02.md')?.rating, null);
  });

  it('is about the candidate in the editor in front, and shows the next one for an archived one', async () => {
    await vscode.window.showTextDocument(candidate('02.md'));
    await vscode.commands.executeCommand(id('nextCandidate'), candidate('02.md'));
    assert.equal(vscode.window.activeTextEditor?.document.uri.path, candidate('03.md').path);
    await vscode.commands.executeCommand(id('previousCandidate'), candidate('03.md'));
    assert.equal(vscode.window.activeTextEditor.document.uri.path, candidate('02.md').path);
    await vscode.commands.executeCommand(id('archive'), candidate('02.md'));
    assert.ok(existsSync(candidate('archive/02.md').fsPath));
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs.map(({ label }) => label));
    assert.ok(!tabs.includes('02.md'), tabs.join());
  });

  it('compares two in the comparison of the editor, and all with the picked one', async () => {
    const inFront = (): vscode.Tab | undefined => vscode.window.tabGroups.activeTabGroup.activeTab;
    await vscode.commands.executeCommand(id('compare'), candidate('01.md'), [candidate('01.md'), candidate('03.md')]);
    await until(() => inFront()?.input instanceof vscode.TabInputTextDiff, vscode.window.tabGroups.onDidChangeTabs);
    assert.equal(inFront()?.label, 'line: 01 ↔ 03');
    await vscode.commands.executeCommand(id('pick'), candidate('03.md'));
    await vscode.commands.executeCommand(id('compareAll'), uri('line.prompt.md'));
    const isAll = (): boolean => inFront()?.label.startsWith('line: against 03') === true;
    await until(isAll, vscode.window.tabGroups.onDidChangeTabs);
    const input = inFront()?.input as { readonly textDiffs?: readonly { readonly modified: vscode.Uri }[] };
    assert.deepEqual(
      input.textDiffs?.map(({ modified }) => modified.path),
      [candidate('01.md').path, candidate('02.md').path],
    );
  });

  it('says that a file is no candidate, and changes nothing', async () => {
    writeFileSync(join(folder, 'notes.md'), 'Notes\n');
    await vscode.commands.executeCommand(id('archive'), uri('notes.md'));
    assert.equal(read('notes.md'), 'Notes\n');
    assert.ok(!existsSync(candidate('shelf.json').fsPath));
  });

  describe('by what commands, views and board share', () => {
    const runs = () => ({
      events: new EventStream((error) => assert.fail(String(error))),
      workspaceOf: () => undefined,
      snapshots: () => ({ runs: [], items: [] }),
    });
    type Parameters_ = ConstructorParameters<typeof CandidateShelves>;
    const shelvesOf = (filesOf: (folder: vscode.Uri) => WorkspaceFiles): CandidateShelves =>
      new CandidateShelves({ filesOf } as unknown as Parameters_[0], runs() as unknown as Parameters_[1]);

    it('keeps the decisions of a folder that is not on a disk, and tells of them', async () => {
      const files = new MemoryFileSystem();
      const registration = vscode.workspace.registerFileSystemProvider('choosing', files);
      const shelves = shelvesOf((of) => new WorkspaceFiles(of));
      try {
        const root = vscode.Uri.from({ scheme: 'choosing', path: '/work' });
        const prompt = vscode.Uri.joinPath(root, 'line.prompt.md');
        await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(root, 'candidates/line'));
        await vscode.workspace.fs.writeFile(prompt, Buffer.from('Write a line.\n'));
        for (const number of [1, 2]) {
          const file = vscode.Uri.joinPath(root, `candidates/line/0${number}.md`);
          await vscode.workspace.fs.writeFile(file, Buffer.from(`Line ${number}.\n`));
        }
        const told: string[] = [];
        shelves.onDidChange((prompts) => told.push(...prompts.map(String)));
        const listed = await shelves.list(prompt);
        assert.ok(listed.ok);
        const [, second] = listed.value.candidates;
        assert.ok(second);
        const picked = await shelves.pick(second);
        assert.ok(picked.ok, picked.ok ? '' : picked.failure);
        const target = vscode.Uri.joinPath(root, 'line.picked.md');
        assert.equal(Buffer.from(await vscode.workspace.fs.readFile(target)).toString(), 'Line 2.\n');
        const again = await shelves.list(prompt);
        assert.deepEqual(again.ok && again.value.candidates.map(({ isPicked }) => isPicked), [false, true]);
        await until(
          () => told.includes(prompt.toString()),
          (check) => shelves.onDidChange(check),
        );
        assert.equal((await shelves.undo())?.ok, true);
        const back = await shelves.list(prompt);
        assert.deepEqual(back.ok && back.value.candidates.map(({ isPicked }) => isPicked), [false, false]);
      } finally {
        shelves.dispose();
        registration.dispose();
      }
    });
  });
});
