import * as vscode from 'vscode';
import type { CandidateShelves } from '../candidateShelves.ts';

const canUndoKey = 'parallelCandidates.canUndoChoice';

/** Lets when-clauses know whether a decision can be taken back, whoever has made it. */
export function publishUndo(shelves: CandidateShelves): vscode.Disposable {
  return shelves.onDidChangeUndo((canUndo) => void vscode.commands.executeCommand('setContext', canUndoKey, canUndo));
}
