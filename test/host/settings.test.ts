import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunSummary } from '../../src/model/run.ts';
import { eventually } from './waiting.ts';

describe('a setting that is not what it must be', () => {
  const { showWarningMessage } = vscode.window;
  const warnings: string[] = [];
  let folder = '';

  beforeEach(() => {
    const [workspaceFolder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(workspaceFolder);
    folder = join(workspaceFolder.uri.fsPath, `settings-${Date.now()}`);
    mkdirSync(folder);
    warnings.length = 0;
    vscode.window.showWarningMessage = (message: string) => {
      warnings.push(message);
      return Promise.resolve(undefined);
    };
  });

  afterEach(async () => {
    vscode.window.showWarningMessage = showWarningMessage;
    await configure(undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  async function configure(safetyFactor: unknown): Promise<void> {
    await vscode.workspace
      .getConfiguration('parallelCandidates')
      .update('safetyFactor', safetyFactor, vscode.ConfigurationTarget.Global);
  }

  const sentence = (value: string) =>
    `The setting "parallelCandidates.safetyFactor" must be a number above 0 up to 1, not ${value}: 0.8 is used meanwhile.`;

  it('is told once for each change, not for what is typed in between', async () => {
    await configure('fast');
    await eventually(() => warnings.length > 0);
    assert.deepEqual(warnings, [sentence('"fast"')]);
    for (const typed of ['f', 'fa', 'far']) await configure(typed);
    await eventually(() => warnings.length > 1);
    assert.deepEqual(warnings.slice(1), [sentence('"far"')]);
    await configure('fast');
    await eventually(() => warnings.length > 2);
    assert.deepEqual(warnings.slice(2), [sentence('"fast"')]);
  });

  it('is told when it is used, and counts as its default', async () => {
    const prompt = join(folder, 'line.prompt.md');
    writeFileSync(prompt, '---\ncandidates:\n  count: 2\n---\nWrite a line.\n');
    await configure('slow');
    const generate = () =>
      vscode.commands.executeCommand<RunSummary | undefined>('parallelCandidates.generate', vscode.Uri.file(prompt));
    const first = await generate();
    const second = await generate();
    assert.deepEqual([first?.counts.written, second?.counts.written], [2, 2]);
    assert.deepEqual(warnings, [sentence('"slow"')]);
  });
});
