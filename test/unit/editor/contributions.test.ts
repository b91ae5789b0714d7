import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import packageJson from '../../../package.json' with { type: 'json' };
import texts from '../../../package.nls.json' with { type: 'json' };
import { contributedSettings } from '../../support/contributedSettings.ts';

const repository = new URL('../../../', import.meta.url);
const commands: ReadonlySet<string> = new Set(packageJson.contributes.commands.map(({ command }) => command));
const viewIds = Object.values(packageJson.contributes.views).flatMap((views) => views.map(({ id }) => id));
/** Of the editor itself. */
const known: ReadonlySet<string> = new Set([
  ...commands,
  ...viewIds.map((id) => `${id}.focus`),
  ...['vscode.openFolder', 'workbench.trust.manage', 'workbench.action.openWalkthrough'],
]);

/** What a when-clause of a menu of the board has in it. */
const ofBoard = "'parallelCandidates.board'";

describe('what package.json says to people', () => {
  it('has a text for every place, and no text without one', () => {
    const named = [...JSON.stringify(packageJson).matchAll(/"%([^%"]+)%"/g)].map(([, name = '']) => name);
    assert.deepEqual([...new Set(named)].sort(), Object.keys(texts).sort());
  });

  it('links to settings and commands that there are', () => {
    for (const [name, text] of Object.entries(texts)) {
      for (const [, setting = ''] of text.matchAll(/#([\w.]+)#/g))
        assert.ok(setting in contributedSettings, `${name}: ${setting}`);
      for (const [, command = ''] of text.matchAll(/\(command:([\w.]+)/g))
        assert.ok(known.has(command), `${name}: ${command}`);
    }
  });

  it('has every setting in a group that has a name, in an order of its own', () => {
    for (const { title, properties } of packageJson.contributes.configuration) {
      assert.match(title, /^%config\.group\.\w+%$/);
      const orders = Object.values(properties as Readonly<Record<string, { readonly order: number }>>);
      assert.deepEqual(
        orders.map(({ order }) => order),
        orders.map((_, place) => place + 1),
        title,
      );
    }
  });

  it('leads the walkthrough from a service to the picked text, and each step ends by what it is for', () => {
    const [walkthrough] = packageJson.contributes.walkthroughs;
    assert.deepEqual(
      walkthrough?.steps.map(({ id }) => id),
      ['service', 'prompt', 'generate', 'compare', 'pick'],
    );
    for (const { id, media, completionEvents } of walkthrough.steps) {
      assert.ok(existsSync(new URL(media.markdown, repository)), media.markdown);
      const ends = completionEvents.map((event) => event.replace(/^onCommand:/, ''));
      assert.ok(
        ends.some((command) => commands.has(command)),
        id,
      );
    }
  });

  it('offers nothing in a menu that there is not', () => {
    const submenus = new Set(packageJson.contributes.submenus.map(({ id }) => id));
    for (const [menu, entries] of Object.entries(packageJson.contributes.menus)) {
      for (const entry of entries as readonly { readonly command?: string; readonly submenu?: string }[]) {
        const { command, submenu } = entry;
        assert.ok(command === undefined || commands.has(command), `${menu}: ${command}`);
        assert.ok(submenu === undefined || submenus.has(submenu), `${menu}: ${submenu}`);
      }
      if (submenus.has(menu)) continue;
      const isOwn = menu.startsWith('parallelCandidates.');
      assert.ok(!isOwn, `${menu} is no submenu`);
    }
  });

  it('binds keys to commands that no menu outside of the board shows, for there a key would do nothing', () => {
    const { keybindings, menus } = packageJson.contributes;
    for (const { command, when } of keybindings) assert.match(when, /^activeWebviewPanelId == /, command);
    const bound: ReadonlySet<string> = new Set(keybindings.map(({ command }) => command));
    const elsewhere = Object.entries(menus).flatMap(([menu, entries]) =>
      entries
        .filter((entry) => 'command' in entry && bound.has(entry.command))
        .filter((entry) => menu !== 'parallelCandidates.boardRateMenu' && !JSON.stringify(entry).includes(ofBoard))
        .map((entry) => `${menu}: ${JSON.stringify(entry)}`),
    );
    assert.deepEqual(elsewhere, []);
    const palette: readonly { readonly command: string; readonly when: string }[] = menus.commandPalette;
    for (const command of bound) {
      const entry = palette.find((each) => each.command === command);
      assert.ok(entry?.when.includes("activeWebviewPanelId == 'parallelCandidates.board'"), command);
    }
  });
});
