import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';
import { expect, test } from './support/fixtures.ts';
import type { Workbench } from './support/workbench.ts';

const title = 'Generate Candidates in Parallel';
const command = `Parallel Candidates: ${title}`;

test.describe('generating candidates', () => {
  let server: TestServer;
  let settings: Record<string, unknown>;

  test.beforeEach(async ({ folder, workbench }) => {
    server = await startTestServer({ latency: { kind: 'fixed', ms: 300 } });
    settings = {
      'parallelCandidates.services': [
        { name: 'local', kind: 'openai', baseUrl: server.baseUrl, models: ['test-model'], maxConcurrent: 5 },
      ],
      'parallelCandidates.defaultService': 'local',
      'parallelCandidates.retry.baseSeconds': 0.2,
    };
    await workbench.writeSettings(settings);
    await mkdir(join(folder, 'prompts'));
    await writePrompt(folder, 'tagline', 8);
    await writePrompt(folder, 'haiku', 3);
    await workbench.open();
  });

  test.afterEach(() => server.close());

  async function writePrompt(folder: string, name: string, count: number): Promise<void> {
    const text = `---\ndescription: ${name}\ncandidates:\n  count: ${count}\n---\nWrite a ${name}.\n`;
    await writeFile(join(folder, 'prompts', `${name}.prompt.md`), text);
  }

  const candidates = (folder: string, name: string) => readdir(join(folder, 'prompts/candidates', name));

  async function finished(workbench: Workbench, text: string | RegExp): Promise<void> {
    await expect(workbench.notification(text)).toBeVisible({ timeout: 30_000 });
    await expect(workbench.statusBarItem('Candidates')).toBeVisible();
  }

  /** Opens a prompt file and waits until the extension has seen it. */
  async function openPrompt(workbench: Workbench, name: string): Promise<void> {
    await workbench.openFile(`${name}.prompt.md`);
    await expect(workbench.codeLens('Generate')).toBeVisible();
  }

  test('from the command palette: progress, queue, status bar, output and files', async ({ workbench, folder }) => {
    server.hold();
    await openPrompt(workbench, 'tagline');
    await workbench.runCommand(command);

    await expect(workbench.notification(/Generating candidates: tagline/)).toContainText(/\d of 8/);
    await expect(workbench.statusBarItem(/5 running/)).toBeVisible();
    const queue = workbench.webview();
    await expect(queue.locator('[data-item]')).toHaveCount(8);
    await expect(queue.locator('[data-item][data-state="running"]')).toHaveCount(5);
    await expect(queue.locator('[data-item][data-state="queued"]')).toHaveCount(3);
    await workbench.screenshot('queue-running');
    server.release();
    await expect(queue.locator('[data-item][data-state="written"]')).toHaveCount(8);
    await finished(workbench, 'tagline: 8 candidates were written.');
    await workbench.screenshot('queue-finished');

    const names = ['01', '02', '03', '04', '05', '06', '07', '08'].map((number) => `${number}.md`);
    expect((await candidates(folder, 'tagline')).sort()).toEqual([...names, 'manifest.json']);
    await queue.locator('[data-item][data-state="written"]').first().dblclick();
    await expect(workbench.tab('01.md')).toBeVisible();

    await workbench.showOutput('Parallel Candidates');
    await expect.poll(() => workbench.outputText('Parallel Candidates')).toMatch(/Slots used/);
    const log = await workbench.outputText('Parallel Candidates');
    expect(log).toMatch(/tagline 0\d: completed in/);
    expect(log).toMatch(/Items\s+8 written/);
    expect(log).toMatch(/Latency\s+p50/);
    await workbench.screenshot('output');
  });

  test('what was cut at the output limit is marked in the queue, the notification and the log', async ({
    workbench,
  }) => {
    server.configure({ faults: { every: 2, kind: 'length' } });
    await openPrompt(workbench, 'tagline');
    await workbench.runCommand(command);
    const sentence = 'tagline: 8 candidates were written. 4 candidates were cut at the output limit: raise max_tokens.';
    await finished(workbench, sentence);
    await expect(workbench.webview().locator('[data-item] .cut')).toHaveCount(4);
    await workbench.screenshot('queue-cut');
    await workbench.showOutput('Parallel Candidates');
    await expect.poll(() => workbench.outputText('Parallel Candidates')).toMatch(/cut at the output\s+limit/);
  });

  test('from the Explorer, on several prompt files at once', async ({ workbench, folder }) => {
    await workbench.explorerItem('prompts').click();
    await workbench.explorerMenu(['tagline.prompt.md', 'haiku.prompt.md', 'prompts'], title);
    await finished(workbench, '2 prompts: 11 candidates were written.');
    expect((await candidates(folder, 'tagline')).length).toBe(9);
    expect((await candidates(folder, 'haiku')).length).toBe(4);
  });

  test('from the Explorer, on a folder', async ({ workbench }) => {
    await workbench.explorerMenu('prompts', title);
    await finished(workbench, '2 prompts: 11 candidates were written.');
  });

  test('from the editor title, and again from the CodeLens: new numbers follow', async ({ workbench, folder }) => {
    await openPrompt(workbench, 'haiku');
    await workbench.editorAction(title).click();
    await finished(workbench, 'haiku: 3 candidates were written.');
    const first = await readFile(join(folder, 'prompts/candidates/haiku/01.md'), 'utf8');
    await workbench.runCommand('Notifications: Clear All Notifications');
    await workbench.codeLens('Generate 3 candidates').click();
    await finished(workbench, 'haiku: 3 candidates were written.');
    expect((await candidates(folder, 'haiku')).filter((name) => name.endsWith('.md')).sort()).toEqual(
      ['01', '02', '03', '04', '05', '06'].map((number) => `${number}.md`),
    );
    expect(await readFile(join(folder, 'prompts/candidates/haiku/01.md'), 'utf8')).toBe(first);
  });

  test('from the command palette without an open prompt file: a quick pick', async ({ workbench }) => {
    await workbench.runCommand(command);
    await expect(workbench.quickPickItem('prompts/haiku.prompt.md')).toBeVisible();
    await workbench.pick('prompts/haiku.prompt.md');
    await workbench.accept();
    await finished(workbench, 'haiku: 3 candidates were written.');
  });

  test('from a prompt file that was just created', async ({ workbench, folder }) => {
    await workbench.runCommand('Parallel Candidates: New Prompt File');
    await workbench.pick('Drafts to choose from');
    await workbench.typeInQuickInput('a/b');
    await expect(workbench.quickInput).toContainText('A name has none of these');
    await workbench.typeInQuickInput('slogan');
    await workbench.accept();
    await expect(workbench.tab('slogan.prompt.md')).toBeVisible();
    await workbench.codeLens('Generate 5 candidates').click();
    await finished(workbench, 'slogan: 5 candidates were written.');
    expect(await candidates(folder, 'slogan')).toHaveLength(6);
  });

  test('cancelling items in the queue, by mouse and by key, leaves the others alone', async ({ workbench, folder }) => {
    server.hold();
    await openPrompt(workbench, 'tagline');
    await workbench.runCommand(command);
    const queue = workbench.webview();
    const running = queue.locator('[data-item][data-state="running"]').first();
    // While the panel still finds its place the row may slip from under the mouse.
    await expect(async () => {
      await running.hover();
      await running.locator('[data-action="cancel-item"]').click({ timeout: 2000 });
    }).toPass();
    await expect(queue.locator('[data-item][data-state="cancelled"]')).toHaveCount(1);
    await queue.locator('[data-item][data-state="queued"]').first().press('Delete');
    await expect(queue.locator('[data-item][data-state="cancelled"]')).toHaveCount(2);
    server.release();
    await expect(queue.locator('[data-item][data-state="written"]')).toHaveCount(6);
    expect((await candidates(folder, 'tagline')).filter((name) => name.endsWith('.md'))).toHaveLength(6);
  });

  test('cancelling from the notification leaves whole files and a clean status bar', async ({ workbench, folder }) => {
    await writePrompt(folder, 'tagline', 20);
    server.hold(10);
    await openPrompt(workbench, 'tagline');
    await workbench.runCommand(command);
    const queue = workbench.webview();
    await expect(queue.locator('.run-row')).toContainText('10 written');
    await workbench.clickNotification(/Generating candidates/, 'Cancel');
    await expect(workbench.statusBarItem('Candidates')).toBeVisible();
    await expect(workbench.notification(/Generating candidates/)).toBeHidden();
    await expect(queue.locator('[data-item][data-state="running"]')).toHaveCount(0);
    const names = await candidates(folder, 'tagline');
    expect(names.some((name) => name.endsWith('.tmp'))).toBe(false);
    const written = names.filter((name) => name.endsWith('.md'));
    expect(written).toHaveLength(10);
    for (const name of written) {
      expect((await readFile(join(folder, 'prompts/candidates/tagline', name), 'utf8')).length).toBeGreaterThan(20);
    }
    // Who thinks better of it goes on where it was.
    server.release();
    await queue.locator('.run-row').hover();
    await queue.locator('[data-run] [data-action="resume"]').click();
    await finished(workbench, 'tagline: 20 candidates were written.');
    expect(server.ledger.records.length).toBe(10 + 5 + 10);
  });

  test('the status bar opens a menu: pause, resume, metrics', async ({ workbench, folder }) => {
    server.hold();
    await writePrompt(folder, 'tagline', 20);
    await openPrompt(workbench, 'tagline');
    await workbench.runCommand(command);
    await workbench.statusBarItem(/running/).click();
    await workbench.pick('Pause');
    await expect(workbench.notification(/Generating candidates/)).toContainText('paused');
    server.release();
    await expect(workbench.statusBarItem(/0 running/)).toBeVisible();
    expect(server.ledger.summary().total).toBe(5);
    await workbench.statusBarItem(/0 running/).click();
    await workbench.pick('Resume');
    await finished(workbench, 'tagline: 20 candidates were written.');
    await workbench.statusBarItem('Candidates').click();
    await workbench.pick('Show Metrics');
    await expect(workbench.page.locator('.output-view .view-lines')).toBeVisible();
  });

  test('failures are retried, and what fails for good says why', async ({ workbench }) => {
    server.configure({ faults: { every: 1, kind: '500' } });
    await openPrompt(workbench, 'haiku');
    await workbench.runCommand(command);
    const queue = workbench.webview();
    await expect(queue.locator('[data-item][data-state="failed"]').first()).toContainText(
      'has a problem of its own (500)',
    );
    await workbench.screenshot('queue-failed');
    await expect(workbench.notification(/candidates failed/)).toContainText('has a problem of its own');
  });

  test('a key is asked for once, kept secret and bound to its service', async ({ workbench }) => {
    server.configure({ apiKey: 'right-key' });
    await openPrompt(workbench, 'haiku');
    await workbench.runCommand(command);
    await expect(workbench.notification(/refused the API key \(401\)/)).toBeVisible();
    await workbench.runCommand('Notifications: Clear All Notifications');

    await workbench.runCommand('Parallel Candidates: Set API Key');
    await workbench.pick('local');
    await expect(workbench.quickInput).toContainText('sent only to http://127.0.0.1');
    await expect(workbench.quickInput.locator('input[type="password"]')).toBeVisible();
    await workbench.typeInQuickInput('right-key');
    await workbench.accept();
    await expect(workbench.notification('The API key for local was stored.')).toBeVisible();
    await workbench.runCommand(command);
    await finished(workbench, 'haiku: 3 candidates were written.');
    expect(await workbench.outputText('Parallel Candidates')).not.toContain('right-key');
  });

  for (const [what, breakIt, sentence] of [
    [
      'broken YAML',
      (folder: string) => writeFile(join(folder, 'prompts/haiku.prompt.md'), '---\ncandidates: [\n---\nHello\n'),
      /haiku\.prompt\.md:\d+: .*not valid YAML/,
    ],
    [
      'a folder that cannot be made',
      (folder: string) => writeFile(join(folder, 'prompts/candidates'), 'a file'),
      /cannot be made because .* is a file: rename one of them/,
    ],
    [
      'a dead host',
      () => server.close(),
      /cannot be reached at http:\/\/127\.0\.0\.1:\d+\/v1: the connection was refused/,
    ],
  ] as const) {
    test(`one clear sentence about ${what}`, async ({ workbench, folder }) => {
      await breakIt(folder);
      await workbench.explorerItem('prompts').click();
      await workbench.explorerMenu('haiku.prompt.md', title);
      await expect(workbench.notification(sentence)).toHaveCount(1);
      await workbench.screenshot(`problem-${what.replaceAll(' ', '-')}`);
    });
  }

  for (const theme of ['light', 'dark', 'high contrast', 'high contrast light'] as const) {
    test(`looks right in ${theme}`, async ({ workbench }) => {
      await workbench.setColorTheme(theme);
      server.configure({ faults: { script: [null, null, '503', null] } });
      server.hold(4);
      await openPrompt(workbench, 'tagline');
      await workbench.runCommand(command);
      const queue = workbench.webview();
      await expect(queue.locator('[data-item][data-state="written"]')).toHaveCount(3);
      await expect(queue.locator('[data-item]:not([data-state="written"])')).toHaveCount(5);
      // How many of those depends on how fast the first were answered.
      await expect(queue.locator('[data-item][data-state="running"]')).not.toHaveCount(0);
      await queue.locator('body').evaluate(`document.fonts.ready`);
      await workbench.screenshot(`theme-${theme.replaceAll(' ', '-')}`);
      server.release();
      await expect(queue.locator('[data-item][data-state="written"]')).toHaveCount(8);
    });
  }
});
