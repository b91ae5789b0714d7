import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentsOf, fillHostileClone } from '../hostile/support/clone.ts';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';
import { expect, test as base } from './support/fixtures.ts';
import type { Workbench } from './support/workbench.ts';

const command = 'Parallel Candidates: Generate Candidates in Parallel';
const sentence = 'This workspace is not trusted, so nothing of it is used: trust it to generate candidates.';
/** What the clone is after is done within a second when nothing holds it back. */
const attackMs = 4000;

const test = base.extend<object, { home: string }>({
  home: [
    async ({ browserName: _ }, use) => {
      const home = realpathSync(mkdtempSync(join(tmpdir(), 'parallel-candidates-home-')));
      await use(home);
      rmSync(home, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
});

test.use({
  // Everything that the extension writes for the person lies there.
  editorEnvironment: async ({ home }, use) => {
    await use({
      HOME: home,
      XDG_STATE_HOME: join(home, '.local/state'),
      XDG_CONFIG_HOME: join(home, '.config'),
      PARALLEL_CANDIDATES_STATE: join(home, 'state'),
    });
  },
  editorSettings: {
    'security.workspace.trust.enabled': true,
    'security.workspace.trust.startupPrompt': 'always',
    'security.workspace.trust.banner': 'never',
  },
});

test.describe('a hostile clone', () => {
  let server: TestServer;
  let before: ReturnType<typeof everything>;

  test.beforeEach(async ({ folder, home }) => {
    server = await startTestServer();
    for (const name of readdirSync(home)) rmSync(join(home, name), { recursive: true });
    writeFileSync(join(home, '.bashrc'), '# mine\n');
    writeFileSync(join(home, 'notes.md'), 'My secret notes.\n');
    mkdirSync(join(home, 'state'));
    fillHostileClone(realpathSync(folder), { home, address: server.baseUrl });
    before = everything(folder, home);
  });

  test.afterEach(() => server.close());

  const everything = (folder: string, home: string) => ({
    home: [...contentsOf(home)],
    clone: [...contentsOf(folder)],
    beside: readdirSync(join(folder, '..')).includes('x'),
  });

  /** Opens the clone and waits until the extension is there; the question about trust is open then. */
  async function open(workbench: Workbench, url: string): Promise<void> {
    await workbench.page.goto(url);
    await expect(trustDialog(workbench)).toBeVisible({ timeout: 45_000 });
    await expect(workbench.statusBarItem('Candidates')).toBeVisible({ timeout: 30_000 });
  }

  const trustDialog = ({ page }: Workbench) =>
    page.locator('.monaco-dialog-box').filter({ hasText: 'Do you trust the authors' });

  async function answer(workbench: Workbench, button: string): Promise<void> {
    await trustDialog(workbench).getByRole('button', { name: button }).click();
    await expect(trustDialog(workbench)).toBeHidden();
  }

  const grant = (workbench: Workbench) =>
    workbench.page
      .locator('.workspace-trust-editor')
      .getByRole('button', { name: /^Trust$/ })
      .click();

  /** The attack has had its time, and came to nothing. */
  async function nothingHappened({ page }: Workbench, folder: string, home: string): Promise<void> {
    await page.waitForTimeout(attackMs);
    expect(everything(folder, home)).toEqual(before);
    expect(server.ledger.records).toEqual([]);
  }

  /** Not a word of the attacker's stands in a notification, and nothing to click on. */
  async function nothingForeignIsTold(workbench: Workbench): Promise<void> {
    await expect(workbench.notification(/waiting|unfinished|command:/)).toHaveCount(0);
    await expect(workbench.notification().locator('.notification-list-item-message a')).toHaveCount(0);
  }

  test('does nothing while the question about trust is unanswered', async ({
    workbench,
    editorServer,
    folder,
    home,
  }) => {
    await open(workbench, editorServer.url({ folder }));
    await nothingHappened(workbench, folder, home);
    await expect(workbench.notification()).toHaveCount(0);
    await workbench.screenshot('trust-unanswered');
  });

  test('does nothing once trust is refused, and Generate says why', async ({
    workbench,
    editorServer,
    folder,
    home,
  }) => {
    await open(workbench, editorServer.url({ folder }));
    await answer(workbench, 'No, I don');
    await workbench.openFile('tagline.prompt.md');
    await expect(workbench.codeLens('Generate')).toBeVisible();
    await workbench.runCommand(command);
    await expect(workbench.notification(sentence)).toBeVisible();
    await workbench.screenshot('trust-refused');
    for (const title of ['Resume Run…', 'Discard Run…', 'Clear Cache', 'New Prompt File', 'New Pipeline…']) {
      await workbench.runCommand('Notifications: Clear All Notifications');
      await workbench.runCommand(`Parallel Candidates: ${title}`);
      await expect(workbench.notification(sentence)).toBeVisible();
    }
    await expect(workbench.quickInput).toBeHidden();
    await nothingForeignIsTold(workbench);
    await nothingHappened(workbench, folder, home);
    await workbench.clickNotification(sentence, 'Manage Workspace Trust');
    await expect(workbench.page.locator('.workspace-trust-editor')).toBeVisible();
    await workbench.screenshot('trust-manage');
  });

  test('runs no pipeline while trust is refused, not even by what stands above its stages', async ({
    workbench,
    editorServer,
    folder,
    home,
  }) => {
    await open(workbench, editorServer.url({ folder }));
    await answer(workbench, 'No, I don');
    await workbench.openFile('evil.pipeline.yml');
    await expect(workbench.codeLens('Run pipeline')).toBeVisible();
    await workbench.runCommand('Parallel Candidates: Run Pipeline');
    await expect(workbench.notification(sentence)).toBeVisible();
    await workbench.screenshot('trust-refused-pipeline');
    for (const lens of ['Run pipeline', 'Run up to run', 'Run up to module']) {
      await workbench.runCommand('Notifications: Clear All Notifications');
      await workbench.codeLens(lens).click();
      await expect(workbench.notification(sentence)).toBeVisible();
    }
    await nothingForeignIsTold(workbench);
    await nothingHappened(workbench, folder, home);
  });

  test('is an ordinary folder once it is trusted: its journal and its ways out are not', async ({
    workbench,
    editorServer,
    folder,
    home,
  }) => {
    await open(workbench, editorServer.url({ folder }));
    await answer(workbench, 'No, I don');
    await workbench.runCommand('Workspaces: Manage Workspace Trust');
    await grant(workbench);
    await workbench.openFile('tagline.prompt.md');
    await expect(workbench.codeLens('Generate')).toBeVisible();
    await nothingHappened(workbench, folder, home);
    await nothingForeignIsTold(workbench);
    await workbench.screenshot('trust-given');

    await workbench.runCommand(command);
    await expect(workbench.notification('tagline: 5 candidates were written.')).toBeVisible({ timeout: 30_000 });
    expect(server.ledger.records).toHaveLength(5);
    for (const [name, problem] of [
      ['outside', /outside\.prompt\.md:3: .* must stay below the folder/],
      ['through', /through/],
    ] as const) {
      await workbench.runCommand('Notifications: Clear All Notifications');
      await workbench.openFile(`${name}.prompt.md`);
      await workbench.runCommand(command);
      await expect(workbench.notification(problem)).toBeVisible();
      await workbench.screenshot(`trust-given-${name}`);
    }
    expect(server.ledger.records).toHaveLength(5);

    const after = everything(folder, home);
    const isNew = ([path]: [string, string]) => !before.clone.some(([known]) => known === path);
    expect(after.clone.filter(isNew).map(([path]) => path)).toEqual([
      'prompts/candidates/tagline',
      ...['01', '02', '03', '04', '05'].map((number) => `prompts/candidates/tagline/${number}.md`),
      'prompts/candidates/tagline/manifest.json',
    ]);
    expect(after.clone.filter((entry) => !isNew(entry))).toEqual(before.clone);
    expect(after.home.filter(([path]) => !path.startsWith('state/'))).toEqual(before.home);
    expect(after.beside).toBe(before.beside);
  });

  test('is not resumed where trust is given at once', async ({ workbench, editorServer, folder, home }) => {
    await open(workbench, editorServer.url({ folder }));
    await answer(workbench, 'Yes, I trust');
    await nothingHappened(workbench, folder, home);
    await nothingForeignIsTold(workbench);
    await workbench.screenshot('trust-given-at-once');
  });
});
