import * as vscode from 'vscode';
import { done, failed, success, type Outcome } from '../base/outcome.ts';
import type { Rating } from '../candidates/shelf.ts';
import type { BestRule } from '../runs/shelf/best.ts';
import type { Exported } from '../runs/shelf/exportCandidates.ts';
import type { ExportFormat } from '../candidates/exports/exported.ts';
import type { Comparing, ShelfCandidate, ShelfListing } from '../runs/shelf/listCandidates.ts';
import type { Operation } from '../runs/shelf/operations.ts';
import { UndoStack, type DoneChoice } from '../runs/shelf/undoStack.ts';
import type { Runs } from '../runs/runs.ts';
import { PathLocks } from '../storage/pathLocks.ts';
import { causeOf } from '../storage/writeFailure.ts';
import { choiceSentences } from '../wording/choices.ts';
import type * as ChoosingWork from './choosingWork.ts';
import { ChoosingPlaces, type ChoosingPlace, type PromptPlace } from './files/choosingPlaces.ts';
import { folderOf, isSameFileSystem, type Folders } from './files/folders.ts';
import { pathOf, uriAt } from './files/workspaceFiles.ts';
import { ShelfWatch } from './shelfWatch.ts';

/** Loaded when somebody first looks at candidates. */
const work = (): Promise<typeof ChoosingWork> => import('./choosingWork.ts');

/** A candidate of a prompt file of this window. */
export interface ListedCandidate extends ShelfCandidate {
  readonly uri: vscode.Uri;
  readonly prompt: vscode.Uri;
  /** Name of the prompt file without its ending. */
  readonly promptName: string;
}

export interface PromptListing extends ShelfListing {
  readonly candidates: readonly ListedCandidate[];
  readonly prompt: vscode.Uri;
  readonly promptName: string;
}

/** What was done, so that the person can be told and take it back; a failure is one sentence. */
export type Choice = Promise<Outcome<DoneChoice, string>>;

/**
 * Everything that a person decides about candidates, for commands, views and board alike: as the terminal does it, one thing
 * after the other, and each can be taken back.
 */
export class CandidateShelves implements vscode.Disposable {
  readonly #places: ChoosingPlaces;
  readonly #watch: ShelfWatch;
  readonly #undo = new UndoStack();
  readonly #locks = new PathLocks();
  readonly #undoChanged = new vscode.EventEmitter<boolean>();
  readonly #decided = new vscode.EventEmitter<readonly vscode.Uri[]>();
  readonly #changedHere = new vscode.EventEmitter<readonly vscode.Uri[]>();
  /**
   * Tells of prompt files whose candidates are not as they were: somebody decided, files have changed, or a run has made
   * some. Gathered, a few times in a second at most. Only those are watched that were listed.
   */
  readonly onDidChange: vscode.Event<readonly vscode.Uri[]>;
  /** Tells at once of prompt files whose candidates somebody of this window has decided about, or has taken that back. */
  readonly onDidChangeHere = this.#changedHere.event;
  /** Tells which candidates somebody of this window has looked at, and decided something of. */
  readonly onDidDecide = this.#decided.event;
  /** Tells whether there is anything to take back. */
  readonly onDidChangeUndo = this.#undoChanged.event;

  constructor(folders: Folders, runs: Runs) {
    this.#places = new ChoosingPlaces(folders);
    this.#watch = new ShelfWatch(folders, runs);
    this.onDidChange = this.#watch.onDidChange;
  }

  dispose(): void {
    this.#watch.dispose();
    this.#undoChanged.dispose();
    this.#decided.dispose();
    this.#changedHere.dispose();
  }

  /**
   * The candidates of a prompt file with what was decided of them. A failure is one sentence.
   *
   * @param comparing `apart`: several times faster, without what is like what
   */
  async list(prompt: vscode.Uri, comparing: Comparing = 'compared'): Promise<Outcome<PromptListing, string>> {
    const place = await this.#placeOf(prompt);
    return place.ok ? this.#listed(place.value, comparing) : place;
  }

  /** Whether a prompt file has any candidate. Reads none. */
  async has(prompt: vscode.Uri): Promise<boolean> {
    const place = await this.#placeOf(prompt);
    if (!place.ok) return false;
    this.#watch.add(place.value);
    const { hasCandidates } = await import('../runs/shelf/hasCandidates.ts');
    return hasCandidates(place.value.chosen, place.value.choosing);
  }

  /** Whose candidate a file is; undefined for what is none. Reads no candidate. */
  async promptOf(file: vscode.Uri): Promise<vscode.Uri | undefined> {
    if (!vscode.workspace.isTrusted) return undefined;
    try {
      return (await this.#places.ownerOf(file))?.prompt;
    } catch {
      // Whoever lists its candidates is told why that cannot be read.
      return undefined;
    }
  }

  /** The candidate that a file is. A failure is one sentence. */
  async find(file: vscode.Uri): Promise<Outcome<ListedCandidate, string>> {
    const prompt = await this.promptOf(file);
    if (!prompt) return failed(choiceSentences.noCandidate(shortPath(file)));
    const listing = await this.list(prompt, 'apart');
    if (!listing.ok) return listing;
    const found = listing.value.candidates.find(({ uri }) => uri.toString() === file.toString());
    return found ? success(found) : failed(choiceSentences.noCandidate(shortPath(file)));
  }

  /** The text of a candidate as it is now. */
  async textOf(candidate: ListedCandidate): Promise<Outcome<string, string>> {
    const place = await this.#places.of(folderOf(candidate.prompt));
    return place.ok ? (await work()).textOf(candidate, place.value.choosing) : place;
  }

  /** Where a candidate goes when it is picked. */
  async targetOf(candidate: ListedCandidate): Promise<Outcome<vscode.Uri, string>> {
    const place = await this.#placeOf(candidate.prompt);
    if (!place.ok) return place;
    return success(uriAt(place.value.folder, (await work()).targetOf(place.value.chosen, candidate)));
  }

  /** Copies a candidate to its target, or to another file. */
  pick(candidate: ListedCandidate, to?: vscode.Uri): Choice {
    return this.#act([candidate.prompt], async (place) => {
      const { choosing, chosen, folder } = place;
      await saveIfOpen(candidate.uri);
      const current = await this.#current(place, candidate);
      if (!current.ok) return current;
      if (to && !isSameFileSystem(to, folder)) return failed(choiceSentences.otherFileSystem(shortPath(to)));
      const target = to
        ? { path: pathOf(to), root: pathOf(folderOf(to)) }
        : { path: (await work()).targetOf(chosen, current.value.candidate), root: choosing.root };
      const targetFile = to ?? uriAt(folder, target.path);
      // What somebody is writing there goes to the archive with the rest.
      await saveIfOpen(targetFile);
      const inverse = await (await work()).pick(current.value.candidate, current.value.row, target, choosing, chosen);
      const said = choiceSentences.picked(candidate, shortPath(targetFile));
      return inverse.ok
        ? success({ inverse: inverse.value, said, changesFiles: true, of: current.value.row })
        : inverse;
    });
  }

  /** Puts the text of a candidate into what is selected in an editor, which is its target from then on. */
  pickInto(candidate: ListedCandidate, editor: vscode.TextEditor): Choice {
    return this.#act([candidate.prompt], async (place) => {
      const { choosing } = place;
      const { document } = editor;
      await saveIfOpen(candidate.uri);
      const current = await this.#current(place, candidate);
      if (!current.ok) return current;
      const text = await (await work()).textOf(current.value.candidate, choosing);
      if (!text.ok) return text;
      const placed = await insertInto(editor, text.value.replace(/\r?\n$/, ''));
      if (!placed) return failed(choiceSentences.readOnly(shortPath(document.uri)));
      const target = document.isUntitled ? undefined : pathOf(document.uri);
      const inverse = await (await work()).notePick(current.value.candidate, current.value.row, target, choosing);
      if (!inverse.ok) {
        await placed.undo();
        return inverse;
      }
      const said = choiceSentences.pickedInto(candidate, shortPath(document.uri));
      return success({ inverse: inverse.value, said, changesFiles: true, before: placed.undo, of: current.value.row });
    });
  }

  /** The best candidate of each row, each to its target. */
  pickBest(prompt: vscode.Uri, rule: BestRule): Choice {
    return this.#act([prompt], async (place) => {
      const listed = await this.#listed(place);
      if (!listed.ok) return listed;
      const { candidates, promptName } = listed.value;
      const best = (await work()).bestOf(candidates, rule);
      if (best.length === 0) return failed(choiceSentences.noBest(promptName, rule));
      const inverse = await (await work()).pickAll(best, candidates, place.chosen, place.choosing);
      const said = choiceSentences.pickedBest(promptName, best.length);
      return inverse.ok ? success({ inverse: inverse.value, said, changesFiles: true, of: candidates }) : inverse;
    });
  }

  /** @param candidates of one folder */
  archive(candidates: readonly ListedCandidate[]): Choice {
    return this.#act(promptsOf(candidates), async ({ choosing }) => {
      const wanted = candidates.filter(({ isArchived }) => !isArchived);
      if (wanted.length === 0) return failed(choiceSentences.archivedAlready(candidates));
      for (const { uri } of wanted) await saveIfOpen(uri);
      const inverse = await (await work()).archiveCandidates(wanted, choosing);
      const said = choiceSentences.archived(wanted);
      return inverse.ok ? success({ inverse: inverse.value, said, changesFiles: true, of: wanted }) : inverse;
    });
  }

  /** Archives what was not picked, in each row that something was picked in. */
  archiveOthers(prompt: vscode.Uri): Choice {
    return this.#act([prompt], async (place) => {
      const listed = await this.#listed(place);
      if (!listed.ok) return listed;
      const inverse = await (await work()).archiveOthers(listed.value.candidates, place.choosing);
      if (!inverse.ok) return inverse;
      const count = inverse.value.filter(({ kind }) => kind === 'move').length;
      if (count === 0) return failed(choiceSentences.noOthers(listed.value.promptName));
      const said = choiceSentences.archivedOthers(listed.value.promptName, count);
      return success({ inverse: inverse.value, said, changesFiles: true, of: listed.value.candidates });
    });
  }

  /** @param candidates of one folder. @param rating undefined: none any more */
  rate(candidates: readonly ListedCandidate[], rating: Rating | undefined): Choice {
    return this.#act(promptsOf(candidates), async ({ choosing }) => {
      const inverse = await (await work()).rate(candidates, rating ?? null, choosing);
      const said = choiceSentences.rated(candidates, rating);
      return inverse.ok ? success({ inverse: inverse.value, said, changesFiles: false, of: candidates }) : inverse;
    });
  }

  /** @param text empty: none any more */
  note(candidate: ListedCandidate, text: string): Choice {
    return this.#act([candidate.prompt], async ({ choosing }) => {
      const inverse = await (await work()).note(candidate, text, choosing);
      const said = choiceSentences.noted(candidate, text.trim() !== '');
      return inverse.ok ? success({ inverse: inverse.value, said, changesFiles: false, of: [candidate] }) : inverse;
    });
  }

  /** The candidates of prompt files of one folder as another program reads them. */
  async exported(prompts: readonly vscode.Uri[], format: ExportFormat): Promise<Outcome<Exported, string>> {
    const places: PromptPlace[] = [];
    for (const prompt of prompts) {
      const place = await this.#placeOf(prompt);
      if (!place.ok) return place;
      places.push(place.value);
    }
    const [first] = places;
    if (!first) return failed(choiceSentences.noneChosen());
    const all = places.filter(({ choosing }) => choosing.root === first.choosing.root);
    const { exportCandidates } = await import('./promptWork.ts');
    return exportCandidates(all, format, first.choosing);
  }

  /** Writes an export where a person has said; what is there goes to the archive beside it. */
  async write(to: vscode.Uri, text: string, said: string): Choice {
    const folder = folderOf(to);
    const place = await this.#places.of(folder);
    if (!place.ok) return place;
    const { choosing } = place.value;
    const inverse = await (await work()).replaceFile({ path: pathOf(to), root: choosing.root }, text, choosing);
    if (!inverse.ok) return inverse;
    return success(this.#remember({ inverse: inverse.value, said, changesFiles: true, of: [] }, place.value, []));
  }

  /** Whether there is anything to take back. */
  get canUndo(): boolean {
    return this.#undo.size > 0;
  }

  /**
   * Takes back what was done last, or something certain that was.
   *
   * @returns what was taken back; undefined where there is nothing
   */
  async undo(choice?: DoneChoice): Promise<Outcome<DoneChoice, string> | undefined> {
    const undone = await this.#undo.undo(choice);
    this.#undoChanged.fire(this.canUndo);
    return undone;
  }

  /** Nothing is read of a workspace that is not trusted. */
  async #placeOf(prompt: vscode.Uri): Promise<Outcome<PromptPlace, string>> {
    return vscode.workspace.isTrusted ? this.#places.ofPrompt(prompt) : failed(choiceSentences.notTrusted());
  }

  async #listed(place: PromptPlace, comparing: Comparing = 'apart'): Promise<Outcome<PromptListing, string>> {
    const { prompt, chosen, choosing, folder } = place;
    this.#watch.add(place);
    let listing: Outcome<ShelfListing, string>;
    try {
      listing = await (await work()).listCandidates(chosen, choosing, comparing);
    } catch (error) {
      return failed(choiceSentences.unreadable(chosen.name, causeOf(error)));
    }
    if (!listing.ok) return listing;
    const candidates = listing.value.candidates.map((candidate): ListedCandidate => {
      return { ...candidate, uri: uriAt(folder, candidate.path), prompt, promptName: chosen.name };
    });
    return success({ ...listing.value, candidates, prompt, promptName: chosen.name });
  }

  /** A candidate as it is by now, with its row: others decide too. */
  async #current(place: PromptPlace, { path, row, uri }: ListedCandidate) {
    const listed = await this.#listed(place);
    if (!listed.ok) return listed;
    const all = listed.value.candidates.filter((each) => each.row === row);
    const candidate = all.find((each) => each.path === path);
    return candidate ? success({ candidate, row: all }) : failed(choiceSentences.gone(shortPath(uri)));
  }

  /**
   * One thing after the other within a folder: each is done on what the one before has left.
   *
   * @param prompts whose candidates are meant, of one folder
   */
  async #act(prompts: readonly vscode.Uri[], action: (place: PromptPlace) => Promise<Outcome<Acted, string>>): Choice {
    const [first] = prompts;
    if (!first) return failed(choiceSentences.noneChosen());
    const place = await this.#placeOf(first);
    if (!place.ok) return place;
    const acted = await this.#locks.run(place.value.choosing.root, () => action(place.value));
    for (const prompt of prompts) this.#watch.tell(prompt);
    return acted.ok ? success(this.#remember(acted.value, place.value, prompts)) : acted;
  }

  #remember(
    { inverse, before, of, ...what }: Acted,
    { choosing }: ChoosingPlace,
    prompts: readonly vscode.Uri[],
  ): DoneChoice {
    const undo = async (): Promise<Outcome<undefined, string>> => {
      const undone = await this.#locks.run(choosing.root, async () => {
        const first = before ? await before() : done;
        return first.ok ? (await work()).perform(inverse, choosing) : first;
      });
      for (const prompt of prompts) this.#watch.tell(prompt);
      this.#changedHere.fire(prompts);
      return undone.ok ? done : undone;
    };
    const choice = this.#undo.remember({ ...what, undo });
    this.#undoChanged.fire(true);
    this.#changedHere.fire(prompts);
    if (of.length > 0) this.#decided.fire(of.map(({ uri }) => uri));
    return choice;
  }
}

function promptsOf(candidates: readonly ListedCandidate[]): readonly vscode.Uri[] {
  return [...new Map(candidates.map(({ prompt }) => [prompt.toString(), prompt])).values()];
}

/** What was done, and what takes it back. */
interface Acted extends Omit<DoneChoice, 'undo'> {
  readonly inverse: Operation;
  /** What was decided about, with what it was chosen from. */
  readonly of: readonly ListedCandidate[];
  /** Comes before the rest when it is taken back. */
  readonly before?: () => Promise<Outcome<undefined, string>>;
}

/** Puts a text in the place of what is selected. @returns undefined where the editor refuses */
async function insertInto(editor: vscode.TextEditor, text: string) {
  const { document, selection } = editor;
  const former = document.getText(selection);
  const from = document.offsetAt(selection.start);
  if (!(await editor.edit((edit) => edit.replace(selection, text)))) return undefined;
  const inserted = (): vscode.Range =>
    new vscode.Range(document.positionAt(from), document.positionAt(from + lengthIn(document, text)));
  const there = document.getText(inserted());
  return {
    undo: async (): Promise<Outcome<undefined, string>> => {
      // Its document may have been closed meanwhile, which is not to lose anything.
      const open = await vscode.workspace.openTextDocument(document.uri).then(
        (found) => found,
        () => undefined,
      );
      const range = open && new vscode.Range(open.positionAt(from), open.positionAt(from + there.length));
      if (!open || !range || open.getText(range) !== there)
        return failed(choiceSentences.changedSince(shortPath(document.uri)));
      const edit = new vscode.WorkspaceEdit();
      edit.replace(open.uri, range, former);
      return (await vscode.workspace.applyEdit(edit))
        ? done
        : failed(choiceSentences.changedSince(shortPath(document.uri)));
    },
  };
}

/** UTF-16 units of a text with the line ends of a document. */
function lengthIn({ eol }: vscode.TextDocument, text: string): number {
  return text.replace(/\r\n|\r|\n/g, eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n').length;
}

/** What is decided is about what the person sees. */
async function saveIfOpen(file: vscode.Uri): Promise<void> {
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === file.toString());
  if (open?.isDirty === true) await open.save();
}

/** As one who works in the folder calls it. */
function shortPath(file: vscode.Uri): string {
  return vscode.workspace.asRelativePath(file);
}
