import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { FrameLocator, Locator } from '@playwright/test';
import { expect } from './fixtures.ts';
import type { Workbench } from './workbench.ts';

const category = 'Parallel Candidates';

/** The board as a person uses it. Every action waits for what it acts on. */
export class Board {
  readonly #workbench: Workbench;
  readonly #place: number;

  /** @param place of its webview among those that are shown */
  constructor(workbench: Workbench, place = 0) {
    this.#workbench = workbench;
    this.#place = place;
  }

  /** Opens it for the prompt file that is in front. */
  async show(): Promise<void> {
    await this.#workbench.runCommand(`${category}: Show Candidates`);
    await expect(this.frame.locator('#board')).toBeVisible();
  }

  get frame(): FrameLocator {
    return this.#workbench.webview(this.#place);
  }

  get cards(): Locator {
    return this.frame.locator('[data-candidate]');
  }

  /** The card of a number. */
  card(number: number): Locator {
    return this.frame.locator(`[data-candidate="${number}"]`);
  }

  get current(): Locator {
    return this.frame.locator('[data-candidate][aria-current="true"]');
  }

  text(card: Locator): Locator {
    return card.locator('.text');
  }

  /** A button of the bar above the cards. */
  button(name: string | RegExp): Locator {
    return this.frame.locator('.bar').getByRole('button', { name });
  }

  /** Clicks a card's head, so that keys are about it. */
  async focus(number: number): Promise<void> {
    await this.card(number).locator('.facts').click();
    await expect(this.card(number)).toHaveAttribute('aria-current', 'true');
  }

  /** Presses a key on the current card. */
  async press(key: string): Promise<void> {
    await expect(this.current).toBeFocused();
    await this.#workbench.page.keyboard.press(key);
  }

  /** How many places are marked by the search. */
  marks(): Promise<number> {
    return this.frame.locator('.text mark').count();
  }
}

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** What is wrong for people who use other means than eyes and a mouse: rule and element. */
export async function violationsIn({ frame }: Board): Promise<readonly string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const body = await frame.locator('body').elementHandle();
  const page = await body.ownerFrame();
  if (!page) throw new Error('The board is gone.');
  // Not as a script of the page, whose policy forbids that.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
