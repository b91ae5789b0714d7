import * as vscode from 'vscode';
import { longestNote, type Rating } from '../../candidates/shelf.ts';
import type { BestRule } from '../../runs/shelf/best.ts';
import { candidateLabel, choiceSentences } from '../../wording/choices.ts';
import type { ActiveCandidate } from '../activeCandidate.ts';
import type { CandidateShelves, ListedCandidate } from '../candidateShelves.ts';
import { commandIds } from '../commandIds.ts';
import { folderOf } from '../files/folders.ts';
import { askInput, pickOne, showInformation } from '../notifications/messages.ts';
import { tellChoice, tellUndone } from '../notifications/choiceNotes.ts';
import { registerTrusted } from '../trust.ts';
import { openCandidate, siblings } from './readCandidates.ts';

type Action = (clicked: unknown, selected: unknown) => Promise<void>;

/** What a person decides about candidates: pick, archive, rate, note, and take it back. */
export class ChooseCommands implements vscode.Disposable {
  readonly #shelves: CandidateShelves;
  readonly #active: ActiveCandidate;
  readonly #registrations: vscode.Disposable;

  constructor(shelves: CandidateShelves, active: ActiveCandidate) {
    this.#shelves = shelves;
    this.#active = active;
    const rate =
      (rating: Rating | undefined): Action =>
      (clicked, selected) =>
        this.#rate(rating, clicked, selected);
    this.#registrations = vscode.Disposable.from(
      registerTrusted(commandIds.pick, (clicked, selected) => this.#pick(clicked, selected)),
      registerTrusted(commandIds.pickInto, (clicked, selected) => this.#pickInto(clicked, selected)),
      registerTrusted(commandIds.pickBest, (clicked, selected) => this.#pickBest(clicked, selected)),
      registerTrusted(commandIds.archive, (clicked, selected) => this.#archive(clicked, selected)),
      registerTrusted(commandIds.archiveOthers, (clicked, selected) => this.#archiveOthers(clicked, selected)),
      registerTrusted(commandIds.rate1, rate(1)),
      registerTrusted(commandIds.rate2, rate(2)),
      registerTrusted(commandIds.rate3, rate(3)),
      registerTrusted(commandIds.rate4, rate(4)),
      registerTrusted(commandIds.rate5, rate(5)),
      registerTrusted(commandIds.clearRating, rate(undefined)),
      registerTrusted(commandIds.note, (clicked, selected) => this.#note(clicked, selected)),
      registerTrusted(commandIds.undoChoice, async () => tellUndone(await this.#shelves.undo())),
    );
  }

  dispose(): void {
    this.#registrations.dispose();
  }

  async #pick(clicked: unknown, selected: unknown): Promise<void> {
    const candidate = await this.#active.candidate(vscode.l10n.t('Pick Candidate'), clicked, selected);
    if (!candidate) return;
    const target = await this.#shelves.targetOf(candidate);
    tellChoice(
      this.#shelves,
      await this.#shelves.pick(candidate),
      target.ok ? target.value : undefined,
      this.#active.showsAll,
    );
  }

  async #pickInto(clicked: unknown, selected: unknown): Promise<void> {
    const candidate = await this.#active.candidate(vscode.l10n.t('Pick into Selection'), clicked, selected);
    if (!candidate) return;
    const editor = await editorFor(candidate, this.#shelves);
    if (!editor) {
      void showInformation(choiceSentences.noEditor());
      return;
    }
    tellChoice(this.#shelves, await this.#shelves.pickInto(candidate, editor));
  }

  async #pickBest(clicked: unknown, selected: unknown): Promise<void> {
    const title = vscode.l10n.t('Pick All Best');
    const prompt = await this.#active.promptFor(title, clicked, selected);
    if (!prompt) return;
    const choices: readonly { readonly label: string; readonly detail: string; readonly rule: BestRule }[] = [
      {
        label: vscode.l10n.t('Best Rated'),
        detail: vscode.l10n.t('Of each row the candidate with the highest rating; rows without ratings have none'),
        rule: 'rated',
      },
      {
        label: vscode.l10n.t('First'),
        detail: vscode.l10n.t('Of each row the one with the lowest number'),
        rule: 'first',
      },
      {
        label: vscode.l10n.t('Longest'),
        detail: vscode.l10n.t('Of each row the one with the most characters'),
        rule: 'longest',
      },
    ];
    const picked = await pickOne(choices, { title, placeHolder: vscode.l10n.t('What makes a candidate the best') });
    if (picked) tellChoice(this.#shelves, await this.#shelves.pickBest(prompt, picked.rule));
  }

  async #archive(clicked: unknown, selected: unknown): Promise<void> {
    const candidates = await this.#active.candidates(vscode.l10n.t('Archive Candidate'), clicked, selected);
    for (const those of byFolder(candidates)) {
      const inFront = those.find(({ uri }) => uri.toString() === this.#active.file?.toString());
      const next = inFront && (await siblings(inFront, this.#shelves)).next;
      const done = tellChoice(this.#shelves, await this.#shelves.archive(those), undefined, this.#active.showsAll);
      if (done) await closeEditorsOf(those, next);
    }
  }

  async #archiveOthers(clicked: unknown, selected: unknown): Promise<void> {
    const prompt = await this.#active.promptFor(vscode.l10n.t('Archive Others'), clicked, selected);
    if (prompt) tellChoice(this.#shelves, await this.#shelves.archiveOthers(prompt));
  }

  async #rate(rating: Rating | undefined, clicked: unknown, selected: unknown): Promise<void> {
    const candidates = await this.#active.candidates(vscode.l10n.t('Rate Candidate'), clicked, selected);
    for (const those of byFolder(candidates)) tellChoice(this.#shelves, await this.#shelves.rate(those, rating));
  }

  async #note(clicked: unknown, selected: unknown): Promise<void> {
    const candidate = await this.#active.candidate(vscode.l10n.t('Note'), clicked, selected);
    if (!candidate) return;
    const typed = await askInput({
      title: vscode.l10n.t('Note on {0}', candidateLabel(candidate)),
      prompt: vscode.l10n.t('What you think of it; leave it empty to take the note away'),
      value: candidate.note ?? '',
      validateInput: (text) =>
        text.length > longestNote ? vscode.l10n.t('A note has at most {0} characters.', longestNote) : undefined,
    });
    if (typed !== undefined) tellChoice(this.#shelves, await this.#shelves.note(candidate, typed));
  }
}

/** What lies in different workspace folders is decided apart. */
function byFolder(candidates: readonly ListedCandidate[]): Iterable<ListedCandidate[]> {
  return Map.groupBy(candidates, ({ prompt }) => folderOf(prompt).toString()).values();
}

/** Where a text goes: the editor in front, or the one beside a candidate that is. */
async function editorFor(
  candidate: ListedCandidate,
  shelves: CandidateShelves,
): Promise<vscode.TextEditor | undefined> {
  const { activeTextEditor, visibleTextEditors } = vscode.window;
  const others = visibleTextEditors.filter((editor) => editor !== activeTextEditor);
  const editors = activeTextEditor ? [activeTextEditor, ...others] : others;
  for (const editor of editors) {
    const { uri } = editor.document;
    const isText = uri.scheme === 'untitled' || uri.scheme === candidate.uri.scheme;
    if (isText && !(await shelves.promptOf(uri))) return editor;
  }
  return undefined;
}

/** What went to the archive is not where its editor says. @param next what is shown in place of the one in front */
async function closeEditorsOf(
  candidates: readonly ListedCandidate[],
  next: ListedCandidate | undefined,
): Promise<void> {
  const gone = new Set(candidates.map(({ uri }) => uri.toString()));
  if (next && !gone.has(next.uri.toString())) await openCandidate(next);
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const stale = tabs.filter(
    ({ input, isDirty }) => input instanceof vscode.TabInputText && !isDirty && gone.has(input.uri.toString()),
  );
  if (stale.length > 0) await vscode.window.tabGroups.close(stale, true);
}
