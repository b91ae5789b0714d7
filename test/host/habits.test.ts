import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunSummary } from '../../src/model/run.ts';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';
import { worstHabits } from '../support/server/worstHabits.ts';

describe('the editor on services with the habits of real ones', function () {
  this.timeout(60_000);
  let server: TestServer;
  let folder = '';
  let prompt: vscode.Uri;

  beforeEach(async () => {
    server = await startTestServer();
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    folder = join(workspace?.uri.fsPath ?? '', `habits-${Date.now()}`);
    mkdirSync(folder);
    prompt = vscode.Uri.file(join(folder, 'line.prompt.md'));
    writeFileSync(prompt.fsPath, '---\ncandidates:\n  count: 2\n---\nWrite a line.\n');
    await configure('services', [{ name: 'test', kind: 'openai', baseUrl: server.baseUrl, models: ['m'] }]);
    await configure('defaultService', 'test');
    await configure('retry.attempts', 2);
    await configure('retry.baseSeconds', 0.01);
  });

  afterEach(async () => {
    for (const name of ['services', 'defaultService', 'retry.attempts', 'retry.baseSeconds']) await configure(name);
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function configure(name: string, value?: unknown): Promise<void> {
    await vscode.workspace
      .getConfiguration('parallelCandidates')
      .update(name, value, vscode.ConfigurationTarget.Workspace);
  }

  for (const { habit, text, isCut, reason, mostCalls } of worstHabits) {
    it(`${reason === undefined ? 'writes what it is sent' : `fails with ${reason}`}: ${habit}`, async () => {
      server.configure({ habit });
      const summary = await vscode.commands.executeCommand<RunSummary>('parallelCandidates.generate', prompt);
      const written = reason === undefined ? 2 : 0;
      assert.deepEqual([summary.counts.written, summary.counts.failed], [written, 2 - written]);
      assert.equal(summary.cut, isCut ? 2 : undefined);
      assert.ok(server.ledger.records.length <= mostCalls, `${server.ledger.records.length} calls`);
      const candidates = join(folder, 'candidates/line');
      const names = existsSync(candidates) ? readdirSync(candidates).filter((name) => name.endsWith('.md')) : [];
      assert.equal(names.length, written);
      for (const name of names) {
        const made = readFileSync(join(candidates, name), 'utf8');
        if (text !== undefined) assert.equal(made, `${text}\n`);
        assert.ok(made.trim() !== '');
      }
    });
  }
});
