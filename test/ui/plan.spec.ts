import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator } from '@playwright/test';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';
import { expect, test } from './support/fixtures.ts';
import type { Workbench } from './support/workbench.ts';

const category = 'Parallel Candidates';
const generateEach = 'Generate 3 candidates of each row';

/** Where a CodeLens begins, px from the left. */
async function placeOf(workbench: Workbench, lens: string): Promise<number | undefined> {
  return (await workbench.codeLens(lens).boundingBox())?.x;
}

test.describe('plan sheet and preview', () => {
  let server: TestServer;
  let put: (name: string, text: string) => Promise<void>;

  test.beforeEach(async ({ folder, workbench }) => {
    server = await startTestServer({ latency: { kind: 'fixed', ms: 50 } });
    await workbench.writeSettings({
      'parallelCandidates.services': [
        {
          name: 'local',
          kind: 'openai',
          baseUrl: server.baseUrl,
          models: ['writer', 'editor'],
          prices: { input: 0.25, output: 2 },
        },
      ],
      'parallelCandidates.defaultService': 'local',
      'parallelCandidates.confirmAbove.items': 3,
      'parallelCandidates.revealQueue': false,
    });
    await mkdir(join(folder, 'prompts'));
    put = (name, text) => writeFile(join(folder, 'prompts', name), text);
    await put(
      'products.csv',
      'sku,product,tone\nmug,Enamel mug,warm\ntea,Smoked tea,dry\nlamp,Paper lamp,quiet\nbowl,Ash bowl,plain\n',
    );
    await put(
      'page.prompt.md',
      [
        '---',
        'description: Product page',
        'candidates: { count: 3, data: products.csv }',
        '---',
        'system: You write product pages for a small shop. Be clear, brief and honest.',
        '',
        'user: Write the page for {{ product }} in a {{ tone }} tone. Say what it is made of, who it is for, and',
        'what it costs to ship. Keep it under 150 words.',
        '',
      ].join('\n'),
    );
    await put('line.prompt.md', '---\ncandidates: { count: 2 }\n---\nWrite a line.\n');
    await workbench.open();
  });

  test.afterEach(() => server.close());

  /** The sheet or the preview, whichever webview is shown. */
  const sheet = (workbench: Workbench): FrameLocator => workbench.webview();
  const written = async (folder: string, ...names: readonly string[]): Promise<readonly string[]> =>
    (await readdir(join(folder, 'prompts/candidates', ...names))).filter((name) => name.endsWith('.md')).sort();

  async function openPage(workbench: Workbench): Promise<void> {
    await workbench.openFile('page.prompt.md');
    await expect(workbench.codeLens(generateEach)).toBeVisible({ timeout: 30_000 });
  }

  test('a large plan is a sheet that says what it comes to; Enter generates', async ({ workbench, folder }) => {
    await openPage(workbench);
    const places = () =>
      Promise.all(['Generate', 'Plan', 'Preview', 'local/writer'].map((lens) => placeOf(workbench, lens)));
    const before = await places();
    await expect(workbench.codeLens('3 × 4 rows · cost up to')).toBeVisible({ timeout: 30_000 });
    expect(await places()).toEqual(before);
    await workbench.screenshot('codelens-estimate');
    await workbench.codeLens(generateEach).click();
    const page = sheet(workbench);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Generate candidates of page?');
    await expect(page.locator('.figure').first()).toContainText('12');
    await expect(page.locator('.figure').first()).toContainText('12 calls');
    await expect(page.locator('table')).toContainText('local/writer');
    await expect(page.locator('.files')).toContainText('prompts/candidates/page/mug/01.md');
    await expect(page.locator('.files')).toContainText('and 7 more');
    await expect(page.locator('.message[data-role="user"]')).toContainText(
      'Write the page for Enamel mug in a warm tone',
    );
    const generate = page.getByRole('button', { name: 'Generate' });
    await expect(generate).toBeFocused();
    expect(server.ledger.records.length).toBe(0);
    await workbench.page.keyboard.press('Enter');
    await expect(workbench.notification('page: 12 candidates were written.')).toBeVisible({ timeout: 30_000 });
    await expect(workbench.tab('Plan: page')).toHaveCount(0);
    expect(await written(folder, 'page', 'mug')).toEqual(['01.md', '02.md', '03.md']);
  });

  test('Cancel, Escape and closing spend nothing, and Edit goes to the prompt', async ({ workbench }) => {
    await openPage(workbench);
    const lens = workbench.codeLens(generateEach);
    await lens.click();
    await sheet(workbench).getByRole('button', { name: 'Cancel' }).click();
    await expect(workbench.tab('Plan: page')).toHaveCount(0);
    await lens.click();
    await expect(sheet(workbench).getByRole('button', { name: 'Generate' })).toBeFocused();
    await workbench.page.keyboard.press('Escape');
    await expect(workbench.tab('Plan: page')).toHaveCount(0);
    await lens.click();
    await sheet(workbench).getByRole('button', { name: 'Edit' }).click();
    await expect(workbench.tab('Plan: page')).toHaveCount(0);
    await expect(workbench.tab('page.prompt.md')).toHaveAttribute('aria-selected', 'true');
    expect(server.ledger.records.length).toBe(0);
  });

  test('Show Plan shows a small plan too, and what stops one, with its line', async ({ workbench }) => {
    await put('broken.prompt.md', '---\ncandidates:\n  count: many\n---\nWrite about {{ nothing }}.\n');
    await workbench.openFile('line.prompt.md');
    await expect(workbench.codeLens('Generate 2 candidates')).toBeVisible();
    await workbench.runCommand(`${category}: Show Plan`);
    await expect(sheet(workbench).locator('.figure').first()).toContainText('2 calls');
    await sheet(workbench).getByRole('button', { name: 'Cancel' }).click();
    await workbench.openFile('broken.prompt.md');
    await workbench.codeLens('Plan').click();
    const page = sheet(workbench);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('cannot be generated yet');
    await expect(page.getByRole('button', { name: 'Generate', exact: true })).toHaveCount(0);
    await workbench.screenshot('plan-problems');
    await page.getByRole('button', { name: /Go to prompts\/broken\.prompt\.md:3/ }).click();
    await expect(workbench.tab('broken.prompt.md')).toHaveAttribute('aria-selected', 'true');
    await expect(workbench.statusBarItem('Ln 3, Col 1')).toBeVisible();
  });

  test('the preview follows rows and typing, and marks what has no value', async ({ workbench }) => {
    await put(
      'tone.prompt.md',
      '---\ncandidates: { data: products.csv }\n---\nSell {{ product }} to {{ whom }} in ${input:style}.\n',
    );
    await openPage(workbench);
    await workbench.editorAction('Preview Prompt').click();
    const page = sheet(workbench);
    await expect(page.locator('.where')).toContainText('Row 1 of 4');
    await expect(page.locator('.message[data-role="user"]')).toContainText('Enamel mug in a warm tone');
    await expect(page.locator('.message[data-role="user"]')).toContainText(/\d+ tokens/);
    await page.getByRole('button', { name: 'Next Row' }).click();
    await expect(page.locator('.message[data-role="user"]')).toContainText('Smoked tea in a dry tone');
    await page.locator('.scroll').press('ArrowRight');
    await expect(page.locator('.where')).toContainText('Row 3 of 4');
    await page.getByRole('button', { name: 'Choose Row…' }).click();
    await workbench.pick('bowl');
    await expect(page.locator('.where')).toContainText('Row 4 of 4');
    await expect(page.getByRole('button', { name: 'Next Row' })).toBeDisabled();
    await page.getByRole('button', { name: 'Previous Row' }).click();
    await expect(page.locator('.message[data-role="user"]')).toContainText('Paper lamp');
    await workbench.page.locator('.editor-group-container').first().locator('.view-line').last().click();
    await workbench.page.keyboard.press('ControlOrMeta+End');
    await workbench.page.keyboard.type('Sign as {{ sku }}.');
    await expect(page.locator('.message[data-role="user"]')).toContainText('Sign as lamp.');
    await workbench.screenshot('preview');
    await workbench.openFile('tone.prompt.md');
    await expect(page.locator('.mark.unknown')).toHaveText('whom');
    await expect(page.locator('.mark.asked')).toHaveText('style');
    await expect(page.locator('.problems')).toContainText('The variable "whom" has no value');
    await workbench.screenshot('preview-unknown');
  });

  test('what was replaced comes back with Undo', async ({ workbench, folder }) => {
    await workbench.openFile('line.prompt.md');
    await workbench.codeLens('Generate 2 candidates').click();
    await expect(workbench.notification('line: 2 candidates were written.')).toBeVisible({ timeout: 30_000 });
    const first = await readFile(join(folder, 'prompts/candidates/line/01.md'), 'utf8');
    const manifest = await readFile(join(folder, 'prompts/candidates/line/manifest.json'), 'utf8');
    await workbench.runCommand('Notifications: Clear All Notifications');
    await workbench.runCommand(`${category}: Replace Candidates`);
    await expect(workbench.notification('line: 2 candidates were written.')).toBeVisible({ timeout: 30_000 });
    const second = await readFile(join(folder, 'prompts/candidates/line/01.md'), 'utf8');
    expect(second).not.toBe(first);
    expect(await readFile(join(folder, 'prompts/candidates/line/archive/01.md'), 'utf8')).toBe(first);
    await workbench.clickNotification('line: 2 candidates were written.', 'Undo Replace');
    await expect(workbench.notification('line: 2 candidates are back')).toBeVisible();
    expect(await readFile(join(folder, 'prompts/candidates/line/01.md'), 'utf8')).toBe(first);
    expect(await readFile(join(folder, 'prompts/candidates/line/archive/01-2.md'), 'utf8')).toBe(second);
    expect(await readFile(join(folder, 'prompts/candidates/line/manifest.json'), 'utf8')).toBe(manifest);
  });

  test('only what lacks is generated where that is asked for', async ({ workbench, folder }) => {
    await workbench.explorerItem('prompts').click();
    await workbench.explorerMenu('line.prompt.md', 'Generate Missing Candidates');
    await expect(workbench.notification('line: 2 candidates were written.')).toBeVisible({ timeout: 30_000 });
    await workbench.runCommand('Notifications: Clear All Notifications');
    await workbench.explorerMenu('line.prompt.md', 'Generate Missing Candidates');
    await expect(workbench.notification('2 candidates are there and are not made again.')).toBeVisible();
    expect(await written(folder, 'line')).toEqual(['01.md', '02.md']);
  });

  test('a prompt generates on save, after one question, until it is turned off', async ({ workbench, folder }) => {
    await workbench.openFile('line.prompt.md');
    await expect(workbench.codeLens('Generate 2 candidates')).toBeVisible();
    await workbench.runCommand(`${category}: Toggle Generate on Save`);
    await expect(workbench.dialog()).toContainText('at most 3 candidates');
    await workbench.screenshot('on-save-question');
    await workbench.dialog().getByRole('button', { name: 'Generate on Save' }).click();
    await expect(workbench.statusBarItem('Generate on Save')).toBeVisible();
    await expect(workbench.codeLens('Generates on save')).toBeVisible();
    await workbench.page.locator('.editor-group-container .view-line').last().click();
    await workbench.page.keyboard.press('ControlOrMeta+End');
    await workbench.page.keyboard.type('Make it rhyme.');
    await workbench.page.keyboard.press('ControlOrMeta+S');
    await expect.poll(() => written(folder, 'line').catch(() => [])).toEqual(['01.md', '02.md']);
    await workbench.screenshot('on-save');
    // Nothing has changed: nothing is made.
    await expect(workbench.statusBarItem('Candidates')).toBeVisible();
    await workbench.page.keyboard.press('ControlOrMeta+S');
    await workbench.page.keyboard.type(' Make it short.');
    await workbench.page.keyboard.press('ControlOrMeta+S');
    await expect.poll(() => written(folder, 'line')).toEqual(['01.md', '02.md', '03.md', '04.md']);
    expect(server.ledger.records.length).toBe(4);
    await workbench.statusBarItem('Generate on Save').click();
    await workbench.pick('Turn off for prompts/line.prompt.md');
    await expect(workbench.statusBarItem('Generate on Save')).toHaveCount(0);
    await workbench.page.locator('.editor-group-container .view-line').last().click();
    await workbench.page.keyboard.type(' Again.');
    await workbench.page.keyboard.press('ControlOrMeta+S');
    await expect(workbench.codeLens('Generates on save')).toHaveCount(0);
    expect(server.ledger.records.length).toBe(4);
  });
});
