import * as vscode from 'vscode';
import { commandIds } from '../commandIds.ts';
import { inert } from '../notifications/inert.ts';
import type { SavedPrompts } from '../savedPrompts.ts';

/** Says in the status bar that prompts are generated when they are saved, and where; a click turns it off. */
export function showSavedStatus(saved: SavedPrompts): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('parallelCandidates.onSave', vscode.StatusBarAlignment.Left, 49);
  item.name = vscode.l10n.t('Generate on Save');
  item.command = {
    title: vscode.l10n.t('Generate on Save'),
    command: commandIds.toggleGenerateOnSave,
    arguments: ['list'],
  };
  const update = (): void => {
    const { places } = saved;
    if (places.length === 0) {
      item.hide();
      return;
    }
    item.text = `$(save-as) ${vscode.l10n.t('Generate on Save')}${places.length > 1 ? `: ${places.length}` : ''}`;
    const names = places.map((uri) => inert(vscode.workspace.asRelativePath(uri)));
    item.tooltip = vscode.l10n.t('Generated when saved: {0}. Click to turn it off.', names.join(', '));
    item.accessibilityInformation = { label: item.tooltip };
    item.show();
  };
  update();
  return vscode.Disposable.from(saved.onDidChange(update), item);
}
