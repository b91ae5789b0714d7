import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestServer } from '../support/server/testServer.ts';
import { accessibilityProblems } from './support/accessibility.ts';
import { Board } from './support/board.ts';
import { expect, test } from './support/fixtures.ts';

const prompt =
  '---\ncandidates: { count: 20 }\n---\nWrite a product page of three paragraphs for our Slow Start cold brew.\n';

test.describe('board', () => {
  let put: (name: string, text: string) => Promise<void>;
  const names = async (folder: string, ...below: readonly string[]): Promise<readonly string[]> =>
    (await readdir(join(folder, 'prompts/candidates/page', ...below))).filter((name) => name.endsWith('.md'));

  test.beforeEach(async ({ folder, workbench }) => {
    await workbench.writeSettings({ 'parallelCandidates.revealQueue': false });
    put = async (name, text) => {
      const path = join(folder, 'prompts', name);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, text);
    };
    await put('page.prompt.md', prompt);
  });

  test('shows candidates while they are written, and is used from the prompt to the export by keys alone @oldest', async ({
    workbench,
    folder,
  }) => {
    test.setTimeout(180_000);
    const { keyboard } = workbench.page;
    await workbench.open();
    await workbench.openByKeys('prompts', 'page.prompt.md');
    const board = new Board(workbench);
    // By then the extension is awake.
    await expect(workbench.codeLens('Generate 20 candidates')).toBeVisible({ timeout: 30_000 });
    await workbench.runByKeys('Parallel Candidates: Show Candidates');
    await expect(board.frame.getByText('There are no candidates yet.')).toBeVisible();
    await workbench.screenshot('board-empty');
    const told = await board.listen();
    const startedAt = Date.now();
    await board.tabTo(board.frame.getByRole('button', { name: 'Generate Candidates' }));
    await keyboard.press('Enter');
    await expect(board.card(1)).toHaveAttribute('data-state', 'running');
    await expect(board.text(board.card(1))).not.toBeEmpty();
    await workbench.screenshot('board-streaming');
    await expect(board.frame.locator('.counts')).toContainText('20 candidates');
    await expect(board.frame.locator('.counts')).not.toContainText('running', { timeout: 60_000 });
    await expect(board.text(board.card(1))).toContainText('Slow Start');
    // Not of each candidate: what goes on by itself is told every ten seconds, and at the end.
    await expect.poll(async () => (await told()).length).toBeGreaterThan(0);
    expect((await told()).length).toBeLessThanOrEqual(2 + (Date.now() - startedAt) / 10_000);
    await keyboard.press('j');
    await expect(board.current).toBeFocused();
    await board.tabTo(board.button('Fold candidates that say the same'), 'Shift+Tab');
    await keyboard.press('Enter');
    await expect(board.button('Fold candidates that say the same')).toHaveAttribute('aria-pressed', 'false');
    const first = await readFile(join(folder, 'prompts/candidates/page/01.md'), 'utf8');
    await expect(board.card(1).locator('.facts')).toContainText(`${first.match(/\S+/g)?.length ?? 0} words`);

    await keyboard.press('k');
    await board.goTo(2);
    await board.press('4');
    await expect(board.card(2).getByRole('button', { name: 'Rate 4 of 5' })).toHaveAttribute('aria-pressed', 'true');
    await board.press('p');
    await expect(board.card(2)).toContainClass('picked');
    const second = await readFile(join(folder, 'prompts/candidates/page/02.md'), 'utf8');
    expect(await readFile(join(folder, 'prompts/page.picked.md'), 'utf8')).toBe(second);

    await board.press('ArrowDown');
    await expect(board.card(3)).toHaveAttribute('aria-current', 'true');
    await board.press('d');
    await expect(board.card(3).locator('ins').first()).toBeVisible();
    await expect(board.card(3).locator('del').first()).toBeVisible();
    await expect(board.card(2).locator('ins')).toHaveCount(0);
    await workbench.screenshot('board-differences');
    await board.press('d');
    await expect(board.card(3).locator('ins')).toHaveCount(0);

    await board.press('x');
    await expect(board.card(3)).toHaveCount(0);
    await expect(board.card(4)).toHaveAttribute('aria-current', 'true');
    expect(await names(folder, 'archive')).toEqual(['03.md']);
    await board.press('u');
    await expect(board.card(3)).toBeVisible();
    await board.press('u');
    await expect(board.card(2)).not.toContainClass('picked');
    expect(existsSync(join(folder, 'prompts/page.picked.md'))).toBe(false);
    await expect(board.card(2).getByRole('button', { name: 'Rate 4 of 5' })).toHaveAttribute('aria-pressed', 'true');

    await board.goTo(4);
    await board.press('r');
    await expect(board.frame.locator('.counts')).toContainText('21 candidates');
    await expect.poll(() => names(folder)).toHaveLength(21);
    await board.goTo(4);
    await board.press('e');
    await expect(workbench.tab('04.md')).toBeVisible();
    await expect(board.card(4)).toBeVisible();

    await workbench.runByKeys('Parallel Candidates: Export Candidates…');
    await workbench.typeInQuickInput('JSONL');
    await workbench.pickByKeys('JSONL');
    await expect(workbench.quickInput.locator('input').first()).toHaveValue(/page\.candidates\.jsonl$/);
    await workbench.typeInQuickInput(join(folder, 'out.jsonl'));
    // The dialog goes to the folder while somebody types.
    await expect(workbench.quickPickItem('prompts')).toBeVisible();
    await workbench.accept();
    await expect.poll(() => existsSync(join(folder, 'out.jsonl'))).toBe(true);
    const lines = (await readFile(join(folder, 'out.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { rating?: number }).rating ?? 0)).toContain(4);
    expect(lines).toHaveLength(21);
  });

  test('stays when the window is loaded again in the middle of a run', async ({ workbench }) => {
    const server = await startTestServer();
    try {
      server.hold(3);
      await workbench.writeSettings({
        'parallelCandidates.revealQueue': false,
        'parallelCandidates.services': [
          { name: 'local', kind: 'openai', baseUrl: server.baseUrl, models: ['writer'], maxConcurrent: 2 },
        ],
        'parallelCandidates.defaultService': 'local',
      });
      await put('page.prompt.md', prompt.replace('20', '8'));
      await workbench.open();
      await workbench.openFile('page.prompt.md');
      const board = new Board(workbench);
      await board.show();
      await board.frame.getByRole('button', { name: 'Generate Candidates' }).click();
      await expect(board.card(3)).toHaveAttribute('data-state', 'written', { timeout: 30_000 });
      await board.button('Stack').click();
      await expect(board.button('Stack')).toHaveAttribute('aria-pressed', 'true');
      await workbench.runCommand('Developer: Reload Window');
      await expect(board.frame.getByRole('button', { name: 'Resume' })).toBeVisible({ timeout: 60_000 });
      await expect(board.button('Stack')).toHaveAttribute('aria-pressed', 'true');
      await expect(board.text(board.card(1))).not.toBeEmpty();
      await workbench.screenshot('board-reloaded');
      server.release();
      await board.frame.getByRole('button', { name: 'Resume' }).click();
      await expect(board.frame.locator('.counts')).toContainText('8 candidates', { timeout: 30_000 });
      await expect(board.frame.getByRole('button', { name: 'Resume' })).toBeHidden();
    } finally {
      server.release();
      await server.close();
    }
  });

  test('takes hostile texts for text, folds what says the same and finds words', async ({ workbench }) => {
    const hostile = '<img src=x onerror="document.title=\'pwned\'"> \u001b[31mred\u001b[0m a\u202etxt.exe';
    await put('candidates/page/01.md', hostile);
    const long = `A slow cold brew for people who are in no hurry at all, made from beans that somebody has picked by hand in
the hills above the lake, where mornings begin late and nobody minds it much.`;
    await put('candidates/page/02.md', long);
    await put('candidates/page/03.md', long.replace('much', 'at all'));
    await put('candidates/page/04.md', 'A hot brew. '.repeat(60));
    await workbench.open();
    await workbench.openFile('page.prompt.md');
    const board = new Board(workbench);
    await board.show();
    await expect(board.text(board.card(1))).toHaveText(
      '<img src=x onerror="document.title=\'pwned\'"> ␛[31mred␛[0m a⟨U+202E⟩txt.exe',
    );
    await expect(board.card(1).locator('img')).toHaveCount(0);
    await expect(board.card(3)).toHaveCount(0);
    await board.card(2).getByRole('button', { name: '1 more alike' }).click();
    await expect(board.card(3)).toBeVisible();
    const find = board.frame.getByRole('searchbox');
    await find.fill('BREW');
    await expect(board.frame.locator('.found')).toHaveText('62 in 3 candidates');
    await expect(board.card(1)).toHaveCount(0);
    await expect.poll(() => board.marks()).toBe(62);
    await find.press('Escape');
    await expect(board.card(1)).toBeVisible();
    await find.press('x');
    await expect(find).toHaveValue('x');
  });

  test('goes from row to row', async ({ workbench }) => {
    await put('rows.csv', 'product\nMug\nTea\n');
    await put(
      'rows.prompt.md',
      '---\ncandidates: { count: 2, data: { file: rows.csv, key: product } }\n---\nAbout {{ product }}.\n',
    );
    await put('candidates/rows/Mug/01.md', 'A mug.');
    await put('candidates/rows/Tea/01.md', 'A tea.');
    await workbench.open();
    await workbench.openFile('rows.prompt.md');
    await workbench.codeLens(/^\s*Candidates$/).click();
    const board = new Board(workbench);
    await expect(board.text(board.card(1))).toHaveText('A mug.');
    await board.button('Next row').click();
    await expect(board.text(board.card(1))).toHaveText('A tea.');
    await expect(board.button('Next row')).toBeDisabled();
    await board.focus(1);
    await board.press('r');
    await expect(board.card(2)).toHaveAttribute('data-state', 'written', { timeout: 30_000 });
    await board.button('Previous row').click();
    await expect(board.text(board.card(1))).toHaveText('A mug.');
    await expect(board.card(2)).toHaveCount(0);
  });

  test('says everything to a screen reader, in every theme', async ({ workbench }) => {
    for (const number of [1, 2, 3, 4, 5, 6]) {
      const text = `# Draft ${number}\n\n${`A sentence of draft ${number} about cold brew, which goes on. `.repeat(4 * number)}\n`;
      await put(`candidates/page/0${number}.md`, text);
    }
    await workbench.open();
    await workbench.explorerItem('prompts').click();
    await workbench.explorerMenu('page.prompt.md', 'Show Candidates');
    const board = new Board(workbench);
    await board.focus(2);
    await board.press('p');
    await board.press('3');
    await board.press('d');
    await expect(board.card(3).locator('ins').first()).toBeVisible();
    for (const theme of ['dark', 'high contrast', 'high contrast light', 'light'] as const) {
      await workbench.setColorTheme(theme);
      await board.focus(2);
      await workbench.screenshot(`board-${theme.replaceAll(' ', '-')}`);
      expect(await accessibilityProblems(board.frame), theme).toEqual([]);
    }
    await board.press('d');
    await board.frame.getByRole('searchbox').fill('cold');
    await expect.poll(() => board.marks()).toBeGreaterThan(0);
    await workbench.screenshot('board-find');
    for (const layout of ['Stack', 'One at a time']) {
      await board.button(layout).click();
      await expect(board.button(layout)).toHaveAttribute('aria-pressed', 'true');
      await workbench.screenshot(`board-${layout.toLowerCase().replaceAll(' ', '-')}`);
    }
    await board.focus(2);
    await board.press('ArrowRight');
    await expect(board.card(3)).toBeVisible();
    await expect(board.cards).toHaveCount(1);
  });

  test('holds a thousand candidates, and has in the document what is seen', async ({ workbench }) => {
    for (let number = 1; number <= 1000; number++) {
      const text = `Candidate ${number} says something of its own: ${'word '.repeat(number % 97)}${number * 7919}.`;
      await put(`candidates/page/${String(number).padStart(2, '0')}.md`, text);
    }
    await workbench.open();
    await workbench.openFile('page.prompt.md');
    const board = new Board(workbench);
    await board.show();
    await expect(board.frame.locator('.counts')).toContainText('1,000 candidates', { timeout: 30_000 });
    await board.button('Fold candidates that say the same').click();
    await board.focus(1);
    await board.press('End');
    await expect(board.text(board.card(1000))).toContainText('Candidate 1000 says');
    expect(await board.cards.count()).toBeLessThan(60);
    await board.press('Home');
    await expect(board.text(board.card(1))).toContainText('Candidate 1 says');
  });
});
