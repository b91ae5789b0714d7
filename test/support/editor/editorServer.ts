import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { stateVariable } from '../../../src/storage/stateFolder.ts';
import { isErrno, run } from './cache.ts';
import { nodeForServer, vscodeServer } from './vscodeServer.ts';

export type Settings = Readonly<Record<string, unknown>>;

/** User settings of an editor that shows the extension and nothing of its own accord. */
const quietSettings: Settings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

export interface EditorServerOptions {
  /** The folder of an extension to load from its source tree. */
  extensionPath?: string;
  /** The packaged extension that is installed in its place, as a person installs it. */
  vsix?: string;
  /** Folders of extensions that are installed beside it. */
  otherExtensions?: readonly string[];
  /** The folder, or the `.code-workspace` file, that opens unless `url()` is told another. */
  workspaceFolder: string;
  /**
   * The JavaScript file whose `run()` is called in the extension host. The editor is then a test editor: it shows no
   * notifications and answers no dialogs.
   */
  extensionTestsPath?: string;
  /** User settings on top of the quiet ones. */
  settings?: Settings;
  /** Kept when given; otherwise a temporary one that goes with the server. */
  userDataDir?: string;
  /** Variables for the server and with it for the extension host; runs are kept in a temporary folder unless they say. */
  env?: NodeJS.ProcessEnv;
}

export interface EditorTarget {
  folder?: string;
  /** A file to open at the start. */
  openFile?: string;
}

/** A running VS Code whose workbench is a web page on this machine. */
export interface EditorServer {
  readonly origin: string;
  readonly userDataDir: string;
  /** Where the extension keeps the journals of runs. */
  readonly stateFolder: string;
  /** The address of the workbench with a folder, the extension and whatever else is asked for. */
  url(target?: EditorTarget): string;
  /** Replaces the user settings for windows that are opened afterwards. */
  writeSettings(settings: Settings): Promise<void>;
  /** The last lines that the server and its extension hosts printed. */
  log(): string;
  /** Resolves when no extension host runs: after a window was closed, its extensions have been deactivated. */
  idle(): Promise<void>;
  /** Ends the extension hosts as a crash would: nothing in them has time to react. */
  killExtensionHosts(): void;
  /** Settles when the server has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Ends the server with all its processes and removes its temporary folders. */
  dispose(): Promise<void>;
}

const readyTimeout = 60_000;
const idleTimeout = 20_000;
const endTimeout = 5_000;
const keptLogLines = 2_000;

/** Writes the user settings of an editor: the quiet ones and what is given on top of them. */
export async function writeQuietSettings(userDataDir: string, settings: Settings = {}): Promise<void> {
  const folder = join(userDataDir, 'User');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'settings.json'), JSON.stringify({ ...quietSettings, ...settings }, null, 2));
}

/** Starts a VS Code server on 127.0.0.1 and resolves when it answers. */
export async function startEditorServer(options: EditorServerOptions): Promise<EditorServer> {
  const installation = await vscodeServer();
  const scratch = await mkdtemp(join(tmpdir(), 'parallel-candidates-editor-'));
  const userDataDir = options.userDataDir ?? join(scratch, 'user');
  const extensionsDir = join(scratch, 'extensions');
  const stateFolder = options.env?.[stateVariable] ?? join(scratch, 'state');
  await writeQuietSettings(userDataDir, options.settings);
  const serverMain = join(installation, 'out/server-main.js');
  const nodePath = await nodeForServer();
  const folders = [
    ...['--server-data-dir', join(scratch, 'server'), '--extensions-dir', extensionsDir],
    ...['--user-data-dir', userDataDir],
  ];
  if (options.vsix !== undefined) {
    await run(nodePath, [serverMain, ...folders, '--accept-server-license-terms', '--install-extension', options.vsix]);
  }
  if (options.extensionTestsPath === undefined) {
    const { vsix, extensionPath, otherExtensions = [] } = options;
    const fromSource = vsix === undefined && extensionPath !== undefined ? [extensionPath] : [];
    const sources = [...fromSource, ...otherExtensions];
    if (sources.length > 0) await installFromLocation(extensionsDir, sources);
  }

  const child = spawn(
    nodePath,
    [
      join(import.meta.dirname, 'serverProcess.ts'),
      serverMain,
      ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--accept-server-license-terms'],
      ...folders,
      ...['--telemetry-level', 'off'],
      // Without it the page ignores the path of the tests; with it, it keeps notifications to itself.
      ...(options.extensionTestsPath === undefined ? [] : ['--enable-smoke-test-driver']),
    ],
    {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: serverEnvironment({ ...options.env, [stateVariable]: stateFolder }),
    },
  );
  const output = new ServerOutput(child);
  const ended = once(child, 'exit').then(
    () => undefined,
    () => undefined,
  );
  let disposed: Promise<void> | undefined;
  const dispose = () =>
    (disposed ??= endTree(child, ended).then(() => rm(scratch, { recursive: true, force: true, maxRetries: 5 })));

  try {
    const port = await output.port;
    const origin = `http://127.0.0.1:${port}`;
    const answer = await fetch(`${origin}/version`, { signal: AbortSignal.timeout(readyTimeout) });
    await answer.text();
    if (!answer.ok) {
      throw new Error(`The VS Code server answers with ${answer.status}.`);
    }
    return {
      origin,
      userDataDir,
      stateFolder,
      url: (target = {}) => workbenchUrl(port, options, target),
      writeSettings: (settings) => writeQuietSettings(userDataDir, settings),
      log: () => output.text(),
      idle: () => output.idle(),
      killExtensionHosts: () => output.extensionHosts().forEach((pid) => process.kill(pid, 'SIGKILL')),
      ended,
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Makes extensions installed ones where they are, as "Install Extension from Location…" does. */
async function installFromLocation(extensionsDir: string, extensionPaths: readonly string[]): Promise<void> {
  const entries = extensionPaths.map(async (extensionPath) => {
    const text = await readFile(join(extensionPath, 'package.json'), 'utf8');
    const { publisher, name, version } = JSON.parse(text) as Record<'publisher' | 'name' | 'version', string>;
    return {
      identifier: { id: `${publisher}.${name}` },
      version,
      location: { $mid: 1, scheme: 'file', path: pathToFileURL(extensionPath).pathname },
      // Without a size the editor would measure the whole source tree.
      metadata: { source: 'resource', installedTimestamp: Date.now(), size: 1 },
    };
  });
  await mkdir(extensionsDir, { recursive: true });
  const list = join(extensionsDir, 'extensions.json');
  const installed = existsSync(list) ? (JSON.parse(await readFile(list, 'utf8')) as unknown[]) : [];
  await writeFile(list, JSON.stringify([...installed, ...(await Promise.all(entries))]));
}

/** The environment without what an editor around this process has left in it, and without an extension gallery. */
function serverEnvironment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE|ELECTRON)_/.test(name));
  return { ...Object.fromEntries(inherited), EXTENSIONS_GALLERY: '{}', ...extra };
}

/** Reads what the server prints: the port it listens on, and the comings and goings of its extension hosts. */
class ServerOutput {
  readonly port: Promise<number>;
  readonly #lines: string[] = [];
  readonly #extensionHosts = new Set<string>();
  readonly #changed = new EventEmitter<{ hosts: [] }>();

  constructor(child: ChildProcess) {
    this.port = new Promise((resolve, reject) => {
      const giveUp = (why: string) => {
        clearTimeout(timer);
        reject(new Error(`The VS Code server ${why}.\n${this.#lines.slice(-20).join('\n')}`));
      };
      const timer = setTimeout(() => giveUp(`did not start within ${readyTimeout / 1000} s`), readyTimeout);
      child.once('error', (error) => giveUp(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) => giveUp(`ended at its start with ${code ?? signal ?? 'nothing'}`));
      for (const stream of [child.stdout, child.stderr]) {
        if (stream !== null) {
          createInterface(stream).on('line', (line) => {
            this.#keep(line);
            const port = /agent listening on (\d+)/.exec(line)?.[1];
            if (port !== undefined) {
              clearTimeout(timer);
              resolve(Number(port));
            }
          });
        }
      }
    });
  }

  text(): string {
    return this.#lines.join('\n');
  }

  extensionHosts(): number[] {
    return [...this.#extensionHosts].map(Number);
  }

  async idle(): Promise<void> {
    const signal = AbortSignal.timeout(idleTimeout);
    try {
      while (this.#extensionHosts.size > 0) {
        await once(this.#changed, 'hosts', { signal });
      }
    } catch {
      // The server keeps the host of a window whose goodbye got lost for hours, in case it comes back.
      for (const pid of this.extensionHosts()) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It has ended meanwhile.
        }
      }
      this.#extensionHosts.clear();
    }
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > keptLogLines) {
      this.#lines.shift();
    }
    const [, pid, event] = /<(\d+)> (Launched|Extension Host Process exited)/.exec(line) ?? [];
    if (pid !== undefined) {
      if (event === 'Launched') {
        this.#extensionHosts.add(pid);
      } else {
        this.#extensionHosts.delete(pid);
      }
      this.#changed.emit('hosts');
    }
  }
}

function workbenchUrl(port: number, options: EditorServerOptions, target: EditorTarget): string {
  const remote = (path: string) => `vscode-remote://127.0.0.1:${port}${pathToFileURL(path).pathname}`;
  const payload: [string, string][] = [];
  if (options.extensionPath !== undefined && options.extensionTestsPath !== undefined) {
    payload.push(['extensionDevelopmentPath', remote(options.extensionPath)]);
    payload.push(['extensionTestsPath', remote(options.extensionTestsPath)]);
  }
  if (target.openFile !== undefined) {
    payload.push(['openFile', remote(target.openFile)]);
  }
  const url = new URL(`http://127.0.0.1:${port}/`);
  const folder = target.folder ?? options.workspaceFolder;
  url.searchParams.set(folder.endsWith('.code-workspace') ? 'workspace' : 'folder', folder);
  if (payload.length > 0) {
    url.searchParams.set('payload', JSON.stringify(payload));
  }
  // Only what a terminal needs encoded to see the whole address as one link.
  return url.href.replaceAll('+', '%20').replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%2C', ',');
}

/** Asks the server's process group to end and, when it has not done so in time, ends it. */
async function endTree(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined) {
    return;
  }
  if (child.exitCode === null && child.signalCode === null) {
    signalTree(child.pid, 'SIGTERM');
    const timer = setTimeout(() => child.stdin?.end(), endTimeout);
    await ended;
    clearTimeout(timer);
  }
  signalTree(child.pid, 'SIGKILL');
}

function signalTree(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) {
      throw error;
    }
  }
}
