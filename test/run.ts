/**
 * `node test/run.ts [unit] [hostile] [crash] [host] [ui] [oldest]` runs the named suites, all of them without a name, and ends with their counts.
 * `--rounds N` says how often the crash suite kills a process at a random moment.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runTests } from '@vscode/test-electron';
import { stateVariable } from '../src/storage/stateFolder.ts';
import { reason, repository, run, say, testOutput } from './support/editor/cache.ts';
import { browserLaunchOptions } from './support/editor/browser.ts';
import { desktopEditor, desktopIsDemanded } from './support/editor/desktop.ts';
import { writeQuietSettings } from './support/editor/editorServer.ts';
import type { Counts } from './support/editor/mochaResults.ts';
import { oldestRelease, vscodeServer } from './support/editor/vscodeServer.ts';

const suites = { unit, hostile, crash, host, ui, oldest };
type Suite = keyof typeof suites;

/** A machine of CI's that pauses for seconds must not turn a change away. */
const onceMore = process.env.CI === undefined ? [] : ['--retries', '1'];

let interrupted = false;
process.on('SIGINT', () => {
  interrupted = true;
});
// The editor's test runner knows only Ctrl+C.
process.on('SIGTERM', () => process.emit('SIGINT'));

const scratch = await mkdtemp(join(tmpdir(), 'parallel-candidates-test-'));
try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string' } } });
  if (values.rounds !== undefined) process.env.PARALLEL_CANDIDATES_CRASH_ROUNDS = values.rounds;
  process.exitCode = await main(positionals);
} finally {
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
}

async function main(names: readonly string[]): Promise<number> {
  const isSuite = (name: string): name is Suite => Object.hasOwn(suites, name);
  const unknown = names.filter((name) => !isSuite(name));
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no suite "${unknown.join('", "')}": name any of ${Object.keys(suites).join(', ')}.\n`,
    );
    return 2;
  }
  // In their own order: the last one leaves a package behind, which has nothing that tests need.
  const chosen = (Object.keys(suites) as Suite[]).filter((name) => names.length === 0 || names.includes(name));
  const results: [Suite, Counts][] = [];
  for (const name of chosen) {
    if (interrupted) {
      return 130;
    }
    process.stdout.write(`\n── ${name} ──\n`);
    results.push([name, await countsOf(name)]);
  }
  process.stdout.write('\n');
  for (const [name, counts] of results) {
    process.stdout.write(`${name.padEnd(7)} ${sentence(counts)}\n`);
  }
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, counts] of results) {
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  process.stdout.write(`${sentence(total)}\n`);
  return total.failed > 0 ? 1 : 0;
}

function sentence({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** What the suite left as its result; a suite that crashed or ran nothing counts as one failure. */
async function countsOf(name: Suite): Promise<Counts> {
  const resultsFile = join(scratch, `${name}.json`);
  let trouble: string | undefined;
  try {
    const code = await suites[name](resultsFile);
    trouble = code === 0 ? undefined : `ended with exit code ${code}`;
  } catch (error) {
    trouble = reason(error);
  }
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  if (existsSync(resultsFile)) {
    const text = await readFile(resultsFile, 'utf8');
    counts = name === 'ui' || name === 'oldest' ? fromPlaywright(text) : (JSON.parse(text) as Counts);
  } else {
    trouble ??= 'left no result';
  }
  if (trouble === undefined && counts.passed + counts.failed === 0) {
    trouble = 'ran no tests';
  }
  if (trouble !== undefined && counts.failed === 0) {
    process.stderr.write(`The ${name} suite failed: ${trouble}\n`);
    counts.failed = 1;
  }
  return counts;
}

function fromPlaywright(text: string): Counts {
  const { stats } = JSON.parse(text) as { stats: Record<'expected' | 'unexpected' | 'flaky' | 'skipped', number> };
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped };
}

function unit(resultsFile: string): Promise<number> {
  return mocha('test/unit/**/*.test.ts', resultsFile);
}

function hostile(resultsFile: string): Promise<number> {
  return mocha('test/hostile/*.test.ts', resultsFile);
}

function crash(resultsFile: string): Promise<number> {
  return mocha('test/crash/*.test.ts', resultsFile);
}

function mocha(files: string, resultsFile: string): Promise<number> {
  const reporter = join(import.meta.dirname, 'support/editor/mochaResults.ts');
  return node(['node_modules/mocha/bin/mocha.js', '--reporter', reporter, files, ...onceMore], {
    PARALLEL_CANDIDATES_TEST_RESULTS: resultsFile,
  });
}

async function host(resultsFile: string): Promise<number> {
  const workspace = join(scratch, 'workspace');
  const template = join(import.meta.dirname, 'host/workspace');
  await mkdir(workspace);
  if (existsSync(template)) {
    await cp(template, workspace, { recursive: true });
  }
  // A window that has one folder restarts its extensions when a test adds a second.
  const folders = join(scratch, 'tests.code-workspace');
  await writeFile(folders, JSON.stringify({ folders: [{ path: 'workspace' }] }));
  const userDataDir = join(scratch, 'user');
  await writeQuietSettings(userDataDir);
  const launchArgs = [folders, `--user-data-dir=${userDataDir}`, `--extensions-dir=${join(scratch, 'extensions')}`];
  const options = {
    extensionDevelopmentPath: repository,
    extensionTestsPath: join(repository, 'dist/test/host/index.js'),
    extensionTestsEnv: {
      PARALLEL_CANDIDATES_TEST_RESULTS: resultsFile,
      [stateVariable]: join(scratch, 'state'),
    },
  };
  const desktop = await desktopEditor();
  if (desktop !== undefined) {
    try {
      return await runTests({ ...options, vscodeExecutablePath: desktop, launchArgs });
    } catch (error) {
      if (existsSync(resultsFile) || desktopIsDemanded() || interrupted) {
        throw error;
      }
      say(`VS Code for the desktop ran no test (${reason(error)}): running in a browser-hosted one.`);
    }
  }
  const launcher = join(import.meta.dirname, 'support/editor/launcher.ts');
  return runTests({ ...options, vscodeExecutablePath: process.execPath, launchArgs: [launcher, ...launchArgs] });
}

async function ui(resultsFile: string): Promise<number> {
  // Fetched before the first test starts, whose time would not be enough for it.
  await vscodeServer();
  await browserLaunchOptions();
  await rm(join(testOutput, 'ui'), { recursive: true, force: true });
  return playwright(resultsFile);
}

/** The tests tagged `@oldest`, with the packaged extension installed in the oldest editor that it supports. */
async function oldest(resultsFile: string): Promise<number> {
  await mkdir(testOutput, { recursive: true });
  const vsix = join(testOutput, 'parallel-candidates.vsix');
  await run(process.execPath, ['node_modules/@vscode/vsce/vsce', 'package', '--no-dependencies', '--out', vsix], {
    cwd: repository,
  });
  const env = { PARALLEL_CANDIDATES_EDITOR_VERSION: oldestRelease, PARALLEL_CANDIDATES_VSIX: vsix };
  await node([join(import.meta.dirname, 'support/editor/fetchEditor.ts')], env);
  await browserLaunchOptions();
  return playwright(resultsFile, ['--grep', '@oldest'], env);
}

function playwright(resultsFile: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const config = ['--config', 'test/ui/playwright.config.ts'];
  return node(['node_modules/@playwright/test/cli.js', 'test', ...config, ...args], {
    ...env,
    PARALLEL_CANDIDATES_TEST_RESULTS: resultsFile,
  });
}

/** Runs a script of the repository in a process of its own. */
function node(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, { cwd: repository, stdio: 'inherit', env: { ...process.env, ...env } });
    // A terminal's Ctrl+C reaches the child by itself.
    const end = () => child.kill('SIGINT');
    process.once('SIGTERM', end);
    child.on('error', fail);
    child.on('close', (code) => {
      process.off('SIGTERM', end);
      done(code ?? 1);
    });
  });
}
