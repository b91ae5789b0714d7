/** Runs inside the extension host in the place of tests: measures, and leaves what it measured as JSON. */
import { readdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import Module from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { RunSummary } from '../../../src/model/run.ts';
import { type LoopReport, observed, threadCpuMs } from '../eventLoop.ts';
import {
  activationProfile,
  type ActivationReport,
  type HostJob,
  type HostReport,
  jobVariable,
  type Panel,
  resultsVariable,
  runProfile,
  type RunReport,
  type SentMessages,
} from './jobs.ts';

const extensionId = 'parallel-candidates.parallel-candidates';
/** The editor is busy with itself for a while after its start, and when a run has ended. */
const settleMs = 3000;
const profileIntervalUs = 500;

export async function run(): Promise<void> {
  const job = JSON.parse(process.env[jobVariable] ?? '') as HostJob;
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (!folder) throw new Error('No folder is open.');
  await delay(settleMs);
  const profiler = job.profileFolder === undefined ? undefined : await startProfiler();
  const activation = await activate();
  await profiler?.stop(join(job.profileFolder ?? '', activationProfile));
  await configure('services', [
    { name: 'bench', kind: 'openai', baseUrl: job.baseUrl, models: [job.model], maxConcurrent: job.maxConcurrent },
  ]);
  await configure('defaultService', 'bench');
  let idle: LoopReport | undefined;
  const runs: RunReport[] = [];
  if (job.panels.length > 0) {
    await delay(settleMs);
    ({ loop: idle } = await observed(() => delay(job.idleMs)));
    for (const panel of job.panels) {
      runs.push(await generate(panel, folder.uri.fsPath, job));
      await vscode.commands.executeCommand('parallelCandidates.clearFinished');
      await vscode.commands.executeCommand('workbench.action.closePanel');
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await delay(settleMs);
    }
  }
  const report: HostReport = { node: process.version, activation, ...(idle ? { idle } : {}), runs };
  writeFileSync(process.env[resultsVariable] ?? '', JSON.stringify(report));
}

async function configure(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('parallelCandidates').update(name, value, vscode.ConfigurationTarget.Global);
}

interface Entry {
  readonly activate: (context: unknown) => unknown;
}

/** Activates the extension, with a watch on how its entry is loaded and called. */
async function activate(): Promise<ActivationReport> {
  const extension = vscode.extensions.getExtension(extensionId);
  if (!extension) throw new Error(`The extension ${extensionId} is not there.`);
  if (extension.isActive) throw new Error('The extension is active already: its activation cannot be measured.');
  const { main } = extension.packageJSON as { main: string };
  const entryPath = join(extension.extensionPath, main);
  let loadMs = Number.NaN;
  let callMs = Number.NaN;
  let cpuMs = 0;
  const loader = Module as unknown as { _load: (this: unknown, request: string, ...rest: unknown[]) => unknown };
  const load = loader._load;
  loader._load = function (request, ...rest) {
    if (request !== entryPath) return load.call(this, request, ...rest);
    const loadedFrom = performance.now();
    const cpuAtLoad = threadCpuMs();
    const entry = load.call(this, request, ...rest) as Entry;
    loadMs = performance.now() - loadedFrom;
    cpuMs += threadCpuMs() - cpuAtLoad;
    return {
      ...entry,
      activate: async (context: unknown): Promise<unknown> => {
        const calledAt = performance.now();
        const cpuAtCall = threadCpuMs();
        const result = await entry.activate(context);
        callMs = performance.now() - calledAt;
        cpuMs += threadCpuMs() - cpuAtCall;
        return result;
      },
    };
  };
  const startedAt = performance.now();
  try {
    await extension.activate();
  } finally {
    loader._load = load;
  }
  return { wallMs: performance.now() - startedAt, loadMs, callMs, cpuMs };
}

async function generate(panel: Panel, folder: string, job: HostJob): Promise<RunReport> {
  const prompt = join(folder, `${panel}.prompt.md`);
  writeFileSync(prompt, `---\ncandidates:\n  count: ${job.count}\n---\nWrite a line for the ${panel} panel.\n`);
  await configure('revealQueue', panel !== 'hidden');
  await configure('confirmAbove.items', job.count);
  await configure('confirmAbove.cost', job.count);
  const sent = countMessages();
  if (panel === 'board') {
    await vscode.commands.executeCommand('parallelCandidates.showBoard', vscode.Uri.file(prompt));
    await delay(settleMs);
  }
  const before = { ...sent.sum };
  const profiler = job.profileFolder === undefined ? undefined : await startProfiler();
  const { loop, result: summary } = await observed(() =>
    vscode.commands.executeCommand<RunSummary | undefined>('parallelCandidates.generate', vscode.Uri.file(prompt)),
  );
  await profiler?.stop(join(job.profileFolder ?? '', runProfile(panel)));
  sent.stop();
  if (!summary) throw new Error('No run was started.');
  const names = readdirSync(join(folder, 'candidates', panel));
  return {
    panel,
    loop,
    written: summary.counts.written,
    files: names.filter((name) => name.endsWith('.md')).length,
    callsAtOnce: { peak: summary.slots.peak, mean: summary.slots.mean },
    sent: {
      messages: sent.sum.messages - before.messages,
      bytes: sent.sum.bytes - before.bytes,
      textBytes: sent.sum.textBytes - before.textBytes,
    },
  };
}

/** Looks on at what panels that are opened from now on are sent. */
function countMessages(): { readonly sum: SentMessages; stop(): void } {
  const sum = { messages: 0, bytes: 0, textBytes: 0 };
  const window = vscode.window as { createWebviewPanel: typeof vscode.window.createWebviewPanel };
  const create = window.createWebviewPanel;
  window.createWebviewPanel = (...given) => {
    const panel = create(...given);
    const webview = panel.webview as { postMessage(message: unknown): Thenable<boolean> };
    const post = webview.postMessage.bind(webview);
    webview.postMessage = (message) => {
      const { length } = JSON.stringify(message);
      sum.messages++;
      sum.bytes += length;
      if ((message as { readonly type?: unknown }).type === 'texts') sum.textBytes += length;
      return post(message);
    };
    return panel;
  };
  return { sum, stop: () => (window.createWebviewPanel = create) };
}

async function startProfiler(): Promise<{ stop(file: string): Promise<void> }> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: profileIntervalUs });
  await session.post('Profiler.start');
  return {
    async stop(file) {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      writeFileSync(file, JSON.stringify(profile));
    },
  };
}
