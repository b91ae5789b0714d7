import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './support/fixtures.ts';

const command = 'Parallel Candidates: New Prompt File';

test.describe('a new prompt file', { tag: '@oldest' }, () => {
  test.beforeEach(async ({ folder, workbench }) => {
    await mkdir(join(folder, 'prompts'));
    await writeFile(join(folder, 'prompts/product.csv'), 'mine\n');
    await workbench.open();
  });

  test('comes from a template with what it needs, and generates at once', async ({ workbench, folder }) => {
    const prompts = join(folder, 'prompts');
    await workbench.runCommand(command);
    await expect(workbench.quickPickItem('Drafts to choose from')).toBeVisible();
    await workbench.screenshot('new-prompt-templates');
    await workbench.typeInQuickInput('Rows of a table');
    await workbench.accept();
    await expect(workbench.page.locator('.quick-input-title')).toContainText('New Prompt File: Rows of a table');
    // Nothing that is there is touched: product.csv is somebody's.
    await workbench.typeInQuickInput('product');
    await expect(workbench.quickInput).toContainText('"product.csv" is there already');
    await workbench.typeInQuickInput('mugs');
    await workbench.accept();
    await expect(workbench.tab('mugs.prompt.md')).toBeVisible();
    expect((await readdir(prompts)).sort()).toEqual(['mugs.csv', 'mugs.prompt.md', 'product.csv']);
    expect(await readFile(join(prompts, 'product.csv'), 'utf8')).toBe('mine\n');
    // What is written first is selected: typing takes its place.
    await workbench.page.keyboard.type('Praise {{name}}.');
    await workbench.screenshot('new-prompt');
    await expect.poll(() => workbench.editorText()).toContain('user: Praise {{name}}. It is');
    await workbench.codeLens('Generate 2 candidates of each row').click();
    await expect(workbench.notification('mugs: 6 candidates were written.')).toBeVisible({ timeout: 30_000 });
    expect((await readdir(join(prompts, 'candidates/mugs'))).sort()).toEqual(['mug-01', 'pot-03', 'tea-02']);
  });
});
