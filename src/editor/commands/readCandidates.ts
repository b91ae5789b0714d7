import * as vscode from 'vscode';
import { candidateLabel, choiceSentences } from '../../wording/choices.ts';
import type { ActiveCandidate } from '../activeCandidate.ts';
import type { CandidateShelves, ListedCandidate } from '../candidateShelves.ts';
import { commandIds } from '../commandIds.ts';
import { showInformation, showQuietly } from '../notifications/messages.ts';
import { mayUseWorkspace } from '../trust.ts';

/** "Next Candidate", "Previous Candidate", and what opens candidates and their prompt files. */
export function registerReadCandidates(shelves: CandidateShelves, active: ActiveCandidate): vscode.Disposable {
  const go = async (way: 'next' | 'previous', title: string, clicked: unknown): Promise<void> => {
    if (!mayUseWorkspace()) return;
    const candidate = await active.candidate(title, clicked);
    if (!candidate) return;
    const { [way]: other, place, count } = await siblings(candidate, shelves);
    if (!other) {
      void showInformation(choiceSentences.noSibling(candidate.promptName));
      return;
    }
    await openCandidate(other);
    const now = (place + (way === 'next' ? 1 : count - 1)) % count;
    showQuietly(vscode.l10n.t('{0}: {1} of {2}', candidateLabel(other), now + 1, count));
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand(commandIds.nextCandidate, (clicked?: unknown) =>
      go('next', vscode.l10n.t('Next Candidate'), clicked),
    ),
    vscode.commands.registerCommand(commandIds.previousCandidate, (clicked?: unknown) =>
      go('previous', vscode.l10n.t('Previous Candidate'), clicked),
    ),
    vscode.commands.registerCommand(commandIds.openCandidate, async (clicked?: unknown, selected?: unknown) => {
      if (!mayUseWorkspace()) return;
      for (const candidate of await active.candidates(vscode.l10n.t('Open to the Side'), clicked, selected)) {
        await vscode.commands.executeCommand('vscode.open', candidate.uri, {
          viewColumn: vscode.ViewColumn.Beside,
          preview: false,
        });
      }
    }),
    vscode.commands.registerCommand(commandIds.openPromptFile, async (clicked?: unknown, selected?: unknown) => {
      if (!mayUseWorkspace()) return;
      for (const prompt of await active.promptsFor(vscode.l10n.t('Open Prompt File'), clicked, selected)) {
        await vscode.commands.executeCommand('vscode.open', prompt, { preview: false });
      }
    }),
  );
}

/** In the editor that shows one at a time. */
export async function openCandidate({ uri }: ListedCandidate): Promise<void> {
  await vscode.commands.executeCommand('vscode.open', uri, { preview: true });
}

/**
 * What comes before and after a candidate among those of its prompt file that are not archived; behind the last one comes
 * the first again.
 */
export async function siblings(candidate: ListedCandidate, shelves: CandidateShelves) {
  const listing = await shelves.list(candidate.prompt, 'apart');
  const all = listing.ok
    ? listing.value.candidates.filter(({ isArchived, path }) => !isArchived || path === candidate.path)
    : [];
  const place = all.findIndex(({ path }) => path === candidate.path);
  const count = all.length;
  if (place === -1 || count < 2) return { place: 0, count, next: undefined, previous: undefined };
  return { place, count, next: all[(place + 1) % count], previous: all[(place + count - 1) % count] };
}
