import * as vscode from 'vscode';
import type { CandidateShelves, ListedCandidate } from './candidateShelves.ts';
import { chosenArguments, type CandidateArgument } from './chosenArguments.ts';
import type { PromptFiles } from './files/promptFiles.ts';
import { pathOf } from './files/workspaceFiles.ts';
import { pickOne, showError, showInformation } from './notifications/messages.ts';
import { candidateDetails, candidateIcon } from './views/candidateItems.ts';
import { candidateNumber, choiceSentences } from '../wording/choices.ts';
import { strings } from '../wording/strings.ts';

/** Something in front that shows candidates and has a current one, such as the board: commands are about that. */
export interface CandidateSource {
  /** Whose candidates it shows. */
  readonly prompt: vscode.Uri | undefined;
  /** The files of the current one, or of all that are selected; none where it is still being made. */
  readonly candidates: readonly vscode.Uri[];
  /** The files that the context menu of a page was opened on, by the object that the page gave it. */
  candidatesOf?(context: Readonly<Record<string, unknown>>): readonly vscode.Uri[];
}

/** Which files in front are candidates, by their paths: menus ask this key. */
const filesKey = 'parallelCandidates.candidateFiles';

/** Which candidates a command is about: those it was given, else the board's in front, else the one in the editor. */
export class ActiveCandidate implements vscode.Disposable {
  readonly #shelves: CandidateShelves;
  readonly #promptFiles: PromptFiles;
  readonly #subscriptions: vscode.Disposable[] = [];
  readonly #changed = new vscode.EventEmitter<vscode.Uri | undefined>();
  /** Prompt files of the candidates in front, by the candidates' uris. */
  #inFront = new Map<string, vscode.Uri>();
  #source: CandidateSource | undefined;
  #looks = 0;
  /** Tells of the prompt file whose candidate, or which itself, is in front; undefined: nothing of ours is. */
  readonly onDidChangePrompt = this.#changed.event;

  constructor(shelves: CandidateShelves, promptFiles: PromptFiles) {
    this.#shelves = shelves;
    this.#promptFiles = promptFiles;
    const look = (): void => void this.#look();
    this.#subscriptions.push(
      this.#changed,
      vscode.window.tabGroups.onDidChangeTabs(look),
      vscode.window.tabGroups.onDidChangeTabGroups(look),
      vscode.window.onDidChangeActiveTextEditor(look),
      vscode.workspace.onDidGrantWorkspaceTrust(look),
    );
    look();
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** Whoever comes to the front calls it, and again with undefined, or `release`, when it goes. */
  setActive(source: CandidateSource | undefined): void {
    this.#source = source;
    this.#changed.fire(this.prompt);
  }

  /** Nothing happens where another one is in front by now. */
  release(source: CandidateSource): void {
    if (this.#source === source) this.setActive(undefined);
  }

  /** Whether what is in front shows all candidates of its prompt file. */
  get showsAll(): boolean {
    return this.#source !== undefined;
  }

  /** The candidate in the editor in front. */
  get file(): vscode.Uri | undefined {
    const file = fileInFront();
    return file && this.#inFront.has(file.toString()) ? file : undefined;
  }

  /** The current candidate of the board in front, or that in the editor in front. */
  get current(): vscode.Uri | undefined {
    return this.#source ? this.#source.candidates[0] : this.file;
  }

  /** The prompt file in front, or that of the candidate in front. */
  get prompt(): vscode.Uri | undefined {
    if (this.#source) return this.#source.prompt;
    const file = fileInFront();
    if (!file) return undefined;
    return this.#inFront.get(file.toString()) ?? (this.#isPrompt(file) ? file : undefined);
  }

  /**
   * The candidates that a command is about; where nothing says, the person is asked. What is wrong has been told then.
   *
   * @param title of the command
   */
  async candidates(title: string, clicked?: unknown, selected?: unknown): Promise<readonly ListedCandidate[]> {
    const given = chosenArguments(clicked, selected);
    const listed = given.flatMap((each) => (each.kind === 'candidate' ? [each.candidate] : []));
    if (listed.length > 0) return listed;
    const files = this.#filesOf(given);
    if (files.length > 0) return this.#found(files);
    const [prompt] = given.flatMap((each) => {
      if (each.kind === 'file') return [each.file];
      return each.kind === 'prompt' || each.kind === 'row' ? [each.prompt] : [];
    });
    const one = await this.#ask(title, prompt);
    return one ? [one] : [];
  }

  /** The one candidate that a command is about; the first of several. */
  async candidate(title: string, clicked?: unknown, selected?: unknown): Promise<ListedCandidate | undefined> {
    return (await this.candidates(title, clicked, selected))[0];
  }

  /** The prompt file that a command is about: of what was clicked, else of what is in front, else the person is asked. */
  async promptFor(title: string, clicked?: unknown, selected?: unknown): Promise<vscode.Uri | undefined> {
    return (await this.promptsFor(title, clicked, selected))[0];
  }

  /** The same of all that are selected. */
  async promptsFor(title: string, clicked?: unknown, selected?: unknown): Promise<readonly vscode.Uri[]> {
    const found = new Map<string, vscode.Uri>();
    const add = (prompt: vscode.Uri | undefined): void => {
      if (prompt) found.set(prompt.toString(), prompt);
    };
    for (const each of chosenArguments(clicked, selected)) {
      switch (each.kind) {
        case 'candidate':
          add(each.candidate.prompt);
          break;
        case 'prompt':
        case 'row':
          add(each.prompt);
          break;
        case 'file':
          add((await this.#shelves.promptOf(each.file)) ?? each.file);
          break;
        case 'context':
          add(this.#source?.prompt);
          break;
      }
    }
    if (found.size === 0) add(this.prompt);
    if (found.size === 0) add(await this.askPrompt(title));
    return [...found.values()];
  }

  /** @returns undefined when the person left, or there is none, which was told */
  async askPrompt(title: string): Promise<vscode.Uri | undefined> {
    const files = await this.#promptFiles.find();
    if (files.length < 2) {
      if (files.length === 0) void showInformation(vscode.l10n.t('There are no prompt files here: create one first.'));
      return files[0];
    }
    const choices = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
    return (await pickOne(choices, { title, placeHolder: vscode.l10n.t('Select a prompt file') }))?.uri;
  }

  #filesOf(given: readonly CandidateArgument[]): readonly vscode.Uri[] {
    const files = given.flatMap((each) => {
      if (each.kind === 'file') return [each.file];
      return each.kind === 'context' ? (this.#source?.candidatesOf?.(each.context) ?? []) : [];
    });
    const isPrompt = files.length === 1 && files.every((file) => this.#isPrompt(file));
    if (files.length > 0 && !isPrompt) return files;
    if (given.length > 0) return [];
    if (this.#source) return this.#source.candidates;
    return this.file ? [this.file] : [];
  }

  /** A prompt file's candidates are read once, however many of them are meant. */
  async #found(files: readonly vscode.Uri[]): Promise<readonly ListedCandidate[]> {
    const known = new Map<string, ListedCandidate>();
    const found: ListedCandidate[] = [];
    for (const file of files) {
      if (!known.has(file.toString())) {
        const prompt = await this.#shelves.promptOf(file);
        const listing = prompt && (await this.#shelves.list(prompt, 'apart'));
        if (listing?.ok === false) {
          void showError(listing.failure);
          return [];
        }
        for (const each of listing?.value.candidates ?? []) known.set(each.uri.toString(), each);
      }
      const candidate = known.get(file.toString());
      if (!candidate) {
        void showError(choiceSentences.noCandidate(vscode.workspace.asRelativePath(file)));
        return [];
      }
      found.push(candidate);
    }
    return found;
  }

  async #ask(title: string, of: vscode.Uri | undefined): Promise<ListedCandidate | undefined> {
    const prompt = of ?? this.prompt ?? (await this.askPrompt(title));
    if (!prompt) return undefined;
    const listing = await this.#shelves.list(prompt, 'apart');
    if (!listing.ok) {
      void showError(listing.failure);
      return undefined;
    }
    const { candidates, promptName } = listing.value;
    if (candidates.length === 0) {
      void showInformation(vscode.l10n.t('{0} has no candidates yet: generate some first.', promptName));
      return undefined;
    }
    const choices = candidates.map((candidate) => ({
      label: strings.join([candidate.row, candidateNumber(candidate)]),
      description: candidateDetails(candidate),
      icon: candidateIcon(candidate),
      candidate,
    }));
    const options = { title, placeHolder: vscode.l10n.t('Select a candidate of {0}', promptName) };
    return (await pickOne(choices, options))?.candidate;
  }

  #isPrompt(uri: vscode.Uri): boolean {
    // The selector asks for no more than the uri.
    return this.#promptFiles.isPromptFile({ uri, languageId: '' } as vscode.TextDocument);
  }

  /** Which of the editors in front show candidates. */
  async #look(): Promise<void> {
    const look = ++this.#looks;
    const files = vscode.window.tabGroups.all.flatMap(({ activeTab }) => fileOf(activeTab) ?? []);
    const inFront = new Map<string, vscode.Uri>();
    for (const file of files) {
      if (this.#isPrompt(file)) continue;
      const prompt = this.#inFront.get(file.toString()) ?? (await this.#shelves.promptOf(file));
      if (look !== this.#looks) return;
      if (prompt) inFront.set(file.toString(), prompt);
    }
    const before = [...this.#inFront.keys()];
    this.#inFront = inFront;
    const isSame = before.length === inFront.size && before.every((file) => inFront.has(file));
    if (!isSame) {
      const paths = files.filter((file) => inFront.has(file.toString())).map((file) => [pathOf(file), true] as const);
      await vscode.commands.executeCommand('setContext', filesKey, Object.fromEntries(paths));
    }
    if (look === this.#looks) this.#changed.fire(this.prompt);
  }
}

function fileInFront(): vscode.Uri | undefined {
  return fileOf(vscode.window.tabGroups.activeTabGroup.activeTab);
}

function fileOf(tab: vscode.Tab | undefined): vscode.Uri | undefined {
  const input = tab?.input;
  return input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom ? input.uri : undefined;
}
