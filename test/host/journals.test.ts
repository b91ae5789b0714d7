import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Folders } from '../../src/editor/files/folders.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { RunSummary } from '../../src/model/run.ts';
import { Runs } from '../../src/runs/runs.ts';
import { ServiceDirectory } from '../../src/runs/serviceDirectory.ts';
import type { Workspace } from '../../src/runs/workspace.ts';
import { journalKey, stateVariable } from '../../src/storage/stateFolder.ts';

describe('journals of workspace folders', () => {
  const stateFolder = () => process.env[stateVariable]!;
  const workspaceFolder = () => vscode.workspace.workspaceFolders![0]!;
  let scratch: string;
  let opened: Folders[];

  beforeEach(() => {
    scratch = realpathSync(mkdtempSync(join(tmpdir(), 'parallel-candidates-host-')));
    opened = [];
  });

  afterEach(async () => {
    for (const folders of opened) await folders.dispose();
    rmSync(scratch, { recursive: true, force: true });
  });

  /** As another window has them. */
  function otherWindow(): Folders {
    const services = new ServiceDirectory(systemClock, Math.random);
    const runs = new Runs({ services, clock: systemClock, random: Math.random, reportError: assert.ifError });
    const extension = vscode.extensions.getExtension('parallel-candidates.parallel-candidates')!;
    const folders = new Folders(extension, runs, {} as vscode.LogOutputChannel);
    opened.push(folders);
    return folders;
  }

  async function workspaceAt(folders: Folders, path: string): Promise<Workspace> {
    const workspace = await folders.open(vscode.Uri.file(path));
    assert.ok(workspace.ok, path);
    return workspace.value;
  }

  async function runsIn({ journal }: Workspace): Promise<readonly string[]> {
    const listed = await journal.listRuns();
    assert.ok(listed.ok);
    return listed.value.rows.map(({ id }) => id);
  }

  /** @returns the run that it has then */
  async function generateIn(path: string): Promise<string> {
    mkdirSync(path);
    const prompt = join(path, 'line.prompt.md');
    writeFileSync(prompt, '---\ncandidates:\n  count: 1\n---\nWrite a line.\n');
    const uri = vscode.Uri.file(prompt);
    const summary = await vscode.commands.executeCommand<RunSummary | undefined>('parallelCandidates.generate', uri);
    assert.ok(summary);
    return summary.run;
  }

  it('lie in the state folder, and one that comes with a folder is not opened', async () => {
    const attacker = join(scratch, 'attacker');
    const theirs = await generateIn(attacker);
    const { fsPath } = workspaceFolder().uri;
    const planted = join(fsPath, '.parallel-candidates');
    cpSync(join(stateFolder(), journalKey(attacker)), planted, { recursive: true });
    const before = readdirSync(planted);
    try {
      const folders = otherWindow();
      for (const workspace of await folders.openJournalled()) assert.ok(!(await runsIn(workspace)).includes(theirs));
      assert.ok(!(await runsIn(await workspaceAt(folders, fsPath))).includes(theirs));
      assert.deepEqual(readdirSync(planted), before);
    } finally {
      rmSync(planted, { recursive: true });
    }
  });

  it('go over to the folder that a moved one is now', async () => {
    const old = join(scratch, 'old');
    const moved = await generateIn(old);
    const asked: string[][] = [];
    const told: string[] = [];
    const { showQuickPick, showInformationMessage } = vscode.window;
    vscode.window.showQuickPick = ((items: readonly vscode.QuickPickItem[]) => {
      asked.push(items.map(({ description }) => description ?? ''));
      return Promise.resolve(items.find(({ description }) => description === old));
    }) as unknown as typeof showQuickPick;
    vscode.window.showInformationMessage = (message: string) => {
      told.push(message);
      return Promise.resolve(undefined);
    };
    try {
      await vscode.commands.executeCommand('parallelCandidates.adoptRuns');
      assert.ok(!asked.flat().includes(old), 'a folder that is there keeps its runs');
      renameSync(old, join(scratch, 'new'));
      await vscode.commands.executeCommand('parallelCandidates.adoptRuns');
    } finally {
      Object.assign(vscode.window, { showQuickPick, showInformationMessage });
    }
    assert.ok(asked.at(-1)?.includes(old));
    assert.deepEqual(told.at(-1), `1 run of ${old} belongs to ${workspaceFolder().name} now.`);
    assert.ok(!readdirSync(stateFolder()).includes(journalKey(old)));
    const workspace = await workspaceAt(otherWindow(), workspaceFolder().uri.fsPath);
    assert.ok((await runsIn(workspace)).includes(moved));
    const run = await workspace.journal.run(moved);
    assert.equal(run.ok && run.value.root, workspaceFolder().uri.fsPath);
    await vscode.commands.executeCommand('parallelCandidates.discardRun', moved);
  });
});
