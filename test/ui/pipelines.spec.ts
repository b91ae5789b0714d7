import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { expect, test } from './support/fixtures.ts';
import type { Workbench } from './support/workbench.ts';

/** What is in the window, in each theme that the editor comes with. */
async function inAllThemes(workbench: Workbench, name: string): Promise<void> {
  for (const theme of ['light', 'dark', 'high contrast', 'high contrast light'] as const) {
    await workbench.setColorTheme(theme);
    await workbench.screenshot(`${name}-${theme.replaceAll(' ', '-')}`);
  }
}

test.describe('a pipeline', () => {
  test.beforeEach(({ workbench }) => workbench.open());

  test('comes from a template, runs stage by stage, and leads to what it makes', async ({ workbench, folder }) => {
    test.setTimeout(180_000);
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
      /^\s*text\s*3 of 3/,
      /^\s*references\s*3 of 3/,
      /^\s*byDoi/,
      /^\s*byTitle/,
      /^\s*match\s*15 of 15/,
      /^\s*download/,
    ]);
    expect(await readFile(join(folder, 'refs/bibliography.bib'), 'utf8')).toContain('@article{');
    expect((await readdir(join(folder, 'refs/papers'))).length).toBe(7);
    await workbench.clickNotification(/literature: 15 records/, 'Open bibliography.bib');
    await expect(workbench.tab('bibliography.bib')).toBeVisible();
    await inAllThemes(workbench, 'pipeline-literature');
  });

  test('makes a book of scanned pages, with one that had to be fixed', async ({ workbench, folder }) => {
    test.setTimeout(240_000);
    await workbench.runCommand('Parallel Candidates: New Pipeline…');
    await workbench.typeInQuickInput('Book');
    await workbench.accept();
    await expect(workbench.page.locator('.quick-input-title')).toContainText('New Pipeline: Book');
    await workbench.accept();
    await expect(workbench.tab('book.pipeline.yml')).toBeVisible();
    await expect(workbench.codeLens('Run up to ocr')).toBeVisible();
    await workbench.codeLens('Run pipeline').click();
    const queue = workbench.webview();
    await expect(queue.locator('[data-item]').first()).toBeVisible({ timeout: 30_000 });
    await workbench.screenshot('pipeline-book-reading');
    await expect(workbench.notification(/book: 1 records?, 2 files/)).toBeVisible({ timeout: 150_000 });
    await workbench.clickNotification(/book: 1 record/, 'Open book.md');
    await expect(workbench.tab('book.md')).toBeVisible();
    await expect(queue.locator('.stage-tally')).toHaveText([
      /^\s*ocr\s*5 of 5/,
      /^\s*correct\s*5 of 5/,
      /^\s*fix/,
      /^\s*structure\s*1 of 1/,
    ]);
    const pages = unzipSync(await readFile(join(folder, 'book/book.epub')));
    const texts = Object.values(pages).map((bytes) => Buffer.from(bytes).toString());
    expect(texts.some((text) => text.includes('The Pool of Tears'))).toBe(true);
    expect(await readFile(join(folder, 'book/book.md'), 'utf8')).toMatch(/^# CHAPTER [I1]\. Down/);
    await inAllThemes(workbench, 'pipeline-book');
  });

  test('that watches its files goes on as one run until that is stopped', async ({ workbench, folder }) => {
    test.setTimeout(120_000);
    const up = `process.stdout.write(process.argv[1].toUpperCase())`;
    await mkdir(join(folder, 'notes'));
    await writeFile(join(folder, 'notes/one.txt'), 'one');
    await writeFile(
      join(folder, 'notes.pipeline.yml'),
      `source: { files: "notes/*.txt", watch: true }\nstages:\n  - { name: up, command: [node, -e, "${up}", "{{ file.text }}"] }\ntable: { file: up.csv }\n`,
    );
    await workbench.openFile('notes.pipeline.yml');
    await workbench.runCommand('Parallel Candidates: Run Pipeline');
    const queue = workbench.webview();
    const run = queue.locator('[data-run]').first();
    await expect(run).toHaveAttribute('data-state', 'watching', { timeout: 30_000 });
    await expect(queue.locator('[data-item]')).toHaveCount(1);
    await writeFile(join(folder, 'notes/two.txt'), 'two');
    await expect(queue.locator('[data-item]')).toHaveCount(2, { timeout: 30_000 });
    await expect(run).toHaveAttribute('data-state', 'watching');
    await expect(queue.locator('[data-run]')).toHaveCount(1);
    await expect(workbench.page.locator('.statusbar-item', { hasText: 'Watching' })).toBeVisible();
    await expect.poll(() => readFile(join(folder, 'up.csv'), 'utf8')).toMatch(/ONE[^]*TWO/);
    await workbench.runCommand('Parallel Candidates: Run Pipeline');
    await expect(workbench.notification('notes watches its files already: what comes is taken in.')).toBeVisible();
    await expect(queue.locator('[data-run]')).toHaveCount(1);
    await inAllThemes(workbench, 'pipeline-watching');
    await run.locator('[data-action="end-watch"]').click();
    await expect(run).toHaveAttribute('data-state', 'finished');
    await expect(workbench.notification(/notes: 2 records, 1 file/)).toBeVisible();
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
