import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator } from '@playwright/test';
import { stateVariable } from '../../src/storage/stateFolder.ts';
import { startCli } from '../support/cli.ts';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';
import { expect, test } from './support/fixtures.ts';
import type { Workbench } from './support/workbench.ts';

const command = 'Parallel Candidates: Generate Candidates in Parallel';
/** Candidate n asks with this seed plus n - 1, so that the server's ledger tells the candidates apart. */
const firstSeed = 100;

test.describe('runs that were interrupted', () => {
  let server: TestServer;

  test.beforeEach(async ({ folder, workbench }) => {
    server = await startTestServer({ latency: { kind: 'fixed', ms: 100 } });
    await workbench.writeSettings({
      'parallelCandidates.services': [
        { name: 'local', kind: 'openai', baseUrl: server.baseUrl, models: ['test-model'], maxConcurrent: 4 },
      ],
      'parallelCandidates.defaultService': 'local',
      'parallelCandidates.retry.baseSeconds': 0.1,
    });
    await mkdir(join(folder, 'prompts'));
    await writeFile(
      join(folder, 'prompts/tagline.prompt.md'),
      `---\ncandidates:\n  count: 20\n  seed: ${firstSeed}\n---\nWrite a tagline.\n`,
    );
    await workbench.open();
  });

  test.afterEach(() => server.close());

  const candidates = (folder: string) =>
    readdirSync(join(folder, 'prompts/candidates/tagline')).filter((name) => name.endsWith('.md'));

  /** Seeds that were answered more than once; calls that are held have not been read yet. */
  function answeredAgain(): number[] {
    const seeds = server.ledger.records.flatMap(({ seed }) => seed ?? []);
    return seeds.filter((seed, place) => seeds.indexOf(seed) < place);
  }

  async function showQueue(workbench: Workbench): Promise<FrameLocator> {
    await workbench.focusView('Candidates', 'Queue');
    return workbench.webview();
  }

  /** Starts the run, lets so many candidates through and ends the extension host as a crash would. */
  async function crashAfter(workbench: Workbench, kill: () => void, written: number): Promise<void> {
    server.hold(written);
    await workbench.openFile('tagline.prompt.md');
    await expect(workbench.codeLens('Generate')).toBeVisible();
    await workbench.runCommand(command);
    await expect(workbench.webview().locator('.run-row')).toContainText(`${written} written`);
    kill();
    await workbench.open();
  }

  test('by a crash of the extension host: what is left is offered and resumed', async ({
    workbench,
    editorServer,
    folder,
  }) => {
    await crashAfter(workbench, () => editorServer.killExtensionHosts(), 8);
    await expect(workbench.notification('tagline: 8 written, 12 left.')).toBeVisible();
    await workbench.screenshot('resume-offer');
    server.release();
    await workbench.clickNotification('tagline: 8 written', 'Resume');
    const queue = await showQueue(workbench);
    await expect(workbench.notification('tagline: 20 candidates were written.')).toBeVisible({ timeout: 30_000 });
    await expect(queue.locator('.run-row')).toContainText('20 written');

    expect(candidates(folder).sort()).toEqual(
      Array.from({ length: 20 }, (_, place) => `${String(place + 1).padStart(2, '0')}.md`),
    );
    // Only what was in flight, and so not answered, was asked for once more.
    expect(answeredAgain()).toEqual([]);
    expect(server.ledger.records).toHaveLength(20 + 4);
    const manifest = JSON.parse(readFileSync(join(folder, 'prompts/candidates/tagline/manifest.json'), 'utf8')) as {
      candidates: { file: string }[];
    };
    expect(manifest.candidates.map(({ file }) => file)).toEqual(candidates(folder).sort());
    expect((await readdir(join(folder, 'prompts/candidates/tagline'))).length).toBe(21);

    await workbench.open();
    await expect(workbench.statusBarItem('Candidates')).toBeVisible();
    await expect(workbench.notification(/tagline/)).toHaveCount(0);
  });

  test('can be discarded: the candidates stay', async ({ workbench, editorServer, folder }) => {
    await crashAfter(workbench, () => editorServer.killExtensionHosts(), 3);
    const queue = await showQueue(workbench);
    await expect(queue.locator('[data-run]')).toHaveAttribute('data-state', 'unfinished');
    for (const theme of ['light', 'dark', 'high contrast'] as const) {
      await workbench.setColorTheme(theme);
      await queue.locator('body').evaluate(`document.fonts.ready`);
      await workbench.screenshot(`queue-unfinished-${theme.replaceAll(' ', '-')}`);
    }
    await queue.locator('[data-action="discard-run"]').click();
    await expect(queue.locator('[data-run]')).toHaveCount(0);
    expect(candidates(folder)).toHaveLength(3);
    await workbench.open();
    await expect(workbench.statusBarItem('Candidates')).toBeVisible();
    await expect(workbench.notification(/tagline/)).toHaveCount(0);
  });

  test('by closing the window are resumed in the queue', async ({ workbench, folder }) => {
    server.hold(5);
    await workbench.openFile('tagline.prompt.md');
    await expect(workbench.codeLens('Generate')).toBeVisible();
    await workbench.runCommand(command);
    await expect(workbench.webview().locator('.run-row')).toContainText('5 written');
    await workbench.close();
    server.release();
    await workbench.open();
    await expect(workbench.statusBarItem(/\d+ left/)).toBeVisible();
    const queue = await showQueue(workbench);
    await expect(queue.locator('[data-run]')).toHaveAttribute('data-state', 'unfinished');
    await queue.locator('[data-run] [data-action="resume"]').click();
    await expect(queue.locator('[data-run]')).toHaveAttribute('data-state', 'finished', { timeout: 30_000 });
    expect(candidates(folder)).toHaveLength(20);
  });

  test('in a terminal go on here; one that still runs there is left alone', async ({
    workbench,
    editorServer,
    folder,
  }) => {
    await workbench.close();
    server.hold(4);
    const terminal = startCli(
      ['generate', 'prompts/tagline.prompt.md', '--base-url', server.baseUrl, '--concurrency', '4'],
      { cwd: folder, env: { OPENAI_API_KEY: 'key', [stateVariable]: editorServer.stateFolder } },
    );
    await expect.poll(() => server.ledger.records.length).toBe(8);
    await workbench.open();
    const queue = await showQueue(workbench);
    await expect(queue.locator('[data-run]')).toHaveAttribute('data-state', 'elsewhere');
    await expect(queue.locator('.run-row')).toContainText('Running elsewhere');
    await workbench.screenshot('running-elsewhere');
    await workbench.runCommand('Parallel Candidates: Resume Run…');
    await workbench.pick('tagline');
    await expect(workbench.notification(/is going on in a terminal/)).toBeVisible({ timeout: 30_000 });
    terminal.process.kill('SIGKILL');
    await terminal.result;
    server.release();
    await expect(queue.locator('[data-run]')).toHaveAttribute('data-state', 'unfinished', { timeout: 30_000 });
    await queue.locator('[data-run] [data-action="resume"]').click();
    await expect(queue.locator('[data-run]')).toHaveAttribute('data-state', 'finished', { timeout: 30_000 });
    expect(candidates(folder)).toHaveLength(20);
  });

  test('failed candidates are retried, and one that was written is run again', async ({ workbench, folder }) => {
    server.configure({ faults: { every: 4, kind: '400' } });
    await workbench.openFile('tagline.prompt.md');
    await expect(workbench.codeLens('Generate')).toBeVisible();
    await workbench.runCommand(command);
    await expect(workbench.notification(/5 of 20 candidates failed/)).toBeVisible({ timeout: 30_000 });
    await workbench.screenshot('queue-some-failed');
    server.configure({ faults: null });
    await workbench.clickNotification(/5 of 20 candidates failed/, 'Retry Failed');
    await expect(workbench.notification('tagline: 20 candidates were written.')).toBeVisible({ timeout: 30_000 });
    expect(candidates(folder)).toHaveLength(20);
    expect(server.ledger.records).toHaveLength(25);

    const queue = workbench.webview();
    const first = queue.locator('[data-item][data-state="written"]').first();
    await expect(async () => {
      await first.hover();
      await first.locator('[data-action="run-item-again"]').click({ timeout: 2000 });
    }).toPass();
    await expect.poll(() => candidates(folder).length).toBe(21);
    expect(server.ledger.records).toHaveLength(26);
  });
});

test.describe('the cache', () => {
  let server: TestServer;

  test.beforeEach(async ({ folder, workbench }) => {
    server = await startTestServer();
    await workbench.writeSettings({
      'parallelCandidates.services': [
        { name: 'local', kind: 'openai', baseUrl: server.baseUrl, models: ['test-model'] },
      ],
      'parallelCandidates.defaultService': 'local',
      'parallelCandidates.cache': 'on',
    });
    await writePrompt(folder, 5);
    await workbench.open();
  });

  test.afterEach(() => server.close());

  const writePrompt = (folder: string, count: number) =>
    writeFile(join(folder, 'haiku.prompt.md'), `---\ncandidates:\n  count: ${count}\n---\nWrite a haiku.\n`);

  test('makes three calls for eight candidates after five, until it is cleared', async ({ workbench, folder }) => {
    await workbench.openFile('haiku.prompt.md');
    await workbench.codeLens('Generate 5 candidates').click();
    await expect(workbench.notification('haiku: 5 candidates were written.')).toBeVisible({ timeout: 30_000 });
    await writePrompt(folder, 8);
    await workbench.runCommand('Notifications: Clear All Notifications');
    await workbench.codeLens('Generate 8 candidates').click();
    await expect(workbench.notification('haiku: 3 candidates were written. 5 were in the cache.')).toBeVisible({
      timeout: 30_000,
    });
    expect(server.ledger.records).toHaveLength(8);
    expect(readdirSync(join(folder, 'candidates/haiku')).sort()).toEqual([
      ...Array.from({ length: 8 }, (_, place) => `0${place + 1}.md`),
      'manifest.json',
    ]);
    await workbench.screenshot('queue-cached');

    await workbench.runCommand('Parallel Candidates: Clear Cache');
    await expect(workbench.notification('8 cached texts are gone; candidates stay.')).toBeVisible();
    await workbench.runCommand('Notifications: Clear All Notifications');
    await workbench.codeLens('Generate 8 candidates').click();
    await expect(workbench.notification('haiku: 8 candidates were written.')).toBeVisible({ timeout: 30_000 });
    expect(server.ledger.records).toHaveLength(16);
  });
});
