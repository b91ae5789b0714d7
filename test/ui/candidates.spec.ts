import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import { CandidatesView } from './support/candidatesView.ts';
import { Walkthrough } from './support/walkthrough.ts';
import { expect, test } from './support/fixtures.ts';
import type { Workbench } from './support/workbench.ts';

const category = 'Parallel Candidates';

/** As much of a page as is asked there. */
interface Page {
  getComputedStyle(element: unknown, pseudo: string): { readonly content: string };
}

test.describe('choosing among candidates', () => {
  let put: (path: string, text: string) => Promise<void>;
  let isThere: (path: string) => Promise<boolean>;

  test.beforeEach(async ({ folder, workbench }) => {
    await workbench.writeSettings({ 'parallelCandidates.revealQueue': false });
    put = async (path, text) => {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), text);
    };
    isThere = (path) =>
      access(join(folder, path)).then(
        () => true,
        () => false,
      );
  });

  /** The tab of a comparison, whose files the editor adds for whoever does not see it. */
  const comparison = (workbench: Workbench, title: string): Locator =>
    workbench.page.locator('.tabs-container .tab').filter({ hasText: title });

  /** What the Explorer shows at the end of a line, which is no text of the page. */
  const badgeOf = (workbench: Workbench, name: string): Promise<string> =>
    workbench
      .explorerItem(name)
      .locator('.monaco-icon-label')
      .first()
      .evaluate((label) => (globalThis as unknown as Page).getComputedStyle(label, '::after').content);

  /** A prompt file with four candidates that were made before. */
  async function putFour(): Promise<void> {
    await put('prompts/line.prompt.md', '---\ncandidates: { count: 4 }\n---\nWrite a line.\n');
    for (const [number, text] of ['One plain line.', 'A second line, longer.', 'Third.', 'The fourth one.'].entries()) {
      await put(`prompts/candidates/line/0${number + 1}.md`, `${text}\n`);
    }
  }

  test('generated candidates are listed, rated, noted, archived and picked, and all of it is taken back', async ({
    workbench,
    folder,
  }) => {
    await put('prompts/haiku.prompt.md', '---\ncandidates: { count: 4 }\n---\nWrite a haiku about autumn.\n');
    await workbench.open();
    const view = new CandidatesView(workbench);
    await view.show();
    await expect(view.line('haiku')).toBeVisible();
    await view.inline('haiku', 'Generate Candidates in Parallel');
    await expect(workbench.notification('haiku: 4 candidates were written.')).toBeVisible({ timeout: 60_000 });
    await expect(view.line('04')).toBeVisible();
    await expect(view.line('01')).toContainText(/characters/);
    await expect(view.line('haiku')).toContainText('4 candidates');
    await expect(view.badge).toHaveText('4');
    await workbench.runCommand('Notifications: Clear All Notifications');

    await view.menu('02', 'Rate', 'Rate 4 of 5');
    await expect(view.line('02')).toContainText('4 of 5');
    await expect(view.badge).toHaveText('3');
    await expect(workbench.statusBarItem('haiku · 02 is rated 4 of 5.')).toBeVisible();
    await view.menu('02', 'Note…');
    await workbench.typeInQuickInput('Warm, and short');
    await workbench.accept();
    await expect(workbench.statusBarItem('The note of haiku · 02 is kept.')).toBeVisible();

    await view.inline('03', 'Archive Candidate');
    await expect(view.line('03')).toContainText('archived');
    expect(await isThere('prompts/candidates/haiku/archive/03.md')).toBe(true);
    await workbench.screenshot('candidates-archived');
    await workbench.clickNotification('haiku · 03 is in the archive.', 'Undo');
    await expect(view.line('03')).not.toContainText('archived');
    expect(await isThere('prompts/candidates/haiku/03.md')).toBe(true);

    await view.inline('02', 'Pick Candidate');
    await expect(view.line('02')).toContainText('picked');
    const target = join(folder, 'prompts/haiku.picked.md');
    expect(await readFile(target, 'utf8')).toBe(await readFile(join(folder, 'prompts/candidates/haiku/02.md'), 'utf8'));
    for (const theme of ['dark', 'high contrast', 'high contrast light', 'light'] as const) {
      await workbench.setColorTheme(theme);
      await view.line('02').hover();
      await workbench.screenshot(`candidates-${theme.replaceAll(' ', '-')}`);
    }
    await workbench.runCommand(`${category}: Undo Choice`);
    await expect(view.line('02')).not.toContainText('picked');
    expect(await isThere('prompts/haiku.picked.md')).toBe(false);
    await workbench.runCommand(`${category}: Undo Choice`);
    await expect(workbench.statusBarItem('Taken back: The note of haiku · 02 is kept.')).toBeVisible();
    await workbench.runCommand(`${category}: Undo Choice`);
    await expect(view.line('02')).not.toContainText('4 of 5');
  });

  test('candidates are compared by two and all at once, and read one after the other', async ({ workbench }) => {
    await putFour();
    await workbench.open();
    const view = new CandidatesView(workbench);
    await view.show();
    await view.line('01').click();
    await expect(workbench.tab('01.md')).toBeVisible();
    await view.line('02').click({ modifiers: ['ControlOrMeta'] });
    await view.inline('02', 'Compare Candidates');
    await expect(comparison(workbench, 'line: 01 ↔ 02')).toBeVisible();
    await workbench.screenshot('candidates-compare-two');
    await view.menu('line', 'Compare All Candidates');
    await expect(comparison(workbench, 'line: against 01 (3 files)')).toBeVisible();
    await expect(workbench.page.locator('.multiDiffEditor .multiDiffEntry')).toHaveCount(3);
    await workbench.screenshot('candidates-compare-all');

    await view.line('04').dblclick();
    await expect(workbench.tab('04.md')).toHaveAttribute('aria-selected', 'true');
    await workbench.editorAction('Next Candidate').click();
    await expect(workbench.tab('01.md')).toHaveAttribute('aria-selected', 'true');
    await expect(workbench.statusBarItem('line · 01: 1 of 4')).toBeVisible();
    await workbench.editorAction('Previous Candidate').click();
    await expect(workbench.tab('04.md')).toHaveAttribute('aria-selected', 'true');
    await expect(view.line('04')).toHaveAttribute('aria-selected', 'true');
    await workbench.screenshot('candidates-editor-title');
    await workbench.editorAction('Pick Candidate').click();
    await expect(workbench.notification('line · 04 is picked: its text is in prompts/line.picked.md.')).toBeVisible();
    await expect(view.line('04')).toContainText('picked');
    await view.menu('line', 'Compare All Candidates');
    await expect(comparison(workbench, 'line: against 04 (3 files)')).toBeVisible();
    await expect(view.line('line')).toContainText('1 picked');
    await view.dragToEditor('03');
    await expect(workbench.tab('03.md')).toBeVisible();
  });

  test('the text of a candidate goes into what is selected, and comes out again', async ({ workbench, folder }) => {
    await putFour();
    await put('page.md', 'Before\nHERE\nAfter\n');
    await workbench.open();
    const view = new CandidatesView(workbench);
    await workbench.openFile('page.md');
    await workbench.page.locator('.editor-group-container.active .view-line').filter({ hasText: 'HERE' }).dblclick();
    await view.show();
    await view.menu('03', 'Pick into Selection');
    await expect(view.line('03')).toContainText('picked');
    await expect.poll(() => workbench.editorText()).toBe('Before\nThird.\nAfter\n');
    await workbench.clickNotification('line · 03 is picked: its text is in page.md', 'Undo');
    await expect(view.line('03')).not.toContainText('picked');
    await expect.poll(() => workbench.editorText()).toBe('Before\nHERE\nAfter\n');
    await expect.poll(() => readFile(join(folder, 'page.md'), 'utf8')).toBe('Before\nHERE\nAfter\n');
  });

  test('a filter shows some, the best of all are picked at once, and others leave with one command', async ({
    workbench,
    folder,
  }) => {
    await put('prompts/page.prompt.md', '---\ncandidates: { count: 2, data: rows.csv }\n---\nSell {{ name }}.\n');
    await put('prompts/rows.csv', 'sku,name\nmug,Mug\ntea,Tea\n');
    for (const row of ['mug', 'tea']) {
      await put(`prompts/candidates/page/${row}/01.md`, `${row}, short\n`);
      await put(`prompts/candidates/page/${row}/02.md`, `${row}, and rather longer\n`);
    }
    await workbench.open();
    const view = new CandidatesView(workbench);
    await view.show();
    await view.expand('mug');
    await expect(view.line('mug')).toContainText('2 candidates');
    // Its menu goes by what has been counted.
    await expect(view.line('page')).toContainText('4 candidates');
    await view.menu('page', 'Pick All Best…');
    await workbench.pick('Longest');
    await expect(workbench.notification('page: 2 candidates are picked, one of each row.')).toBeVisible();
    expect((await readdir(join(folder, 'prompts/page.picked'))).sort()).toEqual(['mug.md', 'tea.md']);

    await view.title('Filter Candidates…').click();
    await workbench.pick('Picked');
    await expect(view.message).toHaveText('Showing picked candidates only.');
    await view.expand('tea');
    await expect(view.line('01')).toHaveCount(0);
    await expect(view.line('02')).toHaveCount(2);
    await workbench.screenshot('candidates-filtered');
    await view.title('Filter Candidates…').or(view.title('Show All Candidates')).click();
    await expect(view.message).toBeHidden();
    await workbench.runCommand(`${category}: Filter Candidates…`);
    await workbench.pick('Failed');
    await expect(view.welcome).toContainText('No candidate has failed.');
    await workbench.screenshot('candidates-none');
    await view.welcome.getByRole('button', { name: 'Show All Candidates' }).click();

    await view.menu('page', 'Archive Others');
    await expect(workbench.notification('page: 2 candidates that were not picked are in the archive.')).toBeVisible();
    expect(await isThere('prompts/candidates/page/mug/archive/01.md')).toBe(true);
    await workbench.runCommand(`${category}: Undo Choice`);
    await expect(workbench.statusBarItem('Taken back: page: 2 candidates that were not picked')).toBeVisible();
    expect(await isThere('prompts/candidates/page/mug/01.md')).toBe(true);
  });

  test('candidates are exported where the person says, and marked in the Explorer', async ({ workbench, folder }) => {
    await putFour();
    await workbench.open();
    await workbench.explorerItem('prompts').click();
    await workbench.explorerItem('candidates').click();
    await workbench.explorerMenu('02.md', 'Pick Candidate');
    await expect(workbench.notification('line · 02 is picked')).toBeVisible();
    await expect.poll(() => badgeOf(workbench, '02.md')).toContain('✓');
    await workbench.explorerMenu(['01.md', '03.md'], 'Archive Candidate');
    await expect(workbench.notification('2 candidates are in the archive.')).toBeVisible();
    await workbench.explorerItem('archive').click();
    await expect.poll(() => badgeOf(workbench, '03.md')).toContain('A');
    await workbench.screenshot('candidates-explorer');
    await workbench.openFile('line.prompt.md');
    await workbench.runCommand(`${category}: Export Candidates…`);
    await workbench.pick('JSONL');
    await expect(workbench.quickInput.locator('input').first()).toHaveValue(/line\.candidates\.jsonl$/);
    await workbench.typeInQuickInput(join(folder, 'out.jsonl'));
    await workbench.quickInput.getByRole('button', { name: 'OK' }).click();
    await expect(workbench.notification('The candidates of 1 prompt file are in out.jsonl.')).toBeVisible();
    const lines = (await readFile(join(folder, 'out.jsonl'), 'utf8')).trim().split('\n');
    const exported = lines.map((line) => JSON.parse(line) as { number: number; picked: boolean; archived: boolean });
    expect(exported.filter(({ picked }) => picked).map(({ number }) => number)).toEqual([2]);
    expect(exported.filter(({ archived }) => archived).map(({ number }) => number)).toEqual([1, 3]);
  });

  test('the walkthrough goes from a service to the picked text', async ({ workbench, folder }) => {
    test.setTimeout(180_000);
    await workbench.open();
    const view = new CandidatesView(workbench);
    await view.show();
    await expect(view.welcome).toContainText('There are no prompt files in this folder yet.');
    await workbench.screenshot('candidates-welcome');
    await view.welcome.getByRole('button', { name: 'Open Walkthrough' }).click();
    const walkthrough = new Walkthrough(workbench);
    await walkthrough.press('service', 'Choose Service and Model');
    await expect(workbench.quickPickItem('demo')).toBeVisible();
    await workbench.page.keyboard.press('Escape');
    await walkthrough.isDone('service');

    await walkthrough.press('prompt', 'New Prompt File');
    await workbench.pick('Blank');
    await workbench.typeInQuickInput('motto');
    await workbench.accept();
    await expect(workbench.tab('motto.prompt.md')).toBeVisible();
    await expect(view.line('motto')).toContainText('no candidates yet');
    await walkthrough.show();
    await walkthrough.isDone('prompt');

    await walkthrough.press('generate', 'Generate Candidates in Parallel');
    await workbench.pick('prompts/motto.prompt.md');
    await workbench.accept();
    await expect(workbench.notification(/motto: \d+ candidates were written\./)).toBeVisible({ timeout: 60_000 });
    await walkthrough.show();
    await walkthrough.isDone('generate');
    await walkthrough.step('compare').click();
    await workbench.screenshot('walkthrough');
    await workbench.runCommand('Notifications: Clear All Notifications');

    await walkthrough.press('compare', 'Compare All Candidates');
    await expect(comparison(workbench, 'motto: against 01')).toBeVisible();
    await walkthrough.show();
    await walkthrough.isDone('compare');
    await walkthrough.press('pick', 'Pick Candidate');
    await workbench.pick('02');
    await expect(workbench.notification('motto · 02 is picked: its text is in prompts/motto.picked.md.')).toBeVisible();
    await walkthrough.show();
    await walkthrough.isDone('pick');
    await workbench.screenshot('walkthrough-done');
    expect(await isThere('prompts/motto.picked.md')).toBe(true);
    expect((await readdir(join(folder, 'prompts/candidates/motto'))).includes('shelf.json')).toBe(true);
  });
});
