import { expect, type Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

/** The extension's walkthrough, once it was opened. */
export class Walkthrough {
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  /** Brings it to the front again: its tab may show the start page by then. */
  async show(): Promise<void> {
    // An editor that has just been opened takes the focus once it is drawn, which closes a list.
    await expect(async () => {
      await this.#workbench.runCommand('Welcome: Open Walkthrough...');
      await this.#workbench.quickPickItem('Get started with Parallel Candidates').click({ timeout: 3_000 });
      await expect(this.step('prompt')).toBeVisible({ timeout: 5_000 });
    }).toPass({ timeout: 60_000 });
  }

  step(id: string): Locator {
    return this.#workbench.page.locator(`.getting-started-step[data-step-id$="#${id}"]`);
  }

  /** Opens a step and presses a button of it. */
  async press(id: string, button: string): Promise<void> {
    const step = this.step(id);
    await expect(step).toBeVisible();
    const action = step.locator('.button-container').getByText(button, { exact: true });
    if (!(await action.isVisible())) await step.locator('.step-title').click();
    await action.click();
  }

  async isDone(id: string): Promise<void> {
    await expect(this.step(id).locator('.codicon-getting-started-step-checked')).toBeVisible();
  }
}
