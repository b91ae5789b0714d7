import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './support/fixtures.ts';

test.describe('a pipeline', () => {
  test.beforeEach(({ workbench }) => workbench.open());

  test('comes from a template, runs stage by stage, and leads to what it makes', async ({ workbench, folder }) => {
    await workbench.runCommand('Parallel Candidates: New Pipeline…');
    await expect(workbench.quickPickItem('Literature')).toBeVisible();
    await workbench.screenshot('new-pipeline-templates');
    await workbench.typeInQuickInput('Literature');
    await workbench.accept();
    await expect(workbench.page.locator('.quick-input-title')).toContainText('New Pipeline: Literature');
    await workbench.typeInQuickInput('refs');
    await workbench.accept();
    await expect(workbench.tab('literature.pipeline.yml')).toBeVisible();
    await expect(workbench.codeLens('Run up to text')).toBeVisible();
    await workbench.screenshot('pipeline-lenses');
    await workbench.codeLens('Run pipeline').click();
    const queue = workbench.webview();
    await expect(queue.locator('[data-item]').first()).toBeVisible({ timeout: 20_000 });
    await expect(workbench.notification(/literature: 15 records, \d+ files/)).toBeVisible({ timeout: 60_000 });
    await expect(queue.locator('.stage-tally')).toHaveText([
      /^text3 of 3/,
      /^references3 of 3/,
      /^byDoi/,
      /^byTitle/,
      /^match15 of 15/,
      /^download/,
    ]);
    await workbench.screenshot('pipeline-through');
    expect(await readFile(join(folder, 'refs/bibliography.bib'), 'utf8')).toContain('@article{');
    expect((await readdir(join(folder, 'refs/papers'))).length).toBe(7);
    await workbench.clickNotification(/literature: 15 records/, 'Open bibliography.bib');
    await expect(workbench.tab('bibliography.bib')).toBeVisible();
  });

  test('that is wrong is told with its line, in the editor and when it is to run', async ({ workbench, folder }) => {
    const file = join(folder, 'bad.pipeline.yml');
    await writeFile(file, 'stages:\n  - { name: one, prompt: no.prompt.md }\n');
    await workbench.openFile('bad.pipeline.yml');
    await workbench.runCommand('Parallel Candidates: Run Pipeline');
    await expect(workbench.notification(/no\.prompt\.md/)).toBeVisible();
    expect(await readdir(folder)).not.toContain('candidates');
  });
});
