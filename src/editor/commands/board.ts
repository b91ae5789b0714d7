import * as vscode from 'vscode';
import type { BoardMove } from '../../boardProtocol.ts';
import type { ActiveCandidate } from '../activeCandidate.ts';
import { commandIds } from '../commandIds.ts';
import { mayUseWorkspace } from '../trust.ts';
import type { Boards } from '../views/boards.ts';

/**
 * What chooses among candidates has a command for the board alone, beside the one for everywhere: the keys are bound to
 * these, so that no menu and no hover elsewhere shows a key that does nothing there.
 */
function registerForBoard(id: string, everywhere: string): vscode.Disposable {
  return vscode.commands.registerCommand(id, (...given: readonly unknown[]) =>
    vscode.commands.executeCommand(everywhere, ...given),
  );
}

/** Shows the board, and what its keys do in it. */
export function registerBoardCommands(boards: Boards, activeCandidate: ActiveCandidate): vscode.Disposable {
  const move = (move: BoardMove) => (): void => boards.active?.move(move);
  const show = async (clicked?: unknown, options?: unknown): Promise<void> => {
    if (!mayUseWorkspace()) return;
    const prompt = await activeCandidate.promptFor(vscode.l10n.t('Show Candidates'), clicked, options);
    if (prompt) boards.show(prompt, keepsFocus(options));
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand(commandIds.showBoard, show),
    vscode.commands.registerCommand(commandIds.boardNext, move('next')),
    vscode.commands.registerCommand(commandIds.boardPrevious, move('previous')),
    vscode.commands.registerCommand(commandIds.boardDifferences, move('differences')),
    vscode.commands.registerCommand(commandIds.boardReference, move('reference')),
    vscode.commands.registerCommand(commandIds.boardFind, move('find')),
    vscode.commands.registerCommand(commandIds.boardLayout, move('layout')),
    vscode.commands.registerCommand(commandIds.boardOpen, () => boards.active?.open()),
    vscode.commands.registerCommand(commandIds.boardMore, () => {
      const board = boards.active;
      return board && vscode.commands.executeCommand(commandIds.generateMore, board.prompt, board.place);
    }),
    registerForBoard(commandIds.boardPick, commandIds.pick),
    registerForBoard(commandIds.boardArchive, commandIds.archive),
    registerForBoard(commandIds.boardRate1, commandIds.rate1),
    registerForBoard(commandIds.boardRate2, commandIds.rate2),
    registerForBoard(commandIds.boardRate3, commandIds.rate3),
    registerForBoard(commandIds.boardRate4, commandIds.rate4),
    registerForBoard(commandIds.boardRate5, commandIds.rate5),
    registerForBoard(commandIds.boardClearRating, commandIds.clearRating),
    registerForBoard(commandIds.boardNote, commandIds.note),
    registerForBoard(commandIds.boardUndoChoice, commandIds.undoChoice),
  );
}

function keepsFocus(options: unknown): boolean {
  return (
    typeof options === 'object' && options !== null && 'preserveFocus' in options && options.preserveFocus === true
  );
}
