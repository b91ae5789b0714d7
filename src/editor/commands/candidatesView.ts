import * as vscode from 'vscode';
import { commandIds } from '../commandIds.ts';
import { pickOne } from '../notifications/messages.ts';
import type { CandidatesView } from '../views/candidatesView.ts';
import { candidateFilters, type CandidateFilter } from '../views/candidateTree.ts';

/** What the view of candidates shows: all, or what a filter lets through. */
export function registerCandidatesView(view: CandidatesView): vscode.Disposable {
  const set = (filter: CandidateFilter): void => view.setFilter(filter, describe(filter).message);
  return vscode.Disposable.from(
    vscode.commands.registerCommand(commandIds.filterCandidates, async (given?: unknown) => {
      const named = candidateFilters.find((filter) => filter === given);
      const choices = candidateFilters.map((filter) => ({
        label: describe(filter).label,
        ...(filter === view.filter ? { description: vscode.l10n.t('shown now') } : {}),
        filter,
      }));
      const title = vscode.l10n.t('Filter Candidates');
      const filter =
        named ?? (await pickOne(choices, { title, placeHolder: vscode.l10n.t('Select what is shown') }))?.filter;
      if (filter) set(filter);
    }),
    vscode.commands.registerCommand(commandIds.showAllCandidates, () => set('all')),
    vscode.commands.registerCommand(commandIds.refreshCandidates, () => view.refresh()),
  );
}

/** @returns its name in a list, and what the view says while it is on */
function describe(filter: CandidateFilter): { readonly label: string; readonly message: string } {
  switch (filter) {
    case 'all':
      return { label: vscode.l10n.t('All'), message: '' };
    case 'picked':
      return { label: vscode.l10n.t('Picked'), message: vscode.l10n.t('Showing picked candidates only.') };
    case 'unrated':
      return {
        label: vscode.l10n.t('Unrated'),
        message: vscode.l10n.t('Showing only candidates that are not rated, picked or archived.'),
      };
    case 'failed':
      return { label: vscode.l10n.t('Failed'), message: vscode.l10n.t('Showing failed candidates only.') };
    case 'cut':
      return {
        label: vscode.l10n.t('Cut'),
        message: vscode.l10n.t('Showing only candidates that were cut at the output limit.'),
      };
  }
}
