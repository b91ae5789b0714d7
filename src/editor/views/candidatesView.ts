import * as vscode from 'vscode';
import { visible, visibleLines } from '../../base/visible.ts';
import { promptName } from '../../candidates/promptName.ts';
import type { ItemSnapshot } from '../../model/run.ts';
import type { Runs } from '../../runs/runs.ts';
import { choiceWords } from '../../wording/choices.ts';
import type { ActiveCandidate } from '../activeCandidate.ts';
import type { CandidateShelves, ListedCandidate } from '../candidateShelves.ts';
import { candidatesViewId } from '../commandIds.ts';
import type { Folders } from '../files/folders.ts';
import type { PromptFiles } from '../files/promptFiles.ts';
import { followsEditor } from '../settings.ts';
import { promptOfItem } from '../shelfWatch.ts';
import { candidateLine, itemLine, promptLine, rowLine, type ShownLine } from './candidateItems.ts';
import { bounded, tally, treeRows, type CandidateFilter, type TreeRow } from './candidateTree.ts';
import { CandidateListings } from './candidateListings.ts';
import { NewCandidates } from './newCandidates.ts';

/** A line of the view. Commands get it as it is: see `chosenArguments`. */
export type CandidateNode =
  | { readonly kind: 'prompt'; readonly prompt: vscode.Uri }
  | { readonly kind: 'row'; readonly prompt: vscode.Uri; readonly row: string; readonly entries: TreeRow['entries'] }
  | { readonly kind: 'candidate'; readonly prompt: vscode.Uri; readonly candidate: ListedCandidate }
  | { readonly kind: 'item'; readonly prompt: vscode.Uri; readonly item: ItemSnapshot }
  | { readonly kind: 'more'; readonly prompt: vscode.Uri | undefined; readonly count: number; readonly row?: string }
  | { readonly kind: 'problem'; readonly prompt: vscode.Uri; readonly message: string };

interface Dependencies {
  readonly shelves: CandidateShelves;
  readonly active: ActiveCandidate;
  readonly promptFiles: PromptFiles;
  readonly runs: Runs;
  readonly folders: Folders;
}

/** Menus and welcome texts ask this key. */
const filterKey = 'parallelCandidates.candidateFilter';
/** Items change many times in a second while a run goes on: the view is drawn that often, ms. */
const drawMs = 500;
/** Prompt files that are read for a filter; the others are shown and read when they are opened. */
const mostFiltered = 200;

/** The view of prompt files, their rows and candidates. Nothing is read before somebody sees it. */
export class CandidatesView implements vscode.TreeDataProvider<CandidateNode>, vscode.Disposable {
  readonly #dependencies: Dependencies;
  readonly #view: vscode.TreeView<CandidateNode>;
  readonly #changed = new vscode.EventEmitter<CandidateNode | readonly CandidateNode[] | undefined>();
  readonly #subscriptions: vscode.Disposable[] = [this.#changed];
  readonly #listings: CandidateListings;
  readonly #news: NewCandidates;
  /** By the uris of their prompt files: those that are shown. */
  readonly #prompts = new Map<string, Extract<CandidateNode, { kind: 'prompt' }>>();
  readonly #stale = new Set<string>();
  #filter: CandidateFilter = 'all';
  #words = '';
  #timer: NodeJS.Timeout | undefined;
  readonly onDidChangeTreeData = this.#changed.event as vscode.Event<CandidateNode | CandidateNode[] | undefined>;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    const { shelves, active, promptFiles, runs, folders } = dependencies;
    this.#listings = new CandidateListings(shelves, (prompt) => this.#draw(prompt));
    this.#view = vscode.window.createTreeView<CandidateNode>(candidatesViewId, {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
      dragAndDropController: {
        dropMimeTypes: [],
        dragMimeTypes: ['text/uri-list'],
        handleDrag: (nodes, data) => data.set('text/uri-list', new vscode.DataTransferItem(urisOf(nodes))),
      },
    });
    this.#news = new NewCandidates({ runs, folders, shelves, active, show: (count) => this.#showBadge(count) });
    const unsubscribe = runs.events.subscribe((event) => {
      if (event.type === 'itemChanged') this.#draw(promptOfItem(event.item, runs, folders));
    });
    this.#subscriptions.push(
      this.#view,
      this.#listings,
      this.#news,
      new vscode.Disposable(unsubscribe),
      shelves.onDidChange((prompts) => {
        for (const prompt of prompts) {
          this.#listings.forget(prompt);
          this.#draw(prompt);
        }
      }),
      shelves.onDidChangeHere((prompts) => {
        for (const prompt of prompts) {
          this.#listings.forget(prompt, 'urgently');
          this.#draw(prompt);
        }
      }),
      active.onDidChangePrompt(() => void this.#follow()),
      promptFiles.onDidChangeFiles(() => this.refresh()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.refresh()),
      this.#view.onDidChangeVisibility(({ visible: isVisible }) => {
        if (!isVisible) return;
        this.#changed.fire(undefined);
        void this.#follow();
      }),
    );
    this.#publishFilter();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  get filter(): CandidateFilter {
    return this.#filter;
  }

  /** @param words what the view says of it; empty: nothing */
  setFilter(filter: CandidateFilter, words: string): void {
    this.#filter = filter;
    this.#words = words;
    this.#publishFilter();
    this.#changed.fire(undefined);
  }

  /** Everything is read anew. */
  refresh(): void {
    this.#listings.forgetAll();
    this.#changed.fire(undefined);
  }

  async getChildren(node?: CandidateNode): Promise<CandidateNode[]> {
    if (!vscode.workspace.isTrusted) return [];
    if (!node) return this.#roots();
    switch (node.kind) {
      case 'prompt':
        return this.#rowsOf(node.prompt);
      case 'row':
        return entryNodes(node);
      case 'candidate':
      case 'item':
      case 'more':
      case 'problem':
        return [];
    }
  }

  getParent(node: CandidateNode): CandidateNode | undefined {
    if (node.kind === 'prompt' || !node.prompt) return undefined;
    const prompt = this.#prompts.get(node.prompt.toString());
    if (node.kind === 'row' || node.kind === 'problem' || !prompt) return prompt;
    const row = node.kind === 'candidate' ? node.candidate.row : node.kind === 'item' ? node.item.row : node.row;
    const rows = this.#treeRows(node.prompt);
    const [only] = rows;
    if (rows.length === 1 && only?.row === '') return prompt;
    const found = rows.find((each) => each.row === row);
    return found ? { kind: 'row', prompt: node.prompt, ...found } : prompt;
  }

  getTreeItem(node: CandidateNode): vscode.TreeItem {
    switch (node.kind) {
      case 'prompt': {
        const listing = this.#listings.known(node.prompt);
        const counts = listing && tally(listing.candidates);
        const line = promptLine(promptName(node.prompt.path), vscode.workspace.asRelativePath(node.prompt), counts);
        const state = this.#prompts.size === 1 ? 'Expanded' : 'Collapsed';
        return treeItem(line, node.prompt.toString(), vscode.TreeItemCollapsibleState[state]);
      }
      case 'row': {
        const candidates = node.entries.flatMap((each) => (each.kind === 'candidate' ? [each.candidate] : []));
        const id = `${node.prompt.toString()}#${node.row}`;
        return treeItem(rowLine(node.row, tally(candidates)), id, vscode.TreeItemCollapsibleState.Collapsed);
      }
      case 'candidate': {
        const { uri } = node.candidate;
        const line = candidateLine(node.candidate, vscode.workspace.asRelativePath(uri));
        const shown = treeItem(line, uri.toString(), vscode.TreeItemCollapsibleState.None);
        shown.command = {
          command: 'vscode.open',
          title: vscode.l10n.t('Open'),
          arguments: [uri, { preserveFocus: true }],
        };
        return shown;
      }
      case 'item':
        return treeItem(itemLine(node.item), `${node.item.run} ${node.item.id}`, vscode.TreeItemCollapsibleState.None);
      case 'more':
        return { label: choiceWords.more(node.count), contextValue: 'more' };
      case 'problem':
        return {
          label: visible(node.message),
          tooltip: visibleLines(node.message),
          iconPath: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
        };
    }
  }

  async #roots(): Promise<CandidateNode[]> {
    const { promptFiles } = this.#dependencies;
    const files = await promptFiles.find();
    // The editor knows a line by its object: it stays the same.
    const before = new Map(this.#prompts);
    this.#prompts.clear();
    for (const prompt of files) {
      const key = prompt.toString();
      this.#prompts.set(key, before.get(key) ?? { kind: 'prompt', prompt });
    }
    let nodes: readonly CandidateNode[] = [...this.#prompts.values()];
    if (this.#filter !== 'all') {
      for (const prompt of files.slice(0, mostFiltered)) await this.#listings.of(prompt);
      nodes = [...this.#prompts.values()].filter(({ prompt }) => {
        return this.#listings.known(prompt) === undefined || this.#treeRows(prompt).length > 0;
      });
    }
    // An empty view says by itself what it shows, but not beside a message.
    this.#view.message = nodes.length === 0 ? '' : this.#words;
    const { shown, more } = bounded(nodes);
    return [...shown, ...(more > 0 ? [{ kind: 'more' as const, prompt: undefined, count: more }] : [])];
  }

  async #rowsOf(prompt: vscode.Uri): Promise<CandidateNode[]> {
    const before = this.#listings.known(prompt);
    const listing = await this.#listings.of(prompt);
    if (!listing.ok) return [{ kind: 'problem', prompt, message: listing.failure }];
    // Only now is known what stands beside its name.
    const isNews = !before || !isSameTally(before.candidates, listing.value.candidates);
    if (isNews) this.#draw(prompt);
    const rows = this.#treeRows(prompt);
    const [only] = rows;
    if (rows.length === 1 && only?.row === '') return entryNodes({ prompt, ...only });
    const { shown, more } = bounded(rows);
    return [
      ...shown.map((row): CandidateNode => ({ kind: 'row', prompt, ...row })),
      ...(more > 0 ? [{ kind: 'more' as const, prompt, count: more }] : []),
    ];
  }

  #treeRows(prompt: vscode.Uri): readonly TreeRow[] {
    const { runs, folders } = this.#dependencies;
    const { candidates = [], at = 0 } = this.#listings.known(prompt) ?? {};
    const key = prompt.toString();
    const known = new Map<string, boolean>();
    const items = runs.snapshots().items.filter((item) => {
      const of = `${item.run} ${item.prompt}`;
      const isOurs = known.get(of) ?? promptOfItem(item, runs, folders)?.toString() === key;
      known.set(of, isOurs);
      return isOurs;
    });
    return treeRows({ candidates, listedAt: at, items }, this.#filter);
  }

  /** Soon, and what changes meanwhile with it. */
  #draw(prompt: vscode.Uri | undefined): void {
    if (!prompt || !this.#view.visible) return;
    this.#stale.add(prompt.toString());
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const nodes = [...this.#stale].flatMap((key) => this.#prompts.get(key) ?? []);
      const isNew = [...this.#stale].some((key) => !this.#prompts.has(key));
      this.#stale.clear();
      if (isNew || this.#filter !== 'all') this.#changed.fire(undefined);
      else this.#changed.fire(nodes);
    }, drawMs);
  }

  /** Shows the candidate or the prompt file that is in front, unless the person does not want that. */
  async #follow(): Promise<void> {
    const { active } = this.#dependencies;
    const { prompt, file } = active;
    if (!prompt || !this.#view.visible || !followsEditor()) return;
    const isShown = (): boolean =>
      this.#view.selection.some((node) => {
        return file
          ? node.kind === 'candidate' && node.candidate.uri.toString() === file.toString()
          : node.kind === 'prompt' && node.prompt.toString() === prompt.toString();
      });
    if (isShown()) return;
    if (this.#prompts.size === 0) await this.#roots();
    const node = this.#prompts.get(prompt.toString());
    if (!node) return;
    const listing = file ? await this.#listings.of(prompt) : undefined;
    const candidate = listing?.ok
      ? listing.value.candidates.find(({ uri }) => uri.toString() === file?.toString())
      : undefined;
    const target: CandidateNode = candidate ? { kind: 'candidate', prompt, candidate } : node;
    const expand = target.kind === 'prompt';
    try {
      await this.#view.reveal(target, { select: false, focus: false, expand });
      // While lines are drawn anew the editor does not know which are selected, and somebody may have selected more.
      if (!isShown()) await this.#view.reveal(target, { select: true, focus: false, expand });
    } catch {
      // What the filter leaves out cannot be shown.
    }
  }

  #showBadge(count: number): void {
    const tooltip = count === 1 ? vscode.l10n.t('1 new candidate') : vscode.l10n.t('{0} new candidates', count);
    this.#view.badge = count === 0 ? undefined : { value: count, tooltip };
  }

  #publishFilter(): void {
    void vscode.commands.executeCommand('setContext', filterKey, this.#filter);
  }
}

function isSameTally(some: readonly ListedCandidate[], others: readonly ListedCandidate[]): boolean {
  return JSON.stringify(tally(some)) === JSON.stringify(tally(others));
}

function entryNodes({ prompt, row, entries }: TreeRow & { readonly prompt: vscode.Uri }): CandidateNode[] {
  const { shown, more } = bounded(entries);
  return [
    ...shown.map((entry): CandidateNode => ({ ...entry, prompt })),
    ...(more > 0 ? [{ kind: 'more' as const, prompt, count: more, row }] : []),
  ];
}

/** @param state whether it can be opened */
function treeItem(line: ShownLine, id: string, state: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const color = line.color === undefined ? undefined : new vscode.ThemeColor(line.color);
  return {
    id,
    label: visible(line.label),
    description: visible(line.description),
    tooltip: visibleLines(line.tooltip.join('\n')),
    iconPath: new vscode.ThemeIcon(line.icon, color),
    contextValue: line.context,
    collapsibleState: state,
    accessibilityInformation: { label: visible(line.spoken) },
  };
}

/** As editors and other views take what is dragged to them. */
function urisOf(nodes: readonly CandidateNode[]): string {
  const uris = nodes.flatMap((node) => {
    if (node.kind === 'candidate') return [node.candidate.uri];
    return node.kind === 'prompt' ? [node.prompt] : [];
  });
  return uris.map(String).join('\r\n');
}
