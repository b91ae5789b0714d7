/** `npm start`: the extension from its source tree, in an editor with a fresh copy of the samples. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { stateVariable } from '../../../src/storage/stateFolder.ts';
import { repository, run } from './cache.ts';
import { hasDisplay } from './desktop.ts';
import { startEditorServer } from './editorServer.ts';

const scratch = await mkdtemp(join(tmpdir(), 'parallel-candidates-samples-'));
const folder = await copyOfSamples();
const env = { [stateVariable]: join(scratch, 'state') };
const prompt = await firstPrompt(folder);
if (hasDisplay() && isOnPath('code')) {
  await openDesktop();
} else {
  await openBrowserHosted();
}

async function copyOfSamples(): Promise<string> {
  const copy = join(scratch, 'samples');
  await cp(join(repository, 'media/samples'), copy, { recursive: true });
  return copy;
}

/** The prompt file that shows most, else the first one. */
async function firstPrompt(within: string): Promise<string | undefined> {
  const files = await readdir(within, { recursive: true });
  const prompts = files.filter((file) => file.endsWith('.prompt.md')).sort();
  const first = prompts.find((file) => file.endsWith('tagline.prompt.md')) ?? prompts[0];
  return first === undefined ? undefined : join(within, first);
}

async function openDesktop(): Promise<void> {
  const files = prompt === undefined ? [folder] : [folder, prompt];
  await run(
    'code',
    ['--new-window', '--disable-workspace-trust', `--extensionDevelopmentPath=${repository}`, ...files],
    { env: { ...process.env, ...env } },
  );
  console.log(`VS Code is open with the samples in ${folder}`);
}

async function openBrowserHosted(): Promise<void> {
  const stopped = new Promise<void>((done) => {
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
  });
  const server = await startEditorServer({ extensionPath: repository, workspaceFolder: folder, env });
  try {
    const url = server.url(prompt === undefined ? {} : { openFile: prompt });
    console.log(`Open ${url} (Ctrl+C stops it)`);
    if (hasDisplay()) {
      openInBrowser(url);
    }
    await Promise.race([stopped, server.ended]);
  } finally {
    await server.dispose();
  }
}

function openInBrowser(url: string): void {
  const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
    darwin: ['open'],
    win32: ['rundll32', 'url.dll,FileProtocolHandler'],
  };
  const [opener, ...args] = openers[process.platform] ?? ['xdg-open'];
  // The address is printed too, so a machine without an opener loses nothing.
  spawn(opener, [...args, url], { stdio: 'ignore' })
    .on('error', () => undefined)
    .unref();
}

function isOnPath(program: string): boolean {
  const names = process.platform === 'win32' ? [`${program}.cmd`, `${program}.exe`] : [program];
  return (process.env.PATH ?? '').split(delimiter).some((entry) => names.some((name) => existsSync(join(entry, name))));
}
