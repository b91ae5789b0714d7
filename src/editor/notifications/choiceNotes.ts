import * as vscode from 'vscode';
import type { Outcome } from '../../base/outcome.ts';
import type { DoneChoice } from '../../runs/shelf/undoStack.ts';
import { choiceSentences } from '../../wording/choices.ts';
import type { CandidateShelves } from '../candidateShelves.ts';
import { showError, showInformation, showQuietly } from './messages.ts';

/**
 * Says what somebody has decided: in the status bar, and where files were changed with a button that takes it back.
 *
 * @param open a file that the person may want to see
 * @param isSeen whether the person sees in front what was done, and can take it back there with one key
 * @returns what was done; undefined where it was not, which was told
 */
export function tellChoice(
  shelves: CandidateShelves,
  outcome: Outcome<DoneChoice, string>,
  open?: vscode.Uri,
  isSeen = false,
): DoneChoice | undefined {
  if (!outcome.ok) {
    void showError(outcome.failure);
    return undefined;
  }
  const choice = outcome.value;
  if (choice.changesFiles && !isSeen) void offerUndo(shelves, choice, open);
  else showQuietly(choice.said);
  return choice;
}

async function offerUndo(shelves: CandidateShelves, choice: DoneChoice, file?: vscode.Uri): Promise<void> {
  const undo = vscode.l10n.t('Undo');
  const open = vscode.l10n.t('Open');
  const answer = await showInformation(choice.said, ...(file ? [open] : []), undo);
  if (answer === undo) tellUndone(await shelves.undo(choice));
  if (answer === open && file) await vscode.commands.executeCommand('vscode.open', file);
}

/** @param undone as `CandidateShelves.undo` answers */
export function tellUndone(undone: Outcome<DoneChoice, string> | undefined): void {
  if (!undone) void showInformation(choiceSentences.nothingToUndo());
  else if (undone.ok) showQuietly(choiceSentences.undone(undone.value.said));
  else void showError(undone.failure);
}
