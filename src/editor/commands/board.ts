import * as vscode from 'vscode';
import type { BoardMove } from '../../boardProtocol.ts';
import type { ActiveCandidate } from '../activeCandidate.ts';
import { commandIds } from '../commandIds.ts';
import { mayUseWorkspace } from '../trust.ts';
import type { Boards } from '../views/boards.ts';

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
  );
}

function keepsFocus(options: unknown): boolean {
  return (
    typeof options === 'object' && options !== null && 'preserveFocus' in options && options.preserveFocus === true
  );
}
