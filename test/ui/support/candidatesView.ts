import { expect, type Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

/** The view of prompt files, rows and candidates in the side bar, used the way a person uses it. */
export class CandidatesView {
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  /** Where the whole side bar is, while it shows the view. */
  readonly within = '.sidebar .composite.viewlet[id*="parallelCandidatesChoice"]';

  get root(): Locator {
    return this.#workbench.page.locator(this.within);
  }

  async show(): Promise<void> {
    await this.#workbench.focusView('Candidates');
    await expect(this.root).toBeVisible();
  }

  /** What stands on its icon in the activity bar. */
  get badge(): Locator {
    const { page } = this.#workbench;
    const icon = page.locator('.activitybar .action-item').filter({ has: page.locator('[aria-label^="Candidates"]') });
    return icon.locator('.badge-content');
  }

  /** Lines by the start of what a screen reader says of them. */
  line(start: string | RegExp): Locator {
    const name =
      typeof start === 'string' ? new RegExp(`^${start.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(,|$| )`) : start;
    return this.root.getByRole('treeitem', { name });
  }

  get lines(): Locator {
    return this.root.getByRole('treeitem');
  }

  /** Opens a prompt file or a row. */
  async expand(name: string): Promise<void> {
    const line = this.line(name);
    await expect(line).toBeVisible();
    if ((await line.getAttribute('aria-expanded')) === 'true') return;
    await line.locator('.monaco-tl-twistie').click();
    await expect(line).toHaveAttribute('aria-expanded', 'true');
  }

  /** Clicks a button that a line shows under the mouse. */
  async inline(name: string, action: string): Promise<void> {
    const line = this.line(name);
    await line.hover();
    await line.getByRole('button', { name: action, exact: true }).click();
  }

  /** Opens the context menu of a line and clicks an entry of it. */
  async menu(name: string, ...entries: readonly string[]): Promise<void> {
    await this.line(name).click({ button: 'right' });
    const [first = '', second] = entries;
    if (second === undefined) {
      await this.#workbench.chooseFromMenu(first);
      return;
    }
    await this.#workbench.menuEntry(first).hover();
    await expect(this.#workbench.menuEntry(second)).toBeVisible();
    await this.#workbench.chooseFromMenu(second);
  }

  /** Drags a line into the editor area, with the mouse moving over it as a hand does. */
  async dragToEditor(name: string): Promise<void> {
    const { mouse } = this.#workbench.page;
    const [from, to] = await Promise.all([
      this.line(name).locator('.label-name').boundingBox(),
      this.#workbench.page.locator('.editor-group-container').first().boundingBox(),
    ]);
    if (!from || !to) throw new Error('What is dragged, or where to, is not shown.');
    await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await mouse.down();
    await mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 10 });
    await mouse.move(to.x + to.width / 2 + 5, to.y + to.height / 2 + 5, { steps: 5 });
    await mouse.up();
  }

  /** A button in the title of the view. */
  title(action: string): Locator {
    return this.#workbench.page.locator('.sidebar .composite.title').getByRole('button', { name: action, exact: true });
  }

  get message(): Locator {
    return this.root.locator('.tree-explorer-viewlet-tree-view .message');
  }

  get welcome(): Locator {
    return this.root.locator('.welcome-view');
  }
}
