import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { testOutput } from '../support/editor/cache.ts';
import { problemsIn } from './support/accessibility.ts';
import { expect, test } from './support/fixtures.ts';
import { layoutProblems } from './support/layout.ts';
import { appearanceOf, dress, openPage, type Appearance } from './support/pages.ts';
import { screens, type Screen } from './support/screens.ts';
import type { Workbench } from './support/workbench.ts';

const themes = ['dark', 'light', 'high contrast', 'high contrast light'] as const;
/** A window that is 1280 px wide, at 200 %. */
const zoomed = { width: 640, height: 400 };

async function show(page: Page, { bundle, messages, prepare }: Screen, appearance: Appearance): Promise<void> {
  await openPage(page, bundle, appearance, messages);
  await prepare?.(page);
  await page.evaluate(`document.fonts.ready`);
}

function keep(page: Page, { name }: Screen, how: string): Promise<unknown> {
  const path = join(testOutput, 'screenshots/pages', `${name}-${how.replaceAll(' ', '-')}.png`);
  return page.screenshot({ path });
}

/** What an element looks like, as far as colours that the system forces leave something of it. */
function lookOf(page: Page, selector: string): Promise<string> {
  return page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const page = globalThis as unknown as {
        getComputedStyle(element: unknown): Readonly<Record<'backgroundColor' | 'borderColor' | 'outline', string>>;
      };
      const { backgroundColor, borderColor, outline } = page.getComputedStyle(element);
      return [backgroundColor, borderColor, outline].join(' | ');
    });
}

/** Animations that run now. */
const moving = `document.getAnimations().filter(({ playState }) => playState === 'running').length`;

test.describe('the pages', () => {
  /** The plan of a prompt in the editor, whose themes the pages are shown in. */
  async function openPlan(workbench: Workbench, folder: string): Promise<void> {
    await mkdir(join(folder, 'prompts'));
    await writeFile(
      join(folder, 'prompts/page.prompt.md'),
      '---\ncandidates: { count: 3, data: [{ product: Mug }, { product: Tea }] }\n---\nSell {{ product }}.\n',
    );
    await workbench.open();
    await workbench.openFile('page.prompt.md');
    await workbench.runCommand('Parallel Candidates: Show Plan');
    await expect(workbench.webview().locator('.figure').first()).toBeVisible();
  }

  test('are accessible in four themes, at 200 %, without colours and without motion', async ({
    workbench,
    folder,
    browser,
  }) => {
    test.setTimeout(240_000);
    await openPlan(workbench, folder);
    const appearances: Appearance[] = [];
    for (const theme of themes) {
      await workbench.setColorTheme(theme);
      await workbench.screenshot(`plan-${theme.replaceAll(' ', '-')}`);
      appearances.push(await appearanceOf(workbench.webview(), theme));
    }
    const page = await browser.newPage({ viewport: { width: 1000, height: 600 } });
    try {
      const [appearance, ...others] = appearances;
      if (!appearance) throw new Error('There is no theme.');
      for (const screen of screens) {
        await show(page, screen, appearance);
        await keep(page, screen, appearance.theme);
        expect.soft(await problemsIn(page), `${screen.name}, ${appearance.theme}`).toEqual([]);
        // A theme changes colours, and nothing else that is asked for.
        for (const other of others) {
          await dress(page, other);
          expect.soft(await problemsIn(page, 'color-contrast'), `${screen.name}, ${other.theme}`).toEqual([]);
        }
      }
      for (const screen of screens) {
        await page.setViewportSize(zoomed);
        await show(page, screen, appearance);
        await keep(page, screen, 'zoomed');
        expect.soft(await layoutProblems(page), `${screen.name} at 200 %`).toEqual([]);
      }
      const running = screens.filter(({ name }) => name === 'board-running' || name === 'queue');
      expect(running).toHaveLength(2);
      for (const screen of running) {
        await page.emulateMedia({ reducedMotion: 'no-preference' });
        await show(page, screen, appearance);
        await expect.poll(() => page.evaluate<number>(moving), screen.name).toBeGreaterThan(0);
        await page.evaluate(`document.body.classList.add('vscode-reduce-motion')`);
        expect(await page.evaluate<number>(moving), `${screen.name}, by the editor's setting`).toBe(0);
        await page.emulateMedia({ reducedMotion: 'reduce' });
        await show(page, screen, appearance);
        await expect(page.locator('.item-row, .card').first()).toBeVisible();
        expect(await page.evaluate<number>(moving), `${screen.name}, by the system's setting`).toBe(0);
      }
      await page.emulateMedia({ forcedColors: 'active' });
      // What is chosen, current or pressed looks otherwise than what is not.
      const apart: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
        board: [
          ['.card[aria-current="true"]', '.card:not([aria-current])'],
          ['.bar .icon[aria-pressed="true"]', '.bar .icon[aria-pressed="false"]'],
        ],
        'board-empty': [],
        plan: [['.button.primary', '.button:not(.primary)']],
        'queue-selected': [['.item-row[aria-selected="true"]', '.item-row[aria-selected="false"]']],
        'queue-search': [['.run-row .icon[aria-pressed="true"]', '.run-row .icon[aria-pressed="false"]']],
        'queue-stages': [['.stage-tally[aria-pressed="true"]', '.stage-tally[aria-pressed="false"]']],
      };
      for (const screen of screens) {
        const pairs = apart[screen.name];
        if (!pairs) continue;
        await show(page, screen, appearance);
        await keep(page, screen, 'forced');
        for (const [one, other] of pairs) {
          expect.soft(await lookOf(page, one), `${one}, forced colours`).not.toBe(await lookOf(page, other));
        }
      }
    } finally {
      await page.close();
    }
  });
});
