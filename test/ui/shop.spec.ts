import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../support/editor/cache.ts';
import { expect, test } from './support/fixtures.ts';
import type { Workbench } from './support/workbench.ts';

const category = 'Parallel Candidates';
const missing = `${category}: Generate Missing Candidates`;
const linesOf = (table: string): number => table.trimEnd().split('\n').length - 1;

test.describe('the sample of a shop', () => {
  let shop: string;

  test.beforeEach(async ({ folder, workbench }) => {
    await cp(join(repository, 'media/samples'), folder, { recursive: true });
    shop = join(folder, 'shop');
    await workbench.writeSettings({ 'parallelCandidates.maxConcurrent': 30 });
    await workbench.open();
  });

  const put = (name: string, text: string): Promise<void> => writeFile(join(shop, name), text);
  const read = (name: string): Promise<string> => readFile(join(shop, name), 'utf8');

  async function openPages(workbench: Workbench): Promise<void> {
    await workbench.openFile('pages.prompt.md');
    await expect(workbench.codeLens('60 candidates of 24 rows · up to')).toBeVisible({ timeout: 30_000 });
  }

  test('goes from the plan to the whole table, and only what is new is made again', async ({ workbench }) => {
    test.setTimeout(180_000);
    await openPages(workbench);
    await workbench.screenshot('shop-codelens');
    await workbench.codeLens('Plan').click();
    const sheet = workbench.webview();
    await expect(sheet.locator('.figure').first()).toContainText('60 calls, 24 rows');
    await expect(sheet.locator('table')).toContainText('shop/engage.prompt.md');
    await expect(sheet.locator('.files')).toContainText('shop/candidates/product/harbour-kettle/01.json');
    await expect(sheet.locator('.message[data-role="system"]')).toContainText('How the shop talks');
    await expect(sheet.locator('.message[data-role="user"]')).toContainText('Name: The Harbour Kettle');
    await sheet.getByRole('button', { name: 'Generate' }).click();
    await expect(workbench.notification('Generating')).toBeVisible();
    await workbench.screenshot('shop-running');
    await expect(workbench.notification('pages: 60 candidates were written')).toBeVisible({ timeout: 120_000 });
    await workbench.screenshot('shop-written');
    const table = await read('results.csv');
    expect(linesOf(table)).toBe(60);
    await workbench.openFile('results.csv');
    await workbench.screenshot('shop-table');

    await workbench.runCommand('Notifications: Clear All Notifications');
    const row =
      'bow-lantern,product,The Bow Lantern,Oakum,58 EUR,people with a porch,garden lantern,English,"Glass and tin; 3 a box; lit with one match"\n';
    await workbench.openFile('products.csv');
    await workbench.page.locator('.editor-group-container.active .view-line').last().click();
    await workbench.page.keyboard.press('ControlOrMeta+End');
    await workbench.page.keyboard.insertText(row);
    await workbench.page.keyboard.press('ControlOrMeta+S');
    await expect.poll(() => read('products.csv')).toContain('bow-lantern');
    await workbench.openFile('pages.prompt.md');
    await expect(workbench.codeLens('of 25 rows')).toBeVisible({ timeout: 30_000 });
    await workbench.runCommand(missing);
    await expect(workbench.notification('pages: 3 candidates were written')).toBeVisible({ timeout: 60_000 });
    await workbench.screenshot('shop-missing');
    const more = await read('results.csv');
    expect(linesOf(more)).toBe(63);
    expect(more.startsWith(table.trimEnd())).toBe(true);
  });

  test('tells which row is broken and how it is mended, and spends nothing', async ({ workbench }) => {
    const whole = await read('products.csv');
    await put(
      'products.csv',
      whole.replace('quay-mug,product', ',product').replace(',engage,The Recipe', ',party,The Recipe'),
    );
    await workbench.openFile('pages.prompt.md');
    await workbench.runCommand(`${category}: Show Plan`);
    const sheet = workbench.webview();
    await expect(sheet.getByRole('heading', { level: 1 })).toContainText('cannot be generated yet');
    await expect(sheet.locator('.problems')).toContainText('Row 2 has an empty key: fill it in');
    await workbench.screenshot('shop-broken-row');
    await sheet.getByRole('button', { name: /Go to shop\/products\.csv:3/ }).click();
    await expect(workbench.statusBarItem('Ln 3, Col 1')).toBeVisible();
    await put('products.csv', whole.replace(',engage,The Recipe', ',party,The Recipe'));
    await workbench.tab('pages.prompt.md').click();
    await workbench.runCommand(`${category}: Generate Candidates in Parallel`);
    await expect(workbench.notification('shop/products.csv:25')).toBeVisible();
    await workbench.screenshot('shop-broken-type');
  });

  test('is a pleasure to look at in every theme', async ({ workbench }) => {
    test.setTimeout(120_000);
    const inThemes = async (name: string): Promise<void> => {
      for (const theme of ['light', 'dark', 'high contrast'] as const) {
        await workbench.setColorTheme(theme);
        await workbench.screenshot(`${name}-${theme.replaceAll(' ', '-')}`);
      }
    };
    await openPages(workbench);
    await workbench.codeLens('Plan').click();
    const sheet = workbench.webview();
    await expect(sheet.locator('.figure').first()).toContainText('60 calls');
    await sheet.locator('body').evaluate(`document.fonts.ready`);
    await inThemes('shop-plan');
    await sheet.getByRole('button', { name: 'Cancel' }).click();
    await workbench.openFile('product.prompt.md');
    await expect(workbench.codeLens('3 × 12 rows · up to')).toBeVisible({ timeout: 30_000 });
    await workbench.editorAction('Preview Prompt').click();
    await expect(workbench.webview().locator('.where')).toContainText('Row 1 of 12');
    await expect(workbench.webview().locator('.message[data-role="user"]')).toContainText('The Harbour Kettle');
    await inThemes('shop-preview');
  });
});
