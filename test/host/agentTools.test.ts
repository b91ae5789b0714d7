import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';

interface Started {
  readonly run: string;
  readonly status: { readonly state: string; readonly written: number; readonly spent: { readonly requests: number } };
}

interface Results {
  readonly total: number;
  readonly candidates: readonly { readonly file: string; readonly text: string; readonly picked: boolean }[];
}

describe('tools for agents', () => {
  let server: TestServer;
  let folder = '';
  let promptFile = '';

  beforeEach(async () => {
    server = await startTestServer();
    const [root] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(root);
    folder = join(root.uri.fsPath, `test-${Date.now()}`);
    mkdirSync(folder);
    promptFile = `${basename(folder)}/line.prompt.md`;
    writeFileSync(join(folder, 'line.prompt.md'), '---\ncandidates:\n  count: 3\n---\nWrite a line.\n');
    await configure('services', [{ name: 'test', kind: 'openai', baseUrl: server.baseUrl, models: ['test-model'] }]);
    await configure('defaultService', 'test');
  });

  afterEach(async () => {
    for (const name of ['services', 'defaultService']) await configure(name, undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function configure(name: string, value: unknown): Promise<void> {
    await vscode.workspace
      .getConfiguration('parallelCandidates')
      .update(name, value, vscode.ConfigurationTarget.Global);
  }

  async function call<Result>(name: string, input: object, token?: vscode.CancellationToken): Promise<Result> {
    const options = { input, toolInvocationToken: undefined };
    const { content } = await vscode.lm.invokeTool(`parallelCandidates_${name}`, options, token);
    const [part] = content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    return JSON.parse(part.value) as Result;
  }

  it('are offered to models with what they take', () => {
    const names = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('parallelCandidates_'));
    assert.deepEqual(names.sort(), [
      'parallelCandidates_get_results',
      'parallelCandidates_get_status',
      'parallelCandidates_pick_candidate',
      'parallelCandidates_start_generation',
    ]);
  });

  it('generate within a cap, tell how it went, read candidates, and pick one', async () => {
    const input = { promptFile, cap: { requests: 5 }, waitSeconds: 50 };
    const { run, status } = await call<Started>('start_generation', input);
    assert.deepEqual([status.state, status.written, status.spent.requests], ['finished', 3, 3]);
    assert.equal((await call<{ readonly state: string }>('get_status', { run })).state, 'finished');
    const { total, candidates } = await call<Results>('get_results', { promptFile });
    assert.equal(total, 3);
    const [first] = candidates;
    assert.ok(first);
    assert.equal(first.text, readFileSync(join(folder, 'candidates/line/01.md'), 'utf8'));
    const picked = await call<{ readonly target: string }>('pick_candidate', { candidate: first.file });
    assert.equal(picked.target, `${basename(folder)}/line.picked.md`);
    assert.equal(readFileSync(join(folder, 'line.picked.md'), 'utf8'), first.text);
    assert.equal((await call<Results>('get_results', { promptFile })).candidates[0]?.picked, true);
  });

  it('spend nothing without a cap, beyond it, for a file that is no prompt file, or once they are called off', async () => {
    writeFileSync(join(folder, 'secrets.env'), 'KEY=1\n');
    const refused: readonly (readonly [object, RegExp])[] = [
      [{ promptFile }, /"cap" is missing/],
      [{ promptFile, cap: { requests: 2 } }, /This takes 3 requests, and the cap is 2/],
      [{ promptFile, cap: { cost: 5 } }, /A budget of cost needs prices/],
      [{ promptFile: '../../etc/passwd', cap: { requests: 5 } }, /lies outside of/],
      [{ promptFile: `${basename(folder)}/secrets.env`, cap: { requests: 5 } }, /is no prompt file/],
      [{ promptFile: `${basename(folder)}/none.prompt.md`, cap: { requests: 5 } }, /There is no file/],
      [{ promptFile, cap: { requests: 5 }, candidates: '3' }, /"candidates" must be a whole number/],
    ];
    for (const [input, sentence] of refused) await assert.rejects(call('start_generation', input), sentence);
    const cancel = new vscode.CancellationTokenSource();
    cancel.cancel();
    await assert.rejects(call('start_generation', { promptFile, cap: { requests: 5 } }, cancel.token));
    assert.equal(server.ledger.records.length, 0);
    assert.equal(existsSync(join(folder, 'candidates')), false);
  });
});
