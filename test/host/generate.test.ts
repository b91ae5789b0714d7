import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunSummary } from '../../src/model/run.ts';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';
import { eventually, until } from './waiting.ts';

function workspaceFolder(): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return folder.uri.fsPath;
}

describe('Generate Candidates in Parallel', () => {
  let server: TestServer;
  let folder = '';
  let prompt: vscode.Uri;

  beforeEach(async () => {
    server = await startTestServer({ latency: { kind: 'fixed', ms: 20 } });
    folder = join(workspaceFolder(), `test-${Date.now()}`);
    mkdirSync(folder);
    prompt = vscode.Uri.file(join(folder, 'line.prompt.md'));
    writeFileSync(prompt.fsPath, '---\ncandidates:\n  count: 6\n---\nWrite a line.\n');
    await configure('services', [{ name: 'test', kind: 'openai', baseUrl: server.baseUrl, models: ['test-model'] }]);
    await configure('defaultService', 'test');
  });

  afterEach(async () => {
    for (const name of ['services', 'defaultService', 'mode', 'promptFiles', 'retry.baseSeconds']) {
      await configure(name, undefined);
    }
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function configure(name: string, value: unknown): Promise<void> {
    await vscode.workspace
      .getConfiguration('parallelCandidates')
      .update(name, value, vscode.ConfigurationTarget.Global);
  }

  async function generate(...args: unknown[]): Promise<RunSummary | undefined> {
    return vscode.commands.executeCommand<RunSummary | undefined>('parallelCandidates.generate', ...args);
  }

  const files = (name = 'line') => readdirSync(join(folder, 'candidates', name)).sort();

  it('writes the candidates of the active prompt file', async () => {
    await vscode.window.showTextDocument(prompt);
    const summary = await generate();
    assert.equal(summary?.counts.written, 6);
    assert.deepEqual(files(), ['01.md', '02.md', '03.md', '04.md', '05.md', '06.md', 'manifest.json']);
  });

  it('continues the numbers and overwrites nothing', async () => {
    await generate(prompt);
    const first = readFileSync(join(folder, 'candidates/line/01.md'), 'utf8');
    await generate(prompt);
    assert.equal(files().length, 13);
    assert.equal(readFileSync(join(folder, 'candidates/line/01.md'), 'utf8'), first);
  });

  it('takes several prompt files, and folders of them', async () => {
    const second = vscode.Uri.file(join(folder, 'sub/second.prompt.md'));
    mkdirSync(join(folder, 'sub'));
    writeFileSync(second.fsPath, '---\ncandidates:\n  count: 2\n---\nWrite another line.\n');
    const both = await generate(prompt, [prompt, second]);
    assert.equal(both?.counts.written, 8);
    const below = await generate(vscode.Uri.file(folder), [vscode.Uri.file(folder), prompt]);
    assert.equal(below?.counts.written, 8);
    assert.equal(below.label, '2 prompts');
  });

  it('runs what the person sees: unsaved changes are saved first', async () => {
    const document = await vscode.workspace.openTextDocument(prompt);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(prompt, new vscode.Range(2, 0, 3, 0), '  count: 2\n');
    await vscode.workspace.applyEdit(edit);
    const summary = await generate(prompt);
    assert.equal(summary?.counts.written, 2);
    assert.equal(document.isDirty, false);
  });

  it('has a CodeLens that says how many', async () => {
    await vscode.window.showTextDocument(prompt);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', prompt);
    const lens = lenses.find(({ command }) => command?.command === 'parallelCandidates.generate');
    assert.match(lens?.command?.title ?? '', /Generate 6 candidates/);
  });

  it('finds prompt files by the configured glob', async () => {
    await configure('promptFiles', '**/*.ask.txt');
    const other = vscode.Uri.file(join(folder, 'other.ask.txt'));
    writeFileSync(other.fsPath, 'Ask something.\n');
    await vscode.window.showTextDocument(other);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', other);
    assert.equal(lenses.filter(({ command }) => command?.command === 'parallelCandidates.generate').length, 1);
    assert.equal((await generate(other))?.counts.written, 5);
  });

  it('runs one at a time in sequential mode', async () => {
    await configure('mode', 'sequential');
    assert.equal((await generate(prompt))?.counts.written, 6);
    assert.equal(server.ledger.peakConcurrent, 1);
  });

  it('leaves whole files only when everything is cancelled half way', async () => {
    server.hold(10);
    writeFileSync(prompt.fsPath, '---\ncandidates:\n  count: 20\n---\nWrite a line.\n');
    const run = generate(prompt);
    const written = () => {
      try {
        return files().filter((name) => name.endsWith('.md')).length;
      } catch {
        return 0;
      }
    };
    await eventually(() => written() === 10);
    await vscode.commands.executeCommand('parallelCandidates.cancelAll');
    const summary = await run;
    assert.ok(summary);
    assert.equal(summary.counts.written, 10);
    assert.equal(summary.counts.cancelled, 10);
    assert.equal(written(), 10);
    assert.deepEqual(
      files().filter((name) => name.endsWith('.tmp')),
      [],
    );
    for (const name of files()) assert.ok(readFileSync(join(folder, 'candidates/line', name), 'utf8').length > 20);
  });

  it('starts nothing while it is paused', async () => {
    writeFileSync(prompt.fsPath, '---\ncandidates:\n  count: 12\n---\nWrite a line.\n');
    const called = new Promise<void>((resolve) => {
      server.configure({
        latency: { kind: 'fixed', ms: 300 },
        faults: () => {
          resolve();
          return null;
        },
      });
    });
    const run = generate(prompt);
    await called;
    await vscode.commands.executeCommand('parallelCandidates.pause');
    assert.ok(server.ledger.summary().total <= 5);
    await vscode.commands.executeCommand('parallelCandidates.resume');
    assert.equal((await run)?.counts.written, 12);
  });

  it('puts what is wrong with a prompt file into the Problems panel, and spends nothing', async () => {
    writeFileSync(prompt.fsPath, '---\ncandidates:\n  count: many\n---\nWrite about {{ product }}.\n');
    const changed = until(
      () => vscode.languages.getDiagnostics(prompt).length > 0,
      (check) => vscode.languages.onDidChangeDiagnostics(check),
    );
    // Its notification waits for an answer, so the command is not awaited.
    void generate(prompt);
    await changed;
    const [diagnostic] = vscode.languages.getDiagnostics(prompt);
    assert.ok(diagnostic);
    assert.equal(diagnostic.range.start.line, 2);
    assert.match(diagnostic.message, /"candidates\.count" must be a whole number/);
    assert.equal(server.ledger.summary().total, 0);
  });

  it('reads no prompt file that a link leads to out of the workspace folder', async function () {
    if (process.platform === 'win32') this.skip();
    const outside = mkdtempSync(join(tmpdir(), 'parallel-candidates-test-'));
    try {
      writeFileSync(join(outside, 'secret'), 'secret');
      const link = vscode.Uri.file(join(folder, 'link.prompt.md'));
      symlinkSync(join(outside, 'secret'), link.fsPath);
      const changed = until(
        () => vscode.languages.getDiagnostics(link).length > 0,
        (check) => vscode.languages.onDidChangeDiagnostics(check),
      );
      void generate(vscode.Uri.file(folder));
      await changed;
      assert.match(
        vscode.languages.getDiagnostics(link)[0]?.message ?? '',
        /^A link leads from this prompt file out of/,
      );
      assert.equal(server.ledger.summary().total, 0, 'nothing is sent');
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('ends as failed, with the reason, when nobody answers', async () => {
    await configure('retry.baseSeconds', 0.01);
    await server.close();
    const summary = await generate(prompt);
    assert.equal(summary?.counts.failed, 6);
    assert.ok((summary.retriesByReason.connection ?? 0) > 0);
  });
});
