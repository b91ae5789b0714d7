import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { animatedPicture, type Frame } from '../support/animatedPicture.ts';
import { repository } from '../support/editor/cache.ts';
import { Board } from '../ui/support/board.ts';
import { expect, test } from '../ui/support/fixtures.ts';

const prompt = `---
description: Page of a product
candidates:
  count: 6
---
Write a page of two paragraphs about our Slow Start cold brew.
`;

/** Between two pictures while texts stream, ms. */
const everyMs = 300;

test.use({ viewport: { width: 1200, height: 720 } });

test('a run on the board', async ({ workbench, folder }) => {
  await writeFile(join(folder, 'page.prompt.md'), prompt);
  await workbench.writeSettings({ 'parallelCandidates.revealQueue': false, 'editor.minimap.enabled': false });
  await workbench.open();
  await workbench.openFile('page.prompt.md');
  await workbench.setColorTheme('dark');
  await workbench.runCommand('View: Close Primary Side Bar');
  const frames: Frame[] = [];
  const take = async (ms: number): Promise<void> => void frames.push({ png: await workbench.page.screenshot(), ms });
  await expect(workbench.codeLens('Generate 6 candidates')).toBeVisible();
  const board = new Board(workbench);
  await board.show();
  await take(1200);
  await board.frame.getByRole('button', { name: 'Generate Candidates' }).click();
  const counts = board.frame.locator('.counts');
  await expect(board.card(1)).toHaveAttribute('data-state', 'running');
  do {
    await take(everyMs);
    await workbench.page.waitForTimeout(everyMs / 2);
  } while (/running|queued/.test((await counts.textContent()) ?? ''));
  await take(1000);
  await workbench.runCommand('Notifications: Clear All Notifications');
  await board.focus(1);
  await take(800);
  for (const key of ['j', '4', 'p', 'j', 'd'] as const) {
    await board.press(key);
    await workbench.page.waitForTimeout(200);
    await take(key === 'p' || key === 'd' ? 2000 : 800);
  }
  await writeFile(join(repository, 'media/images/board.png'), animatedPicture(frames));
});
