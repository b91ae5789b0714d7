import * as vscode from 'vscode';
import { exportFormats, type ExportFormat } from '../../candidates/exports/exported.ts';
import { promptName } from '../../candidates/promptName.ts';
import { choiceSentences } from '../../wording/choices.ts';
import type { ActiveCandidate } from '../activeCandidate.ts';
import type { CandidateShelves } from '../candidateShelves.ts';
import { commandIds } from '../commandIds.ts';
import { tellChoice } from '../notifications/choiceNotes.ts';
import { pickOne, showError, showWarning } from '../notifications/messages.ts';
import { mayUseWorkspace } from '../trust.ts';

/** "Export Candidates…": asks for the format and where to, and keeps what is there. */
export function registerExportCandidates(shelves: CandidateShelves, active: ActiveCandidate): vscode.Disposable {
  return vscode.commands.registerCommand(commandIds.export, async (clicked?: unknown, selected?: unknown) => {
    if (!mayUseWorkspace()) return;
    const title = vscode.l10n.t('Export Candidates');
    const prompts = await active.promptsFor(title, clicked, selected);
    const [first] = prompts;
    if (!first) return;
    const choices = exportFormats.map((format) => ({ ...describe(format), format }));
    const chosen = await pickOne(choices, { title, placeHolder: vscode.l10n.t('Select the format') });
    if (!chosen) return;
    const exported = await shelves.exported(prompts, chosen.format);
    if (!exported.ok) {
      void showError(exported.failure);
      return;
    }
    const to = await askTarget(first, chosen.format, title);
    if (!to) return;
    for (const note of exported.value.notes) void showWarning(note);
    const said = choiceSentences.exported(prompts.length, vscode.workspace.asRelativePath(to));
    tellChoice(shelves, await shelves.write(to, exported.value.text, said), to);
  });
}

function describe(format: ExportFormat): { readonly label: string; readonly detail: string } {
  switch (format) {
    case 'jsonl':
      return {
        label: 'JSONL',
        detail: vscode.l10n.t('A line of JSON for each candidate, with its text and what was decided'),
      };
    case 'csv':
      return { label: 'CSV', detail: vscode.l10n.t('The same as a table') };
    case 'md':
      return { label: 'Markdown', detail: vscode.l10n.t('A document to read, a chapter for each row') };
    case 'dpo':
      return { label: 'DPO', detail: vscode.l10n.t('Pairs of which you prefer one, for the tuning of models') };
  }
}

/** Beside the prompt file, unless the person says otherwise. */
function askTarget(prompt: vscode.Uri, format: ExportFormat, title: string): Thenable<vscode.Uri | undefined> {
  const extension = format === 'dpo' ? 'jsonl' : format;
  const name = `${promptName(prompt.path)}.${format === 'dpo' ? 'pairs' : 'candidates'}.${extension}`;
  return vscode.window.showSaveDialog({
    title,
    defaultUri: vscode.Uri.joinPath(prompt, '..', name),
    filters: { [extension.toUpperCase()]: [extension] },
    saveLabel: vscode.l10n.t('Export'),
  });
}
