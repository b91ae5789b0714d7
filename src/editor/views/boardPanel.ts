import * as vscode from 'vscode';
import { occurrencesOf } from '../../base/occurrences.ts';
import { visible, visibleText } from '../../base/visible.ts';
import type { BoardHostMessage, BoardMove, BoardPageMessage, CardAction } from '../../boardProtocol.ts';
import { readBoardPageMessage } from '../../boardProtocolSchema.ts';
import type { LiveText, TextWatch } from '../../runs/board/liveTexts.ts';
import type { CandidateSource } from '../activeCandidate.ts';
import type { PromptListing } from '../candidateShelves.ts';
import { commandIds } from '../commandIds.ts';
import { inert } from '../notifications/inert.ts';
import { pickOne } from '../notifications/messages.ts';
import type { Log } from '../outputLog.ts';
import { boardCard, PageIds } from './boardCards.ts';
import { BoardData, type BoardDataCard, type BoardTools } from './boardData.ts';
import { mostShown, SentTexts } from './boardTexts.ts';
import { PagePresence } from './pagePresence.ts';
import { pageFolder, webviewPage } from './webviewPage.ts';

export { readBoardMemory } from '../../boardProtocolSchema.ts';

/** Matches in one candidate that are counted. */
const mostMatches = 10_000;
/** Candidates that are searched at once. */
const searchedAtOnce = 8;

export interface BoardPanelOptions extends BoardTools {
  readonly prompt: vscode.Uri;
  /** Key of the row that is shown first; absent, or gone: the first one. */
  readonly row: string | undefined;
  readonly panel: vscode.WebviewPanel;
  readonly extensionUri: vscode.Uri;
  readonly log: Pick<Log, 'warn'>;
}

/** The board of one prompt file: a page in the editor area with a card for each candidate of a row. */
export class BoardPanel implements CandidateSource, vscode.Disposable {
  readonly #options: BoardPanelOptions;
  readonly #panel: vscode.WebviewPanel;
  readonly #data: BoardData;
  readonly #ids = new PageIds();
  readonly #sent = new SentTexts();
  /** The cards as they were sent, as JSON by id. */
  readonly #sentCards = new Map<string, string>();
  /** The ids in the order that was sent. */
  #sentOrder: string | undefined;
  readonly #watch: TextWatch;
  #row: string | undefined;
  #cards: readonly BoardDataCard[] = [];
  #rows: readonly string[] = [];
  /** Ids of the cards whose texts the page needs. */
  #looked: readonly string[] = [];
  #current: string | undefined;
  #query = '';
  /** The listing whose texts were read last. */
  #read: PromptListing | undefined;
  #searches = 0;
  readonly #presence = new PagePresence(() => this.#showAnew());

  constructor(options: BoardPanelOptions) {
    this.#options = options;
    this.#panel = options.panel;
    this.#row = options.row;
    this.#data = new BoardData(options.prompt, options);
    this.#data.onDidChange(() => this.#show());
    this.#watch = options.runs.texts.watch((texts) => this.#showLive(texts));
    const { webview } = this.#panel;
    const folder = pageFolder(options.extensionUri);
    webview.options = { enableScripts: true, localResourceRoots: [folder] };
    webview.onDidReceiveMessage((received: unknown) => {
      const message = readBoardPageMessage(received);
      if (message) void this.#received(message);
      else options.log.warn('The board sent something that it never sends: it was ignored.');
    });
    this.#panel.onDidChangeViewState(() => {
      this.#presence.shown(this.#panel.visible);
      if (!this.#panel.visible) this.#watch.show([]);
    });
    this.#panel.iconPath = new vscode.ThemeIcon('layout');
    this.#panel.title = inert(vscode.l10n.t('Candidates: {0}', nameOf(options.prompt)));
    webview.html = webviewPage(webview, folder, 'board', vscode.l10n.t('Candidates'));
    this.#data.refresh();
  }

  dispose(): void {
    this.#watch.dispose();
    this.#data.dispose();
  }

  get prompt(): vscode.Uri {
    return this.#options.prompt;
  }

  get panel(): vscode.WebviewPanel {
    return this.#panel;
  }

  /** The candidate that commands are about. */
  get candidates(): readonly vscode.Uri[] {
    const candidate = this.#cardOf(this.#current)?.candidate;
    return candidate ? [candidate.uri] : [];
  }

  candidatesOf({ cardId }: Readonly<Record<string, unknown>>): readonly vscode.Uri[] {
    const candidate = typeof cardId === 'string' ? this.#cardOf(cardId)?.candidate : undefined;
    return candidate ? [candidate.uri] : [];
  }

  /** What generating one more goes by: the current card's row and model. */
  get place(): { readonly row: string; readonly model?: string } {
    const model = this.#cardOf(this.#current)?.model;
    return { row: this.#row ?? '', ...(model === undefined ? {} : { model }) };
  }

  showRow(row: string): void {
    this.#row = row;
    this.#read = undefined;
    this.#show();
  }

  /** Takes the page somewhere. */
  move(move: BoardMove): void {
    this.#post({ type: 'move', move });
  }

  /** Tells those who do not see it what was done. */
  tell(message: string): void {
    this.#post({ type: 'told', message: visible(message) });
  }

  /** Opens the current candidate beside the board. */
  async open(id = this.#current): Promise<void> {
    const candidate = this.#cardOf(id)?.candidate;
    if (!candidate) return;
    const { viewColumn } = this.#panel;
    const other = vscode.window.tabGroups.all.find((group) => group.viewColumn !== viewColumn);
    await vscode.window.showTextDocument(candidate.uri, {
      viewColumn: other?.viewColumn ?? vscode.ViewColumn.Beside,
      preview: true,
    });
  }

  /** The page knows nothing of what was sent. */
  #showAnew(): void {
    this.#sent.clear();
    this.#sentCards.clear();
    this.#sentOrder = undefined;
    this.#read = undefined;
    this.#show();
  }

  /** Sends what is not as it was sent last. */
  #show(): void {
    const byRow = this.#data.cards();
    this.#rows = [...byRow.keys()];
    if (this.#row === undefined || !byRow.has(this.#row)) this.#row = this.#rows[0];
    this.#cards = byRow.get(this.#row ?? '') ?? [];
    if (!this.#presence.canHear) return;
    const { failure, listing } = this.#data;
    if (failure !== undefined) {
      this.#post({ type: 'problem', message: visible(failure) });
      return;
    }
    if (!listing) return;
    const keys = new Map(
      this.#cards.flatMap(({ key, candidate }) => (candidate ? [[candidate.path, key] as const] : [])),
    );
    const cards = this.#cards.map((card) => boardCard(card, this.#ids, (path) => keys.get(path)));
    const changed = cards.filter((card) => {
      const json = JSON.stringify(card);
      const isNews = this.#sentCards.get(card.id) !== json;
      this.#sentCards.set(card.id, json);
      return isNews;
    });
    // The page forgets what is not in the row.
    const there = new Set(cards.map(({ id }) => id));
    for (const id of this.#sentCards.keys()) if (!there.has(id)) this.#sentCards.delete(id);
    const order = cards.map(({ id }) => id);
    const isNewOrder = this.#sentOrder !== order.join(' ');
    this.#sentOrder = order.join(' ');
    const place = this.#rows.indexOf(this.#row ?? '');
    const hasRows = this.#rows.length > 1 || (this.#row ?? '') !== '';
    this.#post({
      type: 'board',
      head: {
        resource: this.prompt.toString(),
        prompt: visible(listing.promptName),
        file: visible(vscode.workspace.asRelativePath(this.prompt, false)),
        row: hasRows
          ? {
              key: this.#row ?? '',
              label: visible(this.#row ?? ''),
              place: Math.max(0, place),
              total: this.#rows.length,
            }
          : null,
        isRunning: this.#data.isRunning,
        left: this.#data.left?.count ?? 0,
        diversity: listing.diversity ?? null,
        canUndo: this.#options.shelves.canUndo,
      },
      order: isNewOrder ? order : null,
      cards: changed,
      now: Date.now(),
    });
    this.#watchLive();
    if (listing === this.#read) return;
    this.#read = listing;
    void this.#showTexts();
    if (this.#query !== '') void this.#find();
  }

  #watchLive(): void {
    this.#watch.show(
      this.#looked.flatMap((id) => {
        const item = this.#cardOf(id)?.item;
        return item?.state === 'running' ? [{ run: item.run, item: item.id }] : [];
      }),
    );
  }

  #showLive(texts: readonly LiveText[]): void {
    const byItem = new Map(
      this.#looked.flatMap((id) => {
        const item = this.#cardOf(id)?.item;
        return item ? [[`${item.run} ${item.id}`, id] as const] : [];
      }),
    );
    this.#postTexts(
      texts.flatMap(({ run, item, text }) => {
        const id = byItem.get(`${run} ${item}`);
        return id === undefined ? [] : [{ id, text }];
      }),
    );
  }

  /** The texts of candidates that are looked at and that nobody is making anew. */
  async #showTexts(): Promise<void> {
    const looked = this.#looked.flatMap((id) => {
      const card = this.#cardOf(id);
      return card?.candidate && !card.item ? [{ id, candidate: card.candidate }] : [];
    });
    const read = await Promise.all(
      looked.map(async ({ id, candidate }) => {
        const text = await this.#options.shelves.textOf(candidate);
        return { id, text: text.ok ? text.value : text.failure };
      }),
    );
    const isLooked = new Set(this.#looked);
    this.#postTexts(read.filter(({ id }) => isLooked.has(id)));
  }

  #postTexts(texts: readonly { readonly id: string; readonly text: string }[]): void {
    if (!this.#presence.canHear) return;
    const news = texts.flatMap(({ id, text }) => this.#sent.update(id, text) ?? []);
    if (news.length > 0) this.#post({ type: 'texts', texts: news });
  }

  /** Looks for the query in all candidates of the row. */
  async #find(): Promise<void> {
    const search = ++this.#searches;
    const query = this.#query;
    const cards: { id: string; count: number }[] = [];
    const wanted = query === '' ? [] : this.#cards.filter(({ candidate }) => candidate);
    for (let from = 0; from < wanted.length; from += searchedAtOnce) {
      const counted = await Promise.all(
        wanted.slice(from, from + searchedAtOnce).map(async ({ key, candidate }) => {
          const text = candidate && (await this.#options.shelves.textOf(candidate));
          const shown = text?.ok === true ? visibleText(text.value.slice(0, mostShown)) : '';
          return { id: this.#ids.idOf(key), count: occurrencesOf(shown, query, mostMatches).length };
        }),
      );
      if (search !== this.#searches) return;
      cards.push(...counted.filter(({ count }) => count > 0));
    }
    this.#post({ type: 'found', query, cards });
  }

  async #received(message: BoardPageMessage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#looked = [];
        this.#presence.ready();
        return;
      case 'look':
        this.#looked = message.cards;
        this.#sent.keepOnly(new Set(message.cards));
        this.#watchLive();
        await this.#showTexts();
        return;
      case 'focus':
        this.#current = message.card ?? undefined;
        return;
      case 'act':
        await this.#act(message.action, message.card);
        return;
      case 'rate': {
        const uri = this.#cardOf(message.card)?.candidate?.uri;
        const id = rateIds[message.rating - 1];
        if (uri && id !== undefined) await vscode.commands.executeCommand(id, uri);
        return;
      }
      case 'showRow': {
        const row = this.#rows[Math.min(Math.max(0, message.place), this.#rows.length - 1)];
        if (row !== undefined) this.showRow(row);
        return;
      }
      case 'pickRow':
        await this.#pickRow();
        return;
      case 'find':
        this.#query = message.query;
        await this.#find();
        return;
      case 'more':
        await vscode.commands.executeCommand(commandIds.boardMore);
        return;
      case 'generate':
        await vscode.commands.executeCommand(commandIds.generate, this.prompt);
        return;
      case 'undo':
        await vscode.commands.executeCommand(commandIds.undoChoice);
        return;
      case 'resume': {
        const { left } = this.#data;
        if (left) await vscode.commands.executeCommand(commandIds.resumeRun, left.run);
        return;
      }
      case 'reload':
        this.#data.refresh();
        return;
    }
  }

  async #act(action: CardAction, id: string): Promise<void> {
    const card = this.#cardOf(id);
    if (!card) return;
    const { candidate, item } = card;
    switch (action) {
      case 'pick':
      case 'archive':
      case 'note':
        if (candidate) await vscode.commands.executeCommand(commandIds[action], candidate.uri);
        return;
      case 'open':
        await this.open(id);
        return;
      case 'again':
        if (item) await vscode.commands.executeCommand(commandIds.runItemAgain, item.run, item.id);
        return;
      case 'cancel':
        if (item) this.#options.runs.cancelItem(item.run, item.id);
        return;
    }
  }

  async #pickRow(): Promise<void> {
    const choices = this.#rows.map((row, place) => ({ label: row, description: `${place + 1}`, row }));
    const picked = await pickOne(choices, {
      title: vscode.l10n.t('Candidates'),
      placeHolder: vscode.l10n.t('Select the row to look at'),
      matchOnDescription: true,
    });
    if (picked) this.showRow(picked.row);
  }

  #cardOf(id: string | undefined): BoardDataCard | undefined {
    const key = id === undefined ? undefined : this.#ids.keyOf(id);
    return key === undefined ? undefined : this.#cards.find((card) => card.key === key);
  }

  /** What is sent to a hidden page is lost; it gets everything when it is visible again. */
  #post(message: BoardHostMessage): void {
    if (this.#presence.canHear) void this.#panel.webview.postMessage(message);
  }
}

const rateIds = [commandIds.rate1, commandIds.rate2, commandIds.rate3, commandIds.rate4, commandIds.rate5];

function nameOf(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}
