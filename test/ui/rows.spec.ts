import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest } from '../../src/candidates/manifest.ts';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';
import { expect, test } from './support/fixtures.ts';

const command = 'Parallel Candidates: Generate Candidates in Parallel';

test.describe('rows and inputs', () => {
  let server: TestServer;

  test.beforeEach(async ({ folder, workbench }) => {
    server = await startTestServer({ latency: { kind: 'fixed', ms: 50 } });
    await workbench.writeSettings({
      'parallelCandidates.services': [{ name: 'local', kind: 'openai', baseUrl: server.baseUrl, models: ['m'] }],
      'parallelCandidates.defaultService': 'local',
      'parallelCandidates.confirmAbove.items': 3,
    });
    await mkdir(join(folder, 'prompts'));
    const put = (name: string, text: string): Promise<void> => writeFile(join(folder, 'prompts', name), text);
    await put('rows.csv', 'sku,product\na,Mug\nb,Tea\n');
    await put('page.prompt.md', '---\ncandidates: { count: 2, data: rows.csv }\n---\nWrite about {{ product }}.\n');
    await put('ask.prompt.md', '---\ncandidates: { count: 1 }\n---\nWrite for ${input:who:whom?} in ${input:tone}.\n');
    await put('review.prompty', '---\nname: R\nmodel: { api: chat }\ncandidates: { count: 1 }\n---\nuser:\nHi\n');
    await workbench.open();
  });

  test.afterEach(() => server.close());

  test('a large plan is shown before anything is spent, and a row has its folder', async ({ workbench, folder }) => {
    await workbench.openFile('page.prompt.md');
    // By mouse: the Enter of the command palette could answer a question that is there at once.
    const generate = workbench.codeLens('Generate 2');
    await generate.click();
    const sheet = workbench.webview();
    await expect(sheet.locator('.figure').first()).toContainText('4 calls');
    await expect(sheet.locator('.figures')).toContainText('a model has no price');
    await workbench.screenshot('plan');
    await sheet.getByRole('button', { name: 'Cancel' }).click();
    await expect(workbench.tab('Plan: page')).toHaveCount(0);
    expect(server.ledger.records.length).toBe(0);
    await generate.click();
    await workbench.webview().getByRole('button', { name: 'Generate' }).click();
    await expect(workbench.notification('page: 4 candidates were written.')).toBeVisible({ timeout: 30_000 });
    expect((await readdir(join(folder, 'prompts/candidates/page'))).sort()).toEqual(['a', 'b']);
  });

  test('inputs are asked for once, one after the other', async ({ workbench, folder }) => {
    await workbench.openFile('ask.prompt.md');
    await expect(workbench.codeLens('Generate 1 candidate')).toBeVisible();
    await workbench.runCommand(command);
    const title = workbench.page.locator('.quick-input-title');
    await expect(title).toContainText('who (1 of 2)');
    await workbench.typeInQuickInput('them');
    await workbench.screenshot('input');
    await workbench.accept();
    await expect(title).toContainText('tone (2 of 2)');
    await workbench.typeInQuickInput('blue');
    await workbench.accept();
    await expect(workbench.notification('ask: 1 candidate was written.')).toBeVisible({ timeout: 30_000 });
    const manifest = await readFile(join(folder, 'prompts/candidates/ask/manifest.json'), 'utf8');
    expect(readManifest(manifest).map(({ variables }) => variables)).toEqual([{ who: 'them', tone: 'blue' }]);
  });

  test("other tools' prompt files have a CodeLens and are generated", async ({ workbench, folder }) => {
    await workbench.openFile('review.prompty');
    await expect(workbench.codeLens('Generate 1 candidate')).toBeVisible();
    await workbench.runCommand(command);
    await expect(workbench.notification('review: 1 candidate was written.')).toBeVisible({ timeout: 30_000 });
    expect(await readdir(join(folder, 'prompts/candidates/review'))).toContain('01.md');
  });
});
