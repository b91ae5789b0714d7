import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type FrameLocator, type Locator, type Page } from '@playwright/test';
import { repository, testOutput } from '../../support/editor/cache.ts';
import type { EditorServer, EditorTarget, Settings } from '../../support/editor/editorServer.ts';

/** Colour themes by their names in the picker, with the class that the workbench carries while one is on. */
const colorThemes = {
  light: { label: 'Light Modern', mark: 'vs' },
  dark: { label: 'Dark Modern', mark: 'vs-dark' },
  'high contrast': { label: 'Dark High Contrast', mark: 'hc-black' },
  'high contrast light': { label: 'Light High Contrast', mark: 'hc-light' },
} as const;

/** The editor's window, used the way a person uses it. Every action waits for what it acts on. */
export class Workbench {
  readonly page: Page;
  readonly #server: EditorServer;
  readonly #folder: string;

  constructor(page: Page, server: EditorServer, folder: string) {
    this.page = page;
    this.#server = server;
    this.#folder = folder;
  }

  /**
   * Opens a folder, the test's own unless told otherwise, in this window and waits until the workbench shows it and
   * knows what the extension contributes.
   */
  async open(folder = this.#folder, target: Omit<EditorTarget, 'folder'> = {}): Promise<void> {
    await this.page.goto(this.#server.url({ ...target, folder }));
    await expect(this.page.locator('.explorer-folders-view .monaco-list').first()).toBeVisible({ timeout: 45_000 });
    const command = await contributedCommand();
    if (command !== undefined) {
      await expect.poll(() => this.offersCommand(command), { timeout: 30_000 }).toBe(true);
    }
  }

  /** Closes the window as a person does and waits until the extensions in it are deactivated. */
  async close(): Promise<void> {
    if (this.page.isClosed()) {
      return;
    }
    this.page.once('dialog', (dialog) => void dialog.accept());
    await this.page.goto('about:blank');
    await this.#server.idle();
  }

  /**
   * Replaces the user settings for windows that are opened afterwards. An open window follows the folder's
   * `.vscode/settings.json`.
   */
  writeSettings(settings: Settings): Promise<void> {
    return this.#server.writeSettings(settings);
  }

  /** Switches the colour theme of the open window. */
  async setColorTheme(theme: keyof typeof colorThemes): Promise<void> {
    const { label, mark } = colorThemes[theme];
    await this.runCommand('Preferences: Color Theme');
    await this.typeInQuickInput(label);
    await this.pick(label);
    await expect(this.quickInput).toBeHidden();
    await expect(this.page.locator('.monaco-workbench')).toContainClass(mark);
  }

  /** Runs a command by its title as the command palette shows it, category included ("View: Toggle Panel"). */
  async runCommand(title: string): Promise<void> {
    await this.#chooseInQuickInput('F1', `>${title}`, title);
  }

  /** Whether the command palette offers a command of this title. */
  async offersCommand(title: string): Promise<boolean> {
    await this.#showQuickInput('F1');
    await this.typeInQuickInput(`>${title}`);
    await expect(this.quickInput.locator('.monaco-list-row').first()).toBeVisible();
    const offered = await this.quickPickItem(title).isVisible();
    await this.page.keyboard.press('Escape');
    return offered;
  }

  /** Opens a file of the workspace through quick open. */
  async openFile(path: string): Promise<void> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    await this.#chooseInQuickInput('ControlOrMeta+P', path, name);
    await expect(this.tab(name)).toHaveAttribute('aria-selected', 'true');
  }

  /** Opens a file by the Explorer and keys alone. @param names of its folders, and its own */
  async openByKeys(...names: readonly string[]): Promise<void> {
    await this.page.keyboard.press('ControlOrMeta+Shift+E');
    const focused = this.page.locator('.explorer-folders-view .monaco-list-row.focused');
    for (const [at, name] of names.entries()) {
      const row = this.explorerItem(name);
      await expect(row).toBeVisible();
      await expect(async () => {
        await this.page.keyboard.press('ArrowDown');
        await expect(focused).toHaveAttribute('aria-label', new RegExp(`^${escapeForRegExp(name)}(,|$)`), {
          timeout: 500,
        });
      }).toPass({ timeout: 15_000 });
      if (at === names.length - 1) await this.page.keyboard.press('Enter');
      else if ((await row.getAttribute('aria-expanded')) !== 'true') await this.page.keyboard.press('ArrowRight');
    }
    await expect(this.tab(names.at(-1) ?? '')).toHaveAttribute('aria-selected', 'true');
  }

  /** Runs a command by its title and keys alone. */
  async runByKeys(title: string): Promise<void> {
    await this.#showQuickInput('F1');
    await this.typeInQuickInput(`>${title}`);
    await this.pickByKeys(title);
  }

  /** Goes down to a row of the quick pick, and takes it. */
  async pickByKeys(label: string): Promise<void> {
    await expect(this.quickPickItem(label)).toBeVisible();
    const focused = this.quickInput.locator('.monaco-list-row.focused .label-name').first();
    for (let row = 0; row < 20 && (await focused.textContent())?.trim() !== label; row++) {
      await this.page.keyboard.press('ArrowDown');
    }
    await expect(focused).toHaveText(label);
    await this.page.keyboard.press('Enter');
  }

  /** The quick input: command palette, quick pick or input box, whichever is shown. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget').filter({ visible: true });
  }

  /** The row of the quick pick whose label is exactly this one. */
  quickPickItem(label: string): Locator {
    const exactly = this.page
      .locator('.label-name')
      .filter({ hasText: new RegExp(`^\\s*${escapeForRegExp(label)}\\s*$`) });
    return this.quickInput.locator('.monaco-list-row').filter({ has: exactly }).first();
  }

  /** The labels of the rows that the quick pick shows. */
  get quickPickLabels(): Locator {
    return this.quickInput.locator('.monaco-list-row .label-name');
  }

  /** Clicks a row of the quick pick: in one with check boxes this toggles it. */
  async pick(label: string): Promise<void> {
    await this.quickPickItem(label).click();
  }

  /** Types into the quick pick or input box that is shown, in place of what it holds. */
  async typeInQuickInput(text: string): Promise<void> {
    await this.quickInput.locator('input:not([type="checkbox"])').first().fill(text);
  }

  /** Presses Enter in the quick pick or input box that is shown. */
  async accept(): Promise<void> {
    await expect(this.quickInput).toBeVisible();
    await this.page.keyboard.press('Enter');
  }

  /** The row of a file or folder that the explorer shows, by its name. */
  explorerItem(name: string): Locator {
    return this.page
      .locator('.explorer-folders-view')
      .getByRole('treeitem', { name: new RegExp(`^${escapeForRegExp(name)}(,|$)`) });
  }

  /** Selects one or several files in the explorer and clicks an entry of their context menu. */
  async explorerMenu(names: string | readonly string[], entry: string): Promise<void> {
    await this.openExplorerMenu(names);
    await this.chooseFromMenu(entry);
  }

  /** Selects one or several files in the explorer and opens their context menu. */
  async openExplorerMenu(names: string | readonly string[]): Promise<void> {
    const [first, ...others] = typeof names === 'string' ? [names] : names;
    if (first === undefined) {
      throw new Error('Name at least one file.');
    }
    if (others.length > 0) {
      await this.explorerItem(first).click();
    }
    for (const name of others) {
      await this.explorerItem(name).click({ modifiers: ['ControlOrMeta'] });
    }
    await this.explorerItem(first).click({ button: 'right' });
    await expect(this.page.locator('.context-view .monaco-menu').first()).toBeVisible();
  }

  /** Clicks an entry of the context menu that is open, which ignores clicks right after it was opened. */
  async chooseFromMenu(label: string): Promise<void> {
    const entry = this.menuEntry(label);
    await expect(entry).toBeVisible();
    await expect(async () => {
      if (await entry.isVisible()) await entry.click({ timeout: 1000 });
      await expect(entry).toBeHidden({ timeout: 500 });
    }).toPass({ timeout: 10_000 });
  }

  /** An entry of the context menu that is open. */
  menuEntry(label: string): Locator {
    // The key that it is bound to stands in its name.
    const named = this.page.locator('.action-label', { hasText: new RegExp(`^${escapeForRegExp(label)}$`) });
    return this.page.locator('.context-view .monaco-menu').getByRole('menuitem').filter({ has: named });
  }

  /** The tab of an open editor. */
  tab(name: string): Locator {
    return this.page
      .locator('.tabs-container')
      .getByRole('tab', { name: new RegExp(`^${escapeForRegExp(name)}(,|$)`) });
  }

  /** The lines that the active editor shows, top to bottom. */
  async editorText(): Promise<string> {
    return shownText(this.page.locator('.editor-group-container.active .monaco-editor').first());
  }

  /** A button in the title bar of the active editor. */
  editorAction(title: string): Locator {
    return this.page
      .locator('.editor-group-container.active .editor-actions')
      .getByRole('button', { name: new RegExp(`^${escapeForRegExp(title)}`) });
  }

  /** A CodeLens of the active editor, by a part of its text. */
  codeLens(text: string | RegExp): Locator {
    return this.page.locator('.editor-group-container.active .codelens-decoration a').filter({ hasText: text });
  }

  /** The notifications that are shown, by a part of their text. */
  notification(text?: string | RegExp): Locator {
    const all = this.page.locator('.notifications-toasts .notification-list-item');
    return text === undefined ? all : all.filter({ hasText: text });
  }

  /** The messages of the notifications that are shown, the newest first. */
  get notificationMessages(): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item-message');
  }

  /** Clicks a button of the notification with this text. */
  async clickNotification(text: string | RegExp, button: string): Promise<void> {
    const notification = this.notification(text).first();
    await notification.getByRole('button', { name: button, exact: true }).click();
  }

  /** The entry of the status bar with this text. */
  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text });
  }

  /** Brings a view to the front, by its name and the name of the panel or side bar entry that it is in. */
  async focusView(container: string, view = container): Promise<void> {
    await this.runCommand(`${container}: Focus on ${view} View`);
  }

  /** The document inside a webview that is shown, the first one unless told otherwise. */
  webview(index = 0): FrameLocator {
    const frames = this.page.locator('iframe.webview.ready').filter({ visible: true });
    return frames.nth(index).contentFrame().locator('#active-frame').contentFrame();
  }

  /** Shows an output channel and returns the lines of it that fit into the panel. */
  async outputText(channel: string): Promise<string> {
    await this.showOutput(channel);
    return shownText(this.page.locator('.output-view .monaco-editor'));
  }

  /** Shows an output channel. */
  async showOutput(channel: string): Promise<void> {
    await this.runCommand('Output: Show Output Channels...');
    await this.pick(channel);
    await expect(this.page.locator('.output-view .view-lines')).toBeVisible();
  }

  /** The question that everything else waits for. */
  dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** Saves a picture of the window and returns its path. */
  async screenshot(name: string): Promise<string> {
    const path = join(testOutput, 'screenshots', `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  /** Opens the quick input, types, and clicks the row of that label once it is there. */
  async #chooseInQuickInput(key: string, text: string, label: string): Promise<void> {
    // What an extension contributes, and files that are still being indexed, appear only in a list opened afterwards.
    await expect(async () => {
      await this.#showQuickInput(key);
      await this.typeInQuickInput(text);
      await this.quickPickItem(label).click({ timeout: 3_000 });
    }).toPass({ timeout: 30_000 });
  }

  async #showQuickInput(key: string): Promise<void> {
    if (await this.quickInput.isVisible()) {
      await this.page.keyboard.press('Escape');
      await expect(this.quickInput).toBeHidden();
    }
    await this.page.keyboard.press(key);
    await expect(this.quickInput).toBeVisible();
  }
}

interface Manifest {
  contributes?: {
    commands?: { command: string; title: string; category?: string; enablement?: string }[];
    menus?: { commandPalette?: { command: string }[] };
  };
}

/** The title of the first of the extension's commands that the command palette offers under all circumstances. */
async function contributedCommand(): Promise<string | undefined> {
  const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as Manifest;
  const { commands = [], menus } = manifest.contributes ?? {};
  const restricted = new Set(menus?.commandPalette?.map((entry) => entry.command));
  const found = commands.find(({ command, enablement }) => enablement === undefined && !restricted.has(command));
  if (found === undefined) {
    return undefined;
  }
  const label = found.category === undefined ? found.title : `${found.category}: ${found.title}`;
  const texts = label.includes('%')
    ? (JSON.parse(await readFile(join(repository, 'package.nls.json'), 'utf8')) as Record<string, string>)
    : {};
  return label.replace(/%([^%]+)%/g, (placeholder, key: string) => texts[key] ?? placeholder);
}

interface ShownLine {
  readonly textContent: string;
  getBoundingClientRect(): { readonly top: number };
}

/** The text of an editor's lines in their order on the screen, which is not their order in the document. */
async function shownText(editor: Locator): Promise<string> {
  await expect(editor.locator('.view-lines')).toBeVisible();
  const lines = await editor.locator('.view-line').evaluateAll((elements: readonly ShownLine[]) =>
    elements
      .map((element) => ({ top: element.getBoundingClientRect().top, text: element.textContent }))
      .sort((a, b) => a.top - b.top)
      .map((line) => line.text.replaceAll('\u00a0', ' ')),
  );
  return lines.join('\n');
}

function escapeForRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
