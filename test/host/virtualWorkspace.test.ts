import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { Folders } from '../../src/editor/files/folders.ts';
import { boardViewType } from '../../src/editor/commandIds.ts';
import { QueuePanel } from '../../src/editor/views/queuePanel.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { PanelMessage } from '../../src/protocol.ts';
import type { RunSummary } from '../../src/model/run.ts';
import { Runs } from '../../src/runs/runs.ts';
import { ServiceDirectory } from '../../src/runs/serviceDirectory.ts';
import type { Workspace } from '../../src/runs/workspace.ts';
import { journalKey, stateVariable } from '../../src/storage/stateFolder.ts';
import { readManifest } from '../../src/candidates/manifest.ts';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';
import { MemoryFileSystem } from './memoryFileSystem.ts';
import { eventually, until } from './waiting.ts';

const candidatesFolder = '/ws/candidates/line';
const sixFiles = ['01.md', '02.md', '03.md', '04.md', '05.md', '06.md'];
let scheme = 0;

describe('a workspace folder that is not on a disk', () => {
  let server: TestServer;
  let memory: MemoryFileSystem;
  let registration: vscode.Disposable;
  let folder: vscode.Uri;
  let prompt: vscode.Uri;

  const extension = () => vscode.extensions.getExtension('parallel-candidates.parallel-candidates')!;
  const stateFolder = () => process.env[stateVariable]!;
  const diskFolder = () => vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const candidates = () => memory.names(candidatesFolder).filter((name) => name.endsWith('.md'));
  const manifest = () => readManifest(memory.text(`${candidatesFolder}/manifest.json`));
  const manifestHas = (count: number) =>
    eventually(() => memory.entries.has(`${candidatesFolder}/manifest.json`) && manifest().length === count);

  beforeEach(async () => {
    server = await startTestServer({ latency: { kind: 'fixed', ms: 20 } });
    memory = new MemoryFileSystem();
    folder = vscode.Uri.parse(`virtual${++scheme}://host/ws`);
    registration = vscode.workspace.registerFileSystemProvider(folder.scheme, memory, { isCaseSensitive: true });
    prompt = vscode.Uri.joinPath(folder, 'line.prompt.md');
    memory.put(prompt, '---\ncandidates:\n  count: 6\n---\nWrite a line.\n');
    await changeFolders(1, 0, { uri: folder });
    await configure('services', [{ name: 'test', kind: 'openai', baseUrl: server.baseUrl, models: ['test-model'] }]);
    await configure('defaultService', 'test');
  });

  afterEach(async () => {
    await configure('services', undefined);
    await configure('defaultService', undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await changeFolders(1, 1);
    registration.dispose();
    await server.close();
  });

  async function changeFolders(start: number, remove: number, ...add: { uri: vscode.Uri }[]): Promise<void> {
    const changed = new Promise<void>((resolve) => {
      const subscription = vscode.workspace.onDidChangeWorkspaceFolders(() => {
        subscription.dispose();
        resolve();
      });
    });
    assert.ok(vscode.workspace.updateWorkspaceFolders(start, remove, ...add));
    await changed;
  }

  async function configure(name: string, value: unknown): Promise<void> {
    await vscode.workspace
      .getConfiguration('parallelCandidates')
      .update(name, value, vscode.ConfigurationTarget.Global);
  }

  async function generate(...args: unknown[]): Promise<RunSummary | undefined> {
    return vscode.commands.executeCommand<RunSummary | undefined>('parallelCandidates.generate', ...args);
  }

  /** Answers what the extension asks, as a person would by a click. */
  function answering(method: 'showInformationMessage' | 'showErrorMessage', answer?: string) {
    const messages: string[] = [];
    const original = vscode.window[method];
    const fake = (message: string): Promise<string | undefined> => {
      messages.push(message);
      return Promise.resolve(answer);
    };
    vscode.window[method] = fake;
    return { messages, [Symbol.dispose]: () => void (vscode.window[method] = original) };
  }

  async function isShown(name: string): Promise<void> {
    const shown = () => vscode.window.activeTextEditor?.document.uri;
    await until(() => shown()?.path.endsWith(`/${name}`) === true, vscode.window.onDidChangeActiveTextEditor);
    assert.equal(shown()?.toString(), vscode.Uri.joinPath(folder, 'candidates/line', name).toString());
  }

  /** As another window has them. */
  function otherWindow(): { runs: Runs; folders: Folders } {
    const services = new ServiceDirectory(systemClock, Math.random);
    const runs = new Runs({ services, clock: systemClock, random: Math.random, reportError: assert.ifError });
    const log = { warn: (line: string) => assert.fail(line) };
    return { runs, folders: new Folders(extension(), runs, log) };
  }

  async function journalled(folders: Folders): Promise<Workspace> {
    const opened = await folders.openJournalled();
    const workspace = opened.find((each) => folders.uriOf(each).toString() === folder.toString());
    assert.ok(workspace);
    return workspace;
  }

  /** The messages that a panel gets are the test's. */
  function panelOf({ runs, folders }: { runs: Runs; folders: Folders }): {
    panel: QueuePanel;
    send: (message: PanelMessage) => void;
  } {
    const panel = new QueuePanel({
      extensionUri: extension().extensionUri,
      runs,
      folders,
      log: { warn: (line) => assert.fail(line) },
    });
    const messages = new vscode.EventEmitter<PanelMessage>();
    const never = new vscode.EventEmitter<void>().event;
    const view = {
      webview: {
        onDidReceiveMessage: messages.event,
        asWebviewUri: (uri: vscode.Uri) => uri,
        postMessage: () => Promise.resolve(true),
      },
      visible: true,
      onDidChangeVisibility: never,
      onDidDispose: never,
    };
    panel.resolveWebviewView(view as unknown as vscode.WebviewView);
    return { panel, send: (message) => messages.fire(message) };
  }

  it('gets its candidates with a manifest, and nothing else', async () => {
    const onDisk = readdirSync(diskFolder(), { recursive: true });
    const summary = await generate(prompt);
    assert.equal(summary?.counts.written, 6);
    await manifestHas(6);
    assert.deepEqual(
      manifest().map(({ file }) => file),
      sixFiles,
    );
    assert.deepEqual(new Set(manifest().map(({ run }) => run)), new Set([summary.run]));
    assert.deepEqual(memory.names(candidatesFolder), [...sixFiles, 'manifest.json']);
    assert.deepEqual(memory.names('/ws'), ['candidates', 'line.prompt.md']);
    for (const name of sixFiles) assert.ok(memory.text(`${candidatesFolder}/${name}`).length > 20);
    assert.deepEqual(readdirSync(diskFolder(), { recursive: true }), onDisk);
    assert.equal(existsSync('/ws'), false);
  });

  it('has its journal in the state folder, under its uri, where other windows find it', async () => {
    const before = existsSync(stateFolder()) ? readdirSync(stateFolder()) : [];
    const summary = await generate(prompt);
    const added = readdirSync(stateFolder()).filter((name) => !before.includes(name));
    assert.deepEqual(added, [journalKey(folder.toString())]);
    assert.ok(existsSync(join(stateFolder(), added[0]!, 'journal.sqlite')));
    const { folders } = otherWindow();
    const listed = await (await journalled(folders)).journal.listRuns();
    assert.deepEqual(listed.ok && listed.value.rows.map(({ id }) => id), [summary?.run]);
    await folders.dispose();
  });

  it('continues the numbers and overwrites nothing', async () => {
    await generate(prompt);
    const first = memory.text(`${candidatesFolder}/01.md`);
    await generate(prompt);
    assert.equal(candidates().length, 12);
    assert.equal(memory.text(`${candidatesFolder}/01.md`), first);
    await manifestHas(12);
  });

  it('keeps what was paid for while it cannot be written', async () => {
    memory.writeFails = '.candidate.tmp';
    const failed = await generate(prompt);
    assert.equal(failed?.counts.failed, 6);
    assert.deepEqual(memory.names(candidatesFolder), []);
    memory.writeFails = undefined;
    await vscode.commands.executeCommand('parallelCandidates.retryFailed', failed.run);
    await eventually(() => candidates().length === 6);
    assert.equal(server.ledger.summary().total, 6);
    await manifestHas(6);
  });

  it('shows its candidates', async () => {
    using _clicks = answering('showInformationMessage', 'Show Candidates');
    await generate(prompt);
    const board = () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(boardViewType));
    await until(() => board() !== undefined, vscode.window.tabGroups.onDidChangeTabs);
    assert.equal(board()?.label, 'Candidates: line.prompt.md');
    await vscode.window.tabGroups.close(board()!);
  });

  it('opens its candidates from the panel', async () => {
    const summary = await generate(prompt);
    const window = otherWindow();
    const { run = '' } = summary ?? {};
    await window.runs.show(await journalled(window.folders), run);
    const item = window.runs.snapshots().items.find(({ index }) => index === 3);
    const { panel, send } = panelOf(window);
    send({ type: 'openCandidate', run, item: item!.id });
    await isShown(basename(item!.file!));
    panel.dispose();
    await window.folders.dispose();
  });

  it('has CodeLenses in its prompt files', async () => {
    await vscode.window.showTextDocument(prompt);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', prompt);
    const lens = lenses.find(({ command }) => command?.command === 'parallelCandidates.generate');
    assert.match(lens?.command?.title ?? '', /Generate 6 candidates/);
    assert.equal((await generate())?.counts.written, 6);
  });

  it('finds its prompt files, which the editor cannot search', async () => {
    memory.put(
      vscode.Uri.joinPath(folder, '.github/prompts/more.prompt.md'),
      '---\ncandidates:\n  count: 2\n---\nMore.\n',
    );
    memory.put(vscode.Uri.joinPath(folder, 'node_modules/a/other.prompt.md'), 'Other.\n');
    memory.put(vscode.Uri.joinPath(folder, 'prompts/plain.md'), 'Plain.\n');
    const summary = await generate(folder);
    assert.equal(summary?.label, '2 prompts');
    assert.equal(summary.counts.written, 8);
    // The manifest may be on its way there.
    const written = memory.names('/ws/.github/prompts/candidates/more').filter((name) => name.endsWith('.md'));
    assert.deepEqual(written, ['01.md', '02.md']);
  });

  it('has its problems in the Problems panel', async () => {
    memory.put(prompt, '---\ncandidates:\n  count: many\n---\nWrite a line.\n');
    const changed = until(
      () => vscode.languages.getDiagnostics(prompt).length > 0,
      vscode.languages.onDidChangeDiagnostics,
    );
    void generate(prompt);
    await changed;
    assert.match(vscode.languages.getDiagnostics(prompt)[0]!.message, /"candidates\.count" must be a whole number/);
    assert.equal(server.ledger.summary().total, 0);
  });

  it('never mixes with folders of another file system', async () => {
    const onDisk = vscode.Uri.file(join(diskFolder(), 'mixed.prompt.md'));
    writeFileSync(onDisk.fsPath, 'Write.\n');
    using errors = answering('showErrorMessage');
    assert.equal(await generate(onDisk, [onDisk, prompt]), undefined);
    assert.match(errors.messages[0] ?? '', /not in one file system/);
    rmSync(onDisk.fsPath);
    const { folders } = otherWindow();
    const bases = [folder, folder.with({ authority: 'other' }), folder.with({ scheme: `${folder.scheme}x` })];
    const opened = await Promise.all(bases.map((base) => folders.open(base)));
    for (const [place, workspace] of opened.entries()) {
      assert.ok(workspace.ok);
      const uri = folders.uriOf(workspace.value, '/ws/candidates/01.md');
      assert.equal(uri.toString(), vscode.Uri.joinPath(bases[place]!, 'candidates/01.md').toString());
    }
    await folders.dispose();
  });
});
