import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';
import { expect, test } from './support/fixtures.ts';

test.describe('services', () => {
  let server: TestServer;

  test.beforeEach(async ({ folder, workbench }) => {
    server = await startTestServer({ latency: { kind: 'fixed', ms: 20 }, apiKey: 'sk-ui-test-key' });
    await workbench.writeSettings({});
    await mkdir(join(folder, 'prompts'));
    await writeFile(join(folder, 'prompts/line.prompt.md'), '---\ncandidates:\n  count: 2\n---\nWrite a line.\n');
    await workbench.open();
  });

  test.afterEach(() => server.close());

  test('are added by their address with key, models and a test call, and chosen for a prompt', async ({
    workbench,
    folder,
  }) => {
    await workbench.runCommand('Parallel Candidates: Add Service…');
    await expect(workbench.quickPickItem('OpenRouter')).toBeVisible();
    await workbench.screenshot('add-service');
    await workbench.pick('Another OpenAI-compatible service');
    await workbench.typeInQuickInput('nonsense');
    await expect(workbench.page.locator('.quick-input-message')).toContainText('This is no address');
    await workbench.typeInQuickInput(server.baseUrl);
    await workbench.accept();
    await expect(workbench.page.locator('.quick-input-title')).toContainText('Name of the Service');
    await workbench.typeInQuickInput('mine');
    await workbench.accept();
    await expect(workbench.page.locator('.quick-input-title')).toContainText('API Key for mine');
    await workbench.typeInQuickInput('sk-ui-test-key');
    await workbench.accept();
    await expect(workbench.page.locator('.quick-input-title')).toContainText('Models of mine');
    await workbench.quickPickItem('test-model').click();
    await workbench.screenshot('add-service-models');
    await workbench.accept();
    const added = workbench.notification('The service "mine" was added to your settings.');
    await expect(added).toBeVisible();
    await added.getByRole('button', { name: 'Make a Test Call' }).click();
    await expect(workbench.notification(/The service "mine" answered/)).toBeVisible();
    expect(server.ledger.records.length).toBe(1);

    await workbench.openFile('line.prompt.md');
    await expect(workbench.codeLens('demo/demo')).toBeVisible();
    await workbench.codeLens('demo/demo').click();
    await workbench.pick('mine');
    await workbench.quickPickItem('test-model').click();
    await expect(workbench.codeLens('mine/test-model')).toBeVisible();
    await workbench.screenshot('chosen-model');
    await workbench.runCommand('Parallel Candidates: Generate Candidates in Parallel');
    await expect(workbench.notification('line: 2 candidates were written.')).toBeVisible({ timeout: 30_000 });
    expect((await readdir(join(folder, 'prompts/candidates/line'))).sort()).toEqual([
      '01.md',
      '02.md',
      'manifest.json',
    ]);
    expect(server.ledger.records.length).toBe(3);
  });
});
