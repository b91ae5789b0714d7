import type { FrameLocator, Locator } from '@playwright/test';
import { expect } from './fixtures.ts';
import type { Workbench } from './workbench.ts';

const category = 'Parallel Candidates';

/** As much of its page as is asked here, which runs in it. */
interface Page {
  told: string[];
  readonly document: { querySelector(selector: string): { readonly textContent: string } };
  readonly MutationObserver: new (heard: () => void) => { observe(region: unknown, what: object): void };
}

interface Matched {
  matches(selector: string): boolean;
}

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

  /** Goes to something by Tab alone. @param key the way there */
  async tabTo(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    for (let stop = 0; stop < 40; stop++) {
      await this.#workbench.page.keyboard.press(key);
      if (await target.evaluate((element: Matched) => element.matches(':focus'))) return;
    }
    await expect(target).toBeFocused();
  }

  /** Goes from any card to another one by keys alone. */
  async goTo(number: number): Promise<void> {
    await this.press('Home');
    for (let at = 1; at <= number; at++) {
      await expect(this.card(at)).toHaveAttribute('aria-current', 'true');
      if (at < number) await this.press('j');
    }
  }

  /** Begins to write down what a screen reader is told. @returns what it was told since */
  async listen(): Promise<() => Promise<readonly string[]>> {
    const body = this.frame.locator('body');
    await body.evaluate(() => {
      const page = globalThis as unknown as Page;
      const region = page.document.querySelector('.announcer');
      const told: string[] = (page.told = []);
      new page.MutationObserver(() => told.push(region.textContent)).observe(region, { childList: true });
    });
    return () => body.evaluate(() => (globalThis as unknown as Page).told);
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
